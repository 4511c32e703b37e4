import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../wire/http.ts';
import { call } from '../wire/message.ts';
import { probeRepo } from '../wire/probe.ts';
import { killServers, startServer } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo());
});
afterAll(killServers);

const ask = async (length: number, key: string) => (await send(server.port, call('modern', 'long_result', { length, idempotency_key: key }))).json().result;
const effects = async () => (await send(server.port, call('modern', 'count_effects', { name: 'long_result' }))).json().result?.structuredContent?.['times'];
const errorIn = (result: Awaited<ReturnType<typeof ask>>) => result?.['_meta']?.['mcp-gen/error'] as Record<string, unknown> | undefined;

describe('S088 a result that is too long', () => {
  test.each([[1_048_500, undefined], [1_048_600, 'permanent'], [4_000_000, 'permanent']])('%i characters: %s, with what to do instead', async (length, error) => {
    const result = await ask(length, `long-result-${length}`);
    expect(errorIn(result)?.['error_class']).toBe(error);
    expect(String(errorIn(result)?.['hint'] ?? '').startsWith('Ask for less')).toBe(error !== undefined);
    expect(JSON.stringify(result).includes('xxx')).toBe(error === undefined);
  });

  test('its effect is not repeated with the same key', async () => {
    await ask(2_000_000, 'one-and-the-same');
    const before = await effects();
    const again = await ask(2_000_000, 'one-and-the-same');
    expect(errorIn(again)?.['error_class']).toBe('conflict');
    expect(await effects()).toBe(before);
  });
});
