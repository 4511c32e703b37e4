import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import type { Rpc } from './http.ts';
import { call, modern } from './message.ts';
import type { Era } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer, until } from './server.ts';
import type { Server } from './server.ts';

type Result = NonNullable<Rpc['result']>;
type Line = Record<string, unknown>;

const secret = randomBytes(32).toString('base64');
let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { MCP_SECRET: secret });
});
afterAll(killServers);

const use = async (name: string, args: Record<string, unknown> = {}, era: Era = 'modern', on = server): Promise<Result> => {
  const { result } = (await send(on.port, call(era, name, args))).json();
  if (!result) throw new Error(`${name} has no result`);
  return result;
};
const auditOf = (log: readonly Line[], tool: string): Line[] => log.filter(({ event, tool: of }) => event === 'mcp.audit' && of === tool);

describe('R137 audit', () => {
  test('one record per call, with the outcome, whatever it was', async () => {
    const audited = await startServer(await probeRepo(), { MCP_SECRET: secret, LOG_LEVEL: 'silent' });
    const on = (name: string, args: Record<string, unknown> = {}, era: Era = 'modern') => use(name, args, era, audited);
    await on('echo_nonce', { nonce: 'a' });
    await on('echo_nonce', { nonce: 'a' }, 'legacy');
    await on('fail_as', { kind: 'notFound' });
    await on('fail_as', { kind: 'nope' });
    await on('ignore_deadline');
    await on('partial_work');
    await on('spend_money', { name: 'x', idempotency_key: 'audit-key-1' });
    await on('spend_money', { name: 'x', idempotency_key: 'audit-key-1' });
    await on('spend_money', { name: 'y', idempotency_key: 'audit-key-1' });
    await on('put_value', { name: 'gone', value: 1 });
    const asked = await on('wipe_value', { name: 'gone', idempotency_key: 'audit-key-2' });
    const confirm_token = /"confirm_token": "([^"]+)/.exec((asked['_meta'] as Record<string, { hint: string }>)['mcp-gen/error']?.hint ?? '')?.[1];
    await on('wipe_value', { name: 'gone', idempotency_key: 'audit-key-2', confirm_token });
    await send(audited.port, modern('resources/read', { uri: 'probe://fixed' }));
    await send(audited.port, modern('resources/read', { uri: 'probe://broken/error' }));
    await send(audited.port, modern('prompts/get', { name: 'summarize_notes', arguments: { topic: 'x' } }));
    const wire = await openWire(audited.port);
    wire.write(render(audited.port, call('modern', 'slow_call', { ms: 20_000, name: 'cut' })));
    await until(async () => (await on('count_effects', { name: 'cut.started' })).structuredContent?.['times'] === 1);
    wire.close();
    const log = await audited.logUntil((lines) => auditOf(lines, 'slow_call').length > 0);
    const outcomes = (tool: string) => auditOf(log, tool).map(({ phase, status, error_class, completeness, idempotency }) => [phase, status, error_class, completeness, idempotency]);
    expect(outcomes('echo_nonce')).toEqual([['outcome', 'ok', null, 'complete', undefined], ['outcome', 'ok', null, 'complete', undefined]]);
    expect(outcomes('fail_as').map(([, ...rest]) => rest)).toEqual([['tool_error', 'not_found', null, undefined], ['tool_error', 'validation', null, undefined]]);
    expect(outcomes('ignore_deadline')).toEqual([['outcome', 'timeout', 'transient', null, undefined]]);
    expect(outcomes('partial_work')).toEqual([['outcome', 'ok', null, 'partial', undefined]]);
    expect(outcomes('spend_money').map(([, status, , , idempotency]) => [status, idempotency])).toEqual([['ok', 'executed'], ['ok', 'replayed'], ['tool_error', 'conflict']]);
    expect(auditOf(log, 'wipe_value').map(({ phase, status, confirmation }) => [phase, status, confirmation])).toEqual([['outcome', 'tool_error', 'asked'], ['attempt', undefined, 'token'], ['outcome', 'ok', 'token']]);
    expect(outcomes('slow_call').map(([, status]) => status)).toEqual(['cancelled']);
    expect(auditOf(log, 'fixed')).toMatchObject([{ method: 'resources/read', status: 'ok' }]);
    expect(auditOf(log, 'broken')).toMatchObject([{ method: 'resources/read', status: 'protocol_error', error_class: 'internal' }]);
    expect(auditOf(log, 'summarize_notes')).toMatchObject([{ method: 'prompts/get', status: 'ok' }]);
    // LOG_LEVEL=silent silences everything but this.
    expect(new Set(log.map(({ event }) => event))).toEqual(new Set(['mcp.audit']));
    for (const line of log) {
      expect(line).toMatchObject({
        v: 1, ts: expect.stringMatching(/^\d{4}-.*Z$/) as string, correlation_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, tenant_id: 'local', agent_id: expect.any(String) as string, auth_kind: expect.any(String) as string,
        decision: 'permit', transport: 'http', protocol_version: expect.stringMatching(/^202[56]-/) as string, server_version: expect.any(String) as string, instance: expect.any(String) as string,
      });
    }
    for (const { phase, duration_ms } of log) expect([phase, typeof duration_ms]).toEqual([phase, phase === 'outcome' ? 'number' : 'undefined']);
    await audited.kill();
  });

  test('R138 R139 S097 holds a hash and a size instead of arguments, results and keys', async () => {
    const canary = 'c4nary-audit-77';
    await use('spend_money', { name: canary, idempotency_key: `${canary}-key` });
    await use('fail_as', { kind: canary, [canary]: canary });
    await send(server.port, modern('resources/read', { uri: `notes://note/${canary}` }));
    await send(server.port, modern('prompts/get', { name: 'summarize_notes', arguments: { topic: canary } }));
    const log = await server.logUntil((lines) => auditOf(lines, 'summarize_notes').length > 0);
    expect(auditOf(log, 'spend_money').at(-1)).toMatchObject({ args_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string, args_hash_kid: expect.any(String) as string, args_bytes: expect.any(Number) as number, idempotency_key_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(server.stdout() + server.stderr()).not.toContain(canary);
  });

  test('S098 the hash is keyed: no plain hash of the arguments, the same after a restart, another with another secret', async () => {
    const args = { nonce: 'guessable' };
    const hashOn = async (MCP_SECRET: string | undefined): Promise<Line | undefined> => {
      const one = await startServer(await probeRepo(), MCP_SECRET === undefined ? {} : { MCP_SECRET });
      await use('echo_nonce', args, 'modern', one);
      const line = auditOf(await one.logUntil((log) => auditOf(log, 'echo_nonce').length > 0), 'echo_nonce')[0];
      await one.kill();
      return line;
    };
    const other = randomBytes(32).toString('base64');
    const [first, again, rotated, others, none] = await Promise.all([hashOn(secret), hashOn(secret), hashOn(`${secret},${other}`), hashOn(other), hashOn(undefined)]);
    expect(first?.['args_hash']).toBe(again?.['args_hash']);
    expect(rotated).toMatchObject({ args_hash: first?.['args_hash'], args_hash_kid: first?.['args_hash_kid'] });
    expect(new Set([first, others, none].map((line) => line?.['args_hash'])).size).toBe(3);
    expect(new Set([first, others, none].map((line) => line?.['args_hash_kid'])).size).toBe(3);
    for (const text of [JSON.stringify(args), 'guessable']) {
      for (const encoding of ['hex', 'base64'] as const) expect(first?.['args_hash']).not.toBe(createHash('sha256').update(text).digest(encoding));
    }
  });

  test('a trace context of the client is noted, a malformed one is not', async () => {
    await send(server.port, call('modern', 'leak_output', {}, { meta: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` } }));
    await send(server.port, call('modern', 'leak_output', {}, { meta: { traceparent: 'canary' } }));
    const log = await server.logUntil((lines) => auditOf(lines, 'leak_output').length === 2);
    expect(auditOf(log, 'leak_output').map(({ trace_id, span_id }) => [trace_id, span_id])).toEqual([['a'.repeat(32), 'b'.repeat(16)], [undefined, undefined]]);
  });
});
