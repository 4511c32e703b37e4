import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { send } from './http.ts';
import { call } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, linesOf, startRefused, startServer, until } from './server.ts';
import type { Server } from './server.ts';

afterAll(killServers);

const start = async (env: Readonly<Record<string, string>>) => startServer(await probeRepo(), env);
const ask = async (server: Server, tool: string, args: Record<string, unknown>) => (await send(server.port, call('modern', tool, args))).json().result ?? {};
const errorOf = (result: Awaited<ReturnType<typeof ask>>) => result.structuredContent?.['error'] as Record<string, unknown> | undefined;
let count = 0;
const spend = (server: Server) => ask(server, 'spend_money', { name: `audit-file-${++count}`, amount: 1, idempotency_key: `audit-file-${count}` });

describe('AUDIT_FILE', () => {
  test('S095 has the records, one per line, for its owner only; the log has none', async () => {
    const file = path.join(scratch('audit'), 'audit.jsonl');
    const server = await start({ AUDIT_FILE: file });
    await spend(server);
    await ask(server, 'count_effects', { name: 'x' });
    await until(() => linesOf(readFileSync(file, 'utf8')).length === 2);
    expect(linesOf(readFileSync(file, 'utf8')).map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { event: 'mcp.audit', tool: 'spend_money', status: 'ok' },
      { event: 'mcp.audit', tool: 'count_effects', status: 'ok' },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(server.stdout()).not.toContain('mcp.audit');
  });

  test('that cannot be opened stops the start', async () => {
    const { code, stderr } = await startRefused(await probeRepo(), { AUDIT_FILE: '/nowhere/audit.jsonl' });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/AUDIT_FILE: .*ENOENT/) as string]);
  });

  // A file that takes nothing, as a full disk does.
  test('on a full disk: what reads goes on, what writes is refused and may be tried again', async () => {
    const server = await start({ AUDIT_FILE: '/dev/full' });
    expect(errorOf(await ask(server, 'count_effects', { name: 'x' }))).toBeUndefined();
    await server.logUntil((lines) => lines.some(({ event, code }) => event === 'audit.failing' && code === 'ENOSPC'));
    expect(errorOf(await spend(server))).toMatchObject({ error_class: 'transient', retry_after_seconds: 5 });
    expect((await ask(server, 'count_effects', { name: `audit-file-${count}` })).structuredContent).toMatchObject({ times: 0 });
    // The key is free again.
    const again = await ask(server, 'spend_money', { name: `audit-file-${count}`, amount: 1, idempotency_key: `audit-file-${count}` });
    expect(errorOf(again)).toMatchObject({ error_class: 'transient' });
  });

  test('S110 when the disk has room again, no record is torn, what waited is there, and what was too much is counted', async () => {
    const file = path.join(scratch('audit'), 'audit.jsonl');
    const server = await start({ AUDIT_FILE: file });
    const clientName = 'ø'.repeat(100);
    const record = async (at: number) => {
      const meta = { 'io.modelcontextprotocol/clientInfo': { name: clientName, version: '1' } };
      await send(server.port, call('modern', 'count_effects', { name: `${at}` }, { meta }));
    };
    const bytes = () => readFileSync(file);
    /** The largest a file of the server may get. */
    const allow = (size: string) => execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${size}:unlimited`]);
    await record(0);
    await until(() => bytes().includes('\n'));
    // Half of an ø of the next record.
    allow(String(bytes().length + bytes().indexOf('ø') + 1));
    const many = 1_500;
    for (let at = 1; at < many; at += 25) await Promise.all(Array.from({ length: Math.min(25, many - at) }, (_, more) => record(at + more)));
    expect(server.log().filter(({ event, code }) => event === 'audit.failing' && code === 'EFBIG')).toHaveLength(1);
    allow('unlimited');
    const back = (await server.logUntil((lines) => lines.some(({ event }) => event === 'audit.back'))).find(({ event }) => event === 'audit.back');
    const records = linesOf(bytes().toString()).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(new Set(records.map(({ client_name: name }) => name))).toEqual(new Set([clientName]));
    expect(back?.['dropped']).toBeGreaterThan(0);
    expect(records.length).toBeGreaterThan(500);
    expect(records.length + Number(back?.['dropped'])).toBe(many);
    await record(many);
    await until(() => linesOf(bytes().toString()).length === records.length + 1);
  });

  test('AUDIT_FAIL_MODE=open lets them through', async () => {
    const server = await start({ AUDIT_FILE: '/dev/full', AUDIT_FAIL_MODE: 'open' });
    await spend(server);
    await server.logUntil((lines) => lines.some(({ event }) => event === 'audit.failing'));
    expect(errorOf(await spend(server))).toBeUndefined();
  });
});
