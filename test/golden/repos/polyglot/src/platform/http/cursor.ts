import { isJSONRPCRequest } from '@modelcontextprotocol/server';
import { answerJson } from './answer.js';
import { methodOf } from './message.js';

/** Lists are sent whole, so no cursor was ever given out (2026-07-28, server/utilities/pagination): -32602 for any. */
export function refuseCursor(message: unknown): Response | undefined {
  if (methodOf(message)?.endsWith('/list') !== true) return undefined;
  if (!isJSONRPCRequest(message) || message.params?.['cursor'] === undefined) return undefined;
  const data = { error_class: 'validation', hint: 'List again without a cursor.' };
  return answerJson({ jsonrpc: '2.0', id: message.id, error: { code: -32_602, message: 'This cursor is not one of this server.', data } });
}
