import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientKinds } from '../clients.ts';
import { openWire, render } from './http.ts';
import type { Answer } from './http.ts';
import { call } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer } from './server.ts';
import type { Server } from './server.ts';

type Line = Record<string, unknown>;

const secret = randomBytes(32).toString('base64');
let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { MCP_SECRET: secret });
});
afterAll(killServers);

const auditOf = (log: readonly Line[], tool: string): Line[] => log.filter(({ event, tool: of }) => event === 'mcp.audit' && of === tool);

describe('S060 S061 R008 200 clients at once, all with the same ids', () => {
  test.each(['modern', 'legacy'] as const)('%s: every answer goes to who asked', async (era) => {
    const ids = [0, 1, 'a'];
    const mixed = await Promise.all(
      Array.from({ length: 200 }, async (_, client) => {
        const wire = await openWire(server.port);
        let wrong = 0;
        for (const id of ids) {
          const nonce = `${era}-${client}-${id}`;
          wire.write(render(server.port, call(era, 'echo_nonce', { nonce, ms: (client * 7) % 40 }, { id })));
          const answer: Answer = await wire.answer();
          if (answer.json().id !== id || answer.json().result?.structuredContent?.['nonce'] !== nonce) wrong++;
        }
        wire.close();
        return wrong;
      }),
    );
    expect(mixed.reduce((sum, wrong) => sum + wrong, 0)).toBe(0);
    const lines = await server.logUntil((log) => new Set(log.filter(({ event }) => event === 'probe.echo').map(({ correlation_id }) => correlation_id)).size >= 600);
    const correlations = auditOf(lines, 'echo_nonce').map(({ correlation_id }) => correlation_id);
    expect(new Set(correlations).size).toBe(correlations.length);
  });

  test('S021 one connection may use an id twice at once', async () => {
    const wire = await openWire(server.port);
    wire.write(render(server.port, call('modern', 'echo_nonce', { nonce: 'first', ms: 60 }, { id: 1 })) + render(server.port, call('modern', 'echo_nonce', { nonce: 'second' }, { id: 1 })));
    expect((await wire.answer()).json().result?.structuredContent?.['nonce']).toBe('first');
    expect((await wire.answer()).json().result?.structuredContent?.['nonce']).toBe('second');
    wire.close();
  });

  test.each(Object.keys(clientKinds))('20 of the %s, each with calls in flight', async (kind) => {
    const wrong = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const client = await clientKinds[kind as keyof typeof clientKinds](server.url);
        const nonces = [0, 1, 2].map((call_) => `${kind}-${at}-${call_}`);
        const results = await Promise.all(nonces.map((nonce, ms) => client.callTool({ name: 'echo_nonce', arguments: { nonce, ms: 20 - ms * 10 } })));
        await client.close();
        return results.filter((result, index) => (result.structuredContent as { nonce: string }).nonce !== nonces[index]).length;
      }),
    );
    expect(wrong.reduce((sum, one) => sum + one, 0)).toBe(0);
  });
});
