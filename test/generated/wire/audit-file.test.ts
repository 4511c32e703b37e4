import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { openWire, render, send } from './http.ts';
import { call } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, linesOf, sleep, startRefused, startServer, until } from './server.ts';
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

  test.each([['was rotated', renameSync], ['was removed', (from: string) => rmSync(from)]])('S110 that %s begins again under its name', async (_, take) => {
    const file = path.join(scratch('audit'), 'audit.jsonl');
    const server = await start({ AUDIT_FILE: file });
    await spend(server);
    await until(() => readFileSync(file, 'utf8').includes('\n'));
    take(file, `${file}.1`);
    await until(async () => {
      await spend(server);
      return existsSync(file) && linesOf(readFileSync(file, 'utf8')).length > 0;
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('S110 whose folder is gone: what writes is refused', async () => {
    const folder = scratch('audit');
    const server = await start({ AUDIT_FILE: path.join(folder, 'audit.jsonl') });
    await spend(server);
    rmSync(folder, { recursive: true });
    await until(async () => errorOf(await spend(server))?.['error_class'] === 'transient');
    expect(server.log().find(({ event }) => event === 'audit.failing')).toMatchObject({ code: 'ENOENT' });
  });

  test('R137 has the attempt of a destructive call that takes the server with it', async () => {
    const file = path.join(scratch('audit'), 'audit.jsonl');
    const server = await start({ AUDIT_FILE: file });
    await ask(server, 'put_value', { name: 'the server', value: 1 });
    const wipe = { name: 'the server', idempotency_key: 'audit-file-wipe' };
    const [, confirm_token] = /"confirm_token": "([^"]+)/.exec(String(errorOf(await ask(server, 'wipe_value', wipe))?.['hint'])) ?? [];
    (await openWire(server.port)).write(render(server.port, call('modern', 'wipe_value', { ...wipe, confirm_token })));
    expect(await server.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(JSON.parse(linesOf(readFileSync(file, 'utf8')).at(-1) ?? '{}')).toMatchObject({ tool: 'wipe_value', phase: 'attempt', confirmation: 'token' });
  });

  test('R137 has the outcome of a call in whose turn the server crashes', async () => {
    const file = path.join(scratch('audit'), 'audit.jsonl');
    const server = await start({ AUDIT_FILE: file });
    (await openWire(server.port)).write(render(server.port, call('modern', 'crash_later', { how: 'at once' })));
    expect(await server.exited).toMatchObject({ code: 1 });
    expect(linesOf(readFileSync(file, 'utf8')).map((line) => JSON.parse(line) as unknown)).toMatchObject([{ tool: 'crash_later', status: 'ok' }]);
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

  test('on a full disk: tries once a second, however many calls have tried meanwhile', async () => {
    const server = await start({ AUDIT_FILE: '/dev/full', AUDIT_FAIL_MODE: 'open' });
    for (let at = 0; at < 50; at++) {
      await ask(server, 'put_value', { name: `full-${at}`, value: at });
      const { confirm_token: token } = (/"confirm_token\\?": \\?"(?<confirm_token>[^"\\]+)/.exec(JSON.stringify(errorOf(await ask(server, 'wipe_value', { name: `full-${at}`, idempotency_key: `full-${at}-0` })))) ?? {}).groups ?? {};
      await ask(server, 'wipe_value', { name: `full-${at}`, idempotency_key: `full-${at}-0`, confirm_token: token });
    }
    /** Writes of this process so far, those that have failed included. */
    const writes = () => Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${server.pid}/io`, 'utf8'))?.[1]);
    const before = writes();
    await sleep(3_000);
    expect(writes() - before).toBeLessThan(25);
  });

  test('S110 a disk that takes half of a record is told of at once, and gets the other half without waiting for another record', async () => {
    const file = path.join(scratch('audit'), 'audit.jsonl');
    const server = await start({ AUDIT_FILE: file });
    execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=100:unlimited']);
    await ask(server, 'count_effects', { name: 'x' });
    await server.logUntil((lines) => lines.some(({ event, code }) => event === 'audit.failing' && code === 'EFBIG'));
    expect(statSync(file).size).toBe(100);
    execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited:unlimited']);
    await server.logUntil((lines) => lines.some(({ event, dropped }) => event === 'audit.back' && dropped === 0));
    expect(linesOf(readFileSync(file, 'utf8')).map((line) => JSON.parse(line) as unknown)).toMatchObject([{ event: 'mcp.audit', tool: 'count_effects', status: 'ok' }]);
  });

  test('AUDIT_FAIL_MODE=open lets them through', async () => {
    const server = await start({ AUDIT_FILE: '/dev/full', AUDIT_FAIL_MODE: 'open' });
    await spend(server);
    await server.logUntil((lines) => lines.some(({ event }) => event === 'audit.failing'));
    expect(errorOf(await spend(server))).toBeUndefined();
  });
});
