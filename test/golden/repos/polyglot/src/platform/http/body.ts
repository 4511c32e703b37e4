import type { Principal } from '../principal.js';
import { refuse } from './answer.js';

/** Reads a body as text. @param take - Asked before a piece is kept, with its length in bytes; where it says no, undefined is all that is read. */
export type ReadBody = (take: (bytes: number) => boolean) => Promise<string | undefined>;

/** A JSON-RPC message that has been read, or the answer to one that cannot be. */
export type Body = { readonly message: unknown } | { readonly refusal: Response };

/** Deeper or wider JSON than any real call has; both are refused before parsing costs anything. */
const MAX_DEPTH = 64;
const MAX_NODES = 10_000;

/** Messages in a batch; each leaves a line in the log. */
const MAX_BATCH = 100;

/** What is kept of bodies that are being read, as a multiple of the longest one: of all tenants, and of one. */
const MAX_IN_FLIGHT = { all: 64, tenant: 32 } as const;

/** Bytes of a body that are always read: long ones must not hold up ordinary calls. */
const SMALL = 16 * 1_024;

/**
 * Reads one POST body once, within `maxBytes`. Only what has arrived takes up room: whoever announces a long body and sends
 * nothing holds up nobody.
 */
export function createBodyReader(maxBytes: number): (request: Request, read: ReadBody, principal: Pick<Principal, 'kind' | 'tenant'>) => Promise<Body> {
  let reserved = 0;
  const reservedBy = new Map<string, number>();
  const reserve = (tenant: string, bytes: number, most: number): boolean => {
    const own = (reservedBy.get(tenant) ?? 0) + bytes;
    if (bytes > 0 && (reserved + bytes > maxBytes * MAX_IN_FLIGHT.all || own > most)) return false;
    reserved += bytes;
    if (own > 0) reservedBy.set(tenant, own);
    else reservedBy.delete(tenant);
    return true;
  };
  return async (request, read, { kind, tenant }) => {
    const { headers } = request;
    if (!/^application\/json\s*(;|$)/i.test(headers.get('content-type')?.trim() ?? '')) return { refusal: notJson() };
    if (headers.has('content-encoding')) return { refusal: encoded() };
    if (Number(headers.get('content-length') ?? 0) > maxBytes) return { refusal: tooLong(maxBytes) };
    // Where nobody signs in everybody is the same tenant.
    const most = maxBytes * MAX_IN_FLIGHT[kind === 'local' ? 'all' : 'tenant'];
    const taken: { bytes: number; room: number; refusal?: Response } = { bytes: 0, room: 0 };
    const take = (bytes: number): boolean => {
      if (taken.refusal) return false;
      taken.bytes += bytes;
      const more = Math.max(0, taken.bytes - SMALL) - taken.room;
      if (taken.bytes > maxBytes) taken.refusal = tooLong(maxBytes);
      else if (reserve(tenant, more, most)) taken.room += more;
      else taken.refusal = overloaded();
      return taken.refusal === undefined;
    };
    try {
      const text = await read(take);
      if (taken.refusal || text === undefined) return { refusal: taken.refusal ?? malformed() };
      if (!hasSaneShape(text)) return { refusal: tooComplex() };
      const message: unknown = JSON.parse(text);
      if (Array.isArray(message) && !isBatch(message)) return { refusal: badBatch() };
      return [message].flat().every(hasSaneId) ? { message } : { refusal: badId() };
    } catch {
      return { refusal: malformed() };
    } finally {
      reserve(tenant, -taken.room, most);
    }
  };
}

const isBatch = (messages: readonly unknown[]): boolean => messages.length <= MAX_BATCH && messages.every((one) => typeof one === 'object' && one !== null);

/** JSON-RPC ids are strings or integers, never null (2026-07-28, basic); nobody needs a long one. */
function hasSaneId(message: unknown): boolean {
  if (typeof message !== 'object' || message === null || !('id' in message)) return true;
  const { id } = message;
  return typeof id === 'string' ? id.length <= 256 : Number.isSafeInteger(id);
}

/** Reads a web-standard body; runtimes with something faster bring their own. */
export function readWebBody({ body }: Pick<Request, 'body'>): ReadBody {
  return async (take) => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let text = '';
    if (body === null) return text;
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      if (!take(value.byteLength)) {
        await reader.cancel();
        return undefined;
      }
      text += decoder.decode(value, { stream: true });
    }
  };
}

/** Counts brackets and commas outside of strings: cheaper than parsing a bomb. */
export function hasSaneShape(text: string): boolean {
  let depth = 0;
  let nodes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > MAX_DEPTH || ++nodes > MAX_NODES) return false;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    } else if (code === 0x2c && ++nodes > MAX_NODES) {
      return false;
    }
  }
  return true;
}

/** The index of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

const notJson = (): Response => refuse(415, 'The body must be application/json.', 'Send Content-Type: application/json');

const encoded = (): Response => refuse(415, 'Compressed bodies are not accepted.', 'Leave out Content-Encoding.');

/** -32700, the parse error of JSON-RPC 2.0. */
const malformed = (): Response =>
  refuse(400, 'The body is not valid JSON in UTF-8.', 'Send one JSON-RPC 2.0 message.', {}, { code: -32_700 });

const badBatch = (): Response => refuse(400, `A batch is a list of at most ${MAX_BATCH} messages.`, 'Send one message per POST.');

const badId = (): Response =>
  refuse(400, 'The id must be an integer or a string of at most 256 characters.', 'Number your requests.');

const tooLong = (maxBytes: number): Response =>
  refuse(413, `The body is longer than ${maxBytes} bytes.`, 'Send less. Operator: MAX_BODY_BYTES raises the limit.', {
    connection: 'close',
  });

const tooComplex = (): Response =>
  refuse(400, `The body has more than ${MAX_DEPTH} levels or ${MAX_NODES} values.`, 'Send a smaller message.');

const overloaded = (): Response =>
  refuse(503, 'Too many requests are being read at the moment.', 'Send the request again in a second.', {
    'retry-after': '1',
    connection: 'close',
  });
