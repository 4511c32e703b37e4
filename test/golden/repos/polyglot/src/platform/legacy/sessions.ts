import type { JSONRPCRequest } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { namesOf, type Principal } from '../principal.js';
import type { StatePort } from '../state/port.js';

/** A session that nobody uses for this long is gone, in milliseconds. */
const IDLE_MS = 60 * 60_000;

/** Sessions of one caller; with another one the oldest goes. Without authentication everybody is the same caller, and nobody is limited. */
const MAX_PER_CALLER = 100;

/** All that the protocol remembers of a session: any instance can go on from it. */
const record = z.object({
  /** The client's own `initialize`, to be heard again by a fresh server. */
  initialize: z.looseObject({ jsonrpc: z.literal('2.0'), id: z.union([z.string(), z.number()]), method: z.literal('initialize') }),
  version: z.string(),
  /** Whose session it is: its id is no proof of identity. */
  owner: z.string(),
  logLevel: z.string().optional(),
  subscriptions: z.array(z.string()),
});

type Recorded = z.output<typeof record>;

/** One session of a client of a 2025 revision. */
export interface Session extends Recorded {
  readonly id: string;
  readonly tenant: string;
}

export type Sessions = ReturnType<typeof createSessions>;

/** Sessions on the state port. Every method throws what the port throws. */
export function createSessions(state: StatePort) {
  const keyOf = (id: string): string => `session:${id}`;

  /** Remembers who has which sessions. @returns those that are one too many. */
  const enlist = async ({ tenant, kind }: Principal, owner: string, id: string): Promise<readonly string[]> => {
    if (kind === 'local') return [];
    const key = `sessions:${owner}`;
    for (;;) {
      const current = await state.get(tenant, key);
      const ids = [...(z.array(z.string()).safeParse(parse(current)).data ?? []), id];
      const surplus = ids.splice(0, ids.length - MAX_PER_CALLER);
      const text = JSON.stringify(ids);
      const isWritten =
        current === undefined
          ? (await state.claim(tenant, key, text, IDLE_MS)) === undefined
          : await state.replace(tenant, key, current, text, IDLE_MS);
      if (isWritten) return surplus;
    }
  };

  return {
    async open(principal: Principal, initialize: JSONRPCRequest, version: string): Promise<Session> {
      const id = newId();
      const owner = ownerOf(principal);
      const kept: Recorded = { initialize: { ...initialize, method: 'initialize' }, version, owner, subscriptions: [] };
      await state.set(principal.tenant, keyOf(id), JSON.stringify(kept), IDLE_MS);
      for (const surplus of await enlist(principal, owner, id)) await state.delete(principal.tenant, keyOf(surplus));
      return { ...kept, id, tenant: principal.tenant };
    },
    /** The caller's session, which lives on from now; undefined for an unknown, an ended and somebody else's alike. */
    async find(principal: Principal, id: string): Promise<Session | undefined> {
      const { data } = record.safeParse(parse(await state.get(principal.tenant, keyOf(id), IDLE_MS)));
      return data?.owner === ownerOf(principal) ? { ...data, id, tenant: principal.tenant } : undefined;
    },
    /** Changes what is remembered, also when two instances do it at once. */
    async change({ id, tenant }: Session, edit: (recorded: Recorded) => Partial<Recorded>): Promise<void> {
      for (;;) {
        const current = await state.get(tenant, keyOf(id));
        const { data } = record.safeParse(parse(current));
        if (current === undefined || !data) return;
        if (await state.replace(tenant, keyOf(id), current, JSON.stringify({ ...data, ...edit(data) }), IDLE_MS)) return;
      }
    },
    end: ({ id, tenant }: Session): Promise<void> => state.delete(tenant, keyOf(id)),
  };
}

const ownerOf = (principal: Principal): string => JSON.stringify(namesOf(principal));

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
