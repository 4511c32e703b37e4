import * as z from 'zod';
import { ToolError } from '../call/error.js';
import type { Principal } from '../principal.js';
import type { StatePort } from './port.js';

/** How long a handle lives after it was last written, in milliseconds. */
const TTL_MS = 60 * 60_000;

/** The longest value, as JSON, in UTF-16 code units. */
const MAX_LENGTH = 64 * 1_024;

/** Values that outlast a call, each behind a handle that the model passes on as an argument (2026-07-28, server/tools). */
export interface Handles {
  /** Keeps a JSON value for an hour. @returns a handle of 128 random bits, of use to this user only. */
  create(value: unknown): Promise<string>;
  /** @throws {ToolError} `not_found`, the same for an unknown, an expired and another user's handle. */
  read<T extends z.ZodType>(handle: string, schema: T): Promise<z.output<T>>;
  /** Replaces the value and keeps it for another hour. @throws {ToolError} `not_found` */
  write(handle: string, value: unknown): Promise<void>;
  delete(handle: string): Promise<void>;
}

/** Handles of a caller. A handle is no proof of identity: it is looked up under the user's own name. */
export function createHandles(state: StatePort): (principal: Principal) => Handles {
  return ({ tenant, user, agent }) => {
    const owner = JSON.stringify(user ? [user.issuer, user.subject] : [agent.clientId]);
    const keyOf = (handle: string): string => `handle:${owner}:${handle}`;
    return {
      async create(value) {
        const handle = newHandle();
        await state.set(tenant, keyOf(handle), toText(value), TTL_MS);
        return handle;
      },
      async read(handle, schema) {
        const text = await state.get(tenant, keyOf(handle));
        const parsed = text === undefined ? undefined : schema.safeParse(parse(text));
        if (!parsed?.success) throw unknownHandle();
        return parsed.data;
      },
      async write(handle, value) {
        const text = toText(value);
        if ((await state.get(tenant, keyOf(handle))) === undefined) throw unknownHandle();
        await state.set(tenant, keyOf(handle), text, TTL_MS);
      },
      delete: (handle) => state.delete(tenant, keyOf(handle)),
    };
  };
}

function newHandle(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function toText(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined || text.length > MAX_LENGTH) throw new Error(`A handle keeps JSON of at most ${MAX_LENGTH} characters.`);
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unknownHandle = (): ToolError =>
  ToolError.notFound('This handle is unknown or has expired.', { hint: 'Call the tool that gives out handles again.' });
