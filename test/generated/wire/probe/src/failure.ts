// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { ToolError } from './mcp.js';
import { dsn } from './effects.js';

/** Every way a handler can fail. */
export const Kind = z.enum([
  'validation', 'notFound', 'permanent', 'transient', 'authorization', 'rateLimit', 'conflict',
  'error', 'rejection', 'string', 'object', 'undefined', 'cause', 'getter', 'proxy', 'remoteStack', 'badOutput', 'throwInToJson', 'zod',
]);

export function failAs(kind: z.infer<typeof Kind>): unknown {
  switch (kind) {
    case 'error':
      throw new Error(dsn());
    case 'rejection':
      return Promise.reject(Object.assign(new TypeError(dsn()), { code: dsn(), sql: dsn() }));
    case 'string':
      throw dsn();
    case 'object':
      throw { message: dsn(), isError: true, error_class: 'permanent', errorClass: 'permanent', name: 'ToolError', options: { hint: dsn() } };
    case 'undefined':
      throw undefined;
    case 'cause':
      throw new Error(dsn(), { cause: new Error(dsn()) });
    case 'getter':
      throw Object.defineProperty(new Error('x'), 'message', { get: () => { throw new Error(dsn()); } });
    case 'proxy':
      throw new Proxy({}, { getPrototypeOf: () => { throw new Error(dsn()); } });
    case 'remoteStack': {
      // Upstreams put their own stack into the message; whoever wraps it has seen the stack, then changes the message.
      const error = new Error(`upstream failed\n    at ${dsn()} (remote.js:1:1)`);
      throw error.stack === undefined ? error : Object.assign(error, { message: 'upstream failed' });
    }
    case 'zod':
      return z.object({ [dsn()]: z.number() }).parse({ [dsn()]: dsn() });
    case 'badOutput':
      return { value: dsn(), [dsn()]: 1 };
    case 'throwInToJson':
      return { value: 1, note: { toJSON() { throw new Error(dsn()); } } };
    default:
      throw ToolError[kind](`Refused as ${kind}.`, { hint: 'Call search_notes.', ...(kind === 'rateLimit' || kind === 'transient' ? { retryAfterSeconds: 7 } : {}) });
  }
}
