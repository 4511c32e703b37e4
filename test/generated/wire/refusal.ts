import { expect } from 'vitest';
import type { Answer } from './http.ts';

/** Part of what hostile requests carry; no refusal may repeat it. */
export const canary = 'canary-9f2b';

/** CONTRACT section 2: a JSON-RPC body with a class and what to do, no page, no stack, nothing of what was sent. */
export function expectRefusal(answer: Answer, status: number, code: number): void {
  expect([answer.status, answer.json().error?.code]).toEqual([status, code]);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { message: expect.any(String) as string, data: { error_class: expect.any(String) as string, hint: expect.any(String) as string } } });
  expect(answer.raw).not.toMatch(/<html|\bat .*\.[jt]s:\d|node_modules/i);
  expect(answer.raw).not.toContain(canary);
}
