import * as z from 'zod';
import { decodeBase64 } from '../config/settings.js';
import type { Signer } from '../observe/signature.js';
import { ToolError } from './error.js';

/** A cursor in the input or output of a tool: none goes out that would not be taken back. */
export const Cursor = z.string().max(1_000);

/**
 * Cursors of one list: good for this tenant, this tool and these arguments (all but `cursor` and `limit`), on any
 * instance and for as long as `MCP_SECRET` holds its key. Signed, not encrypted: a caller can read the position.
 */
export interface Cursors {
  /** The position in a cursor; undefined where there is none. @throws {ToolError} `validation` for what was not written here */
  read(cursor: string | undefined): Promise<string | undefined>;
  /** A cursor for a position, such as the id that the next page starts with; the result then says that there is more. */
  write(position: string | undefined): Promise<string | undefined>;
}

/** @param list - The tool, and what else tells this list from others. */
export function createCursors({ sign, isGenuine }: Signer, tenant: string, list: string): Cursors {
  const signed = (position: string): string => JSON.stringify([list, position]);
  return {
    async read(cursor) {
      if (cursor === undefined) return undefined;
      const [position = '', signature = ''] = cursor.split('.');
      if (!(await isGenuine(tenant, signed(position), signature))) throw notHere();
      return new TextDecoder().decode(decodeBase64(position));
    },
    async write(text) {
      if (text === undefined) return undefined;
      const position = encodeBase64(text);
      return `${position}.${await sign(tenant, signed(position))}`;
    },
  };
}

/** For URLs and file names (RFC 4648 section 5), of the text in UTF-8. */
function encodeBase64(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const notHere = (): ToolError =>
  ToolError.validation('This cursor is not one of this list.', {
    hint: 'Call again without cursor: the list starts at its first page. A cursor goes with the arguments of the call that gave it.',
    fieldErrors: [{ path: 'cursor', message: 'not one of this list' }],
  });
