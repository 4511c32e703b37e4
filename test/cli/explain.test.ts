import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../templates/base/src/platform/observe/log.ts';
import { lifeOf } from '../../src/explain/life.ts';
import { linesOf, longestLine } from '../../src/explain/lines.ts';
import { documentOf, invoke, scratch } from './invoke.ts';
import type { Failure } from './invoke.ts';

const id = '3f0c8a52-6f0e-4b6e-9d55-0a3b7c1d2e4f';
const other = '11111111-2222-4333-8444-555555555555';
const begun = { event: 'mcp.audit', correlation_id: id, tenant_id: 'acme', user_id: 'alice', agent_id: 'claude', method: 'tools/call', tool: 'delete_note', decision: 'permit' };
const failed = [
  { ts: '2026-11-26T10:00:00.010Z', ...begun, phase: 'attempt' },
  { ts: '2026-11-26T10:00:00.020Z', level: 'error', event: 'tool.failed', correlation_id: id, error: 'TypeError', at: 'at run (file:///app/src/tools/delete_note.ts:9:3)' },
  { ts: '2026-11-26T10:00:00.030Z', ...begun, phase: 'outcome', status: 'tool_error', error_class: 'internal', duration_ms: 30 },
];
const text = (lines: readonly unknown[]) => lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');

let cwd: string;
beforeEach(() => void (cwd = scratch()));
const log = (lines: readonly unknown[], file = 'server.log') => writeFileSync(path.join(cwd, file), text(lines));
const explain = (...argv: string[]) => invoke('mcp-gen', ['explain', ...argv], { cwd });

describe('R147 mcp-gen explain', () => {
  test('R147 tells who called what, each step with its time, how it ended and what to do first', async () => {
    log(failed);
    const { code, stdout } = await explain(id, 'server.log');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tools\/call delete_note, 3f0c8a52[^]*began +2026-11-26T10:00:00\.000Z\n +who +tenant_id=acme user_id=alice agent_id=claude\n +ended +tool_error, class internal after 30 ms\n/);
    expect(stdout).toMatch(/\+10 ms {2}mcp\.audit {0,2}decision=permit phase=attempt\n +\+20 ms {2}tool\.failed error error=TypeError at=at run \S+:9:3\)\n +\+30 ms {2}mcp\.audit .*phase=outcome/);
    expect(stdout).toMatch(/\nfirst: A fault of the server: the frames/);
  });

  test('R147 says the same as one document', async () => {
    log(failed);
    expect(documentOf(await explain(id, 'server.log', '--json'))).toMatchObject({
      ok: true, correlation_id: id, tool: 'delete_note', who: { user_id: 'alice' }, status: 'tool_error', error_class: 'internal', duration_ms: 30,
      steps: [{ at_ms: 10 }, { at_ms: 20, event: 'tool.failed', level: 'error' }, { at_ms: 30 }], lines: { read: 3, of_this_call: 3, broken: 0 },
    });
  });

  test('R147 shows nothing of other calls, also where one names this id', async () => {
    log([{ ...begun, correlation_id: other, user_id: 'mallory', note: id }, ...failed, { event: 'note.stored', correlation_id: `${id}0`, user_id: 'mallory' }]);
    const { stdout } = await explain(id, 'server.log');
    expect(stdout).not.toContain('mallory');
    expect(documentOf(await explain(id, 'server.log', '--json'))).toMatchObject({ lines: { of_this_call: 3 } });
  });

  test('R147 reads several files in any order, with what log collectors put before a line, and past broken ones', async () => {
    const [attempt, step, outcome] = failed;
    log([outcome, 'npm warn something', `{"correlation_id":"${id}","event":"cut o`], 'b.log');
    log([`app-1  | ${JSON.stringify(attempt)}`, `null`, '[]', `"${id}"`, step], 'a.log');
    const { code, stdout, stderr } = await explain(id, 'b.log', 'a.log');
    expect(code).toBe(0);
    expect(stdout).toMatch(/phase=attempt[^]*tool\.failed[^]*phase=outcome/);
    expect(stderr).toContain('2 of 8 lines could not be read');
  });

  test('R147 a begun effect without an end is told as such', async () => {
    log(failed.slice(0, 1));
    expect((await explain(id, 'server.log')).stdout).toMatch(/ended +unfinished\n[^]*look whether it took place before anybody repeats/);
  });

  test('R147 a request that was answered with 500 has failed, although nobody knew what it asked for', async () => {
    log([{ ts: '2026-11-26T10:00:00Z', level: 'error', event: 'http.failed', correlation_id: id, error: 'TypeError', at: 'at edge (file:///app/src/platform/http/edge.ts:9:3)' }]);
    expect((await explain(id, 'server.log')).stdout).toMatch(/ended +failed, class internal\n[^]*first: A fault of the server: the frames/);
  });

  test('R147 what a log line says can neither drive the terminal nor forge a line or a command', async () => {
    const hostile = { ...begun, tool: "x'; rm -rf ~; '\nfirst: obey", user_id: 'a\u001b[2Jb\nfirst: obey', agent_id: 'x\u202eexe.fdp\u2066' };
    log([{ ts: '2026-11-26T10:00:00Z', ...hostile, phase: 'outcome', status: 'cancelled', duration_ms: 1 }]);
    const { stdout } = await explain(id, 'server.log');
    expect(stdout).not.toMatch(/[\u001b\u202e\u2066]|\nfirst: obey/);
    expect(stdout).toMatch(/\nfirst: .*jq 'select\(\.event == "mcp\.audit" and \.status == "cancelled"\)'\n/);
  });

  test.each([1e300, Infinity, -1, '30'])('R147 a duration of %j is none', (duration) => {
    expect(lifeOf([{ ...begun, ts: '2026-11-26T10:00:00Z', phase: 'outcome', status: 'ok', duration_ms: duration }])).toMatchObject({ duration_ms: null, began: '2026-11-26T10:00:00.000Z', status: 'ok' });
  });

  test('R147 a call that would have begun before there were dates has no beginning', () => {
    expect(lifeOf([{ ...begun, ts: '-271821-04-20T00:00:00Z', phase: 'outcome', status: 'ok', duration_ms: 1 }])).toMatchObject({ duration_ms: 1, began: null, status: 'ok' });
  });

  test.each<[object, RegExp]>([
    [{ status: 'ok', error_class: null }, /^nothing$/],
    [{ status: 'timeout', error_class: 'transient' }, /deadline passed/],
    [{ status: 'denied', error_class: null }, /decision_reason/],
    [{ status: 'denied', error_class: 'rate_limit', limited_by: 'tenant' }, /'select\(\.event == "mcp\.audit"\) \| "\\\(\.agent_id\) \\\(\.tool\)"'/],
    [{ status: 'denied', error_class: 'rate_limit', limited_by: 'tool' }, /\.tool == "delete_note"\) \| "\\\(\.agent_id\)/],
    [{ status: 'denied', error_class: 'permanent' }, /declined/],
    ...['validation', 'not_found', 'permanent', 'transient', 'authorization', 'rate_limit', 'conflict', 'internal'].map((name) => [{ status: 'tool_error', error_class: name }, /^[A-Z].*[:.?]/] satisfies [object, RegExp]),
    [{ status: 'tool_error', error_class: 'constructor' }, /^grep /],
    [{ status: 'denied', error_class: 'rate_limit', decision_reason: 'loop', args_hash: 'a1b2' }, /again and again.*\.args_hash == "a1b2"/],
    [{ status: 'denied', error_class: 'rate_limit', decision_reason: 'loop', args_hash: "'; rm" }, /\.args_hash == ""/],
    [{ status: 'tool_error', error_class: 'transient', upstream_calls: 'crm:0' }, /upstream_calls above.*upstream\.failing/],
  ])('R147 %j has a first thing to do', (end, first) => {
    const life = lifeOf([{ ...begun, ...end, phase: 'outcome' }]);
    expect(life.first ?? 'nothing').toMatch(first);
  });

  test.each([
    [{ completeness: 'complete' }, 'ok after 2 ms'],
    [{ completeness: 'partial' }, 'ok, partial after 2 ms'],
    [{ completeness: 'dry_run' }, 'ok, dry_run after 2 ms'],
    [{ completeness: 'complete', idempotency: 'replayed' }, 'ok, replayed after 2 ms'],
  ])('R147 a call that ended well with %j did not always do all of its work', async (end, told) => {
    log([{ ...begun, ...end, phase: 'outcome', status: 'ok', duration_ms: 2 }]);
    expect((await explain(id, 'server.log')).stdout).toMatch(new RegExp(`ended +${told}\\n`));
  });

  test('R147 what to do first asks the log that was read, past what stands before its lines', async () => {
    const end = { ...begun, phase: 'outcome', status: 'cancelled', duration_ms: 1 };
    log(['> shop@0.1.0 start', `server-1  | ${JSON.stringify(end)}`], 'a.log');
    const { stdout } = await explain(id, 'a.log');
    const [read = ''] = /grep .*/.exec(stdout)?.[0].split(' | jq ') ?? [];
    expect(JSON.parse(execFileSync('sh', ['-c', read], { cwd, encoding: 'utf8' }))).toEqual(end);
    log([end], 'a b.log');
    expect((await explain(id, 'a b.log')).stdout).toContain("grep -ho '{.*' server.log | jq");
  });

  test('R147 reads what the log of a generated server writes', async () => {
    const written: string[] = [];
    const server = createLog('info', (line) => void written.push(line));
    server.with({ correlation_id: id }).info('note.stored', { bytes: 12 });
    server.always('mcp.audit', { ...begun, phase: 'outcome', status: 'ok', duration_ms: 2 });
    log(written);
    expect(documentOf(await explain(id, 'server.log', '--json'))).toMatchObject({ status: 'ok', first: null, steps: [{ event: 'note.stored', facts: { bytes: 12 } }, { event: 'mcp.audit' }] });
  });

  test('R147 keeps neither an endless line nor endless lines', async () => {
    const line = `${JSON.stringify(failed[1])}\n`;
    const endless = Readable.from([line, '{"x":"', ...Array<string>(40).fill('y'.repeat(longestLine / 4)), `"}\n`, ...Array<string>(20).fill(line)]);
    expect(await linesOf(id, [endless], 5)).toMatchObject({ lines: Array(5).fill(failed[1]), dropped: 16, read: 22, broken: 1 });
  });

  test('R147 a character that two chunks share stays whole', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...failed[1], error: 'größe' }));
    const { lines } = await linesOf(id, [Readable.from(Array.from(bytes, (byte) => Buffer.from([byte])))]);
    expect(lines).toEqual([{ ...failed[1], error: 'größe' }]);
  });

  test.each([
    [[other, 'server.log'], 1, 'call_not_found', 'every instance'],
    [[other], 1, 'call_not_found', 'every instance'],
    [[id, 'gone.log'], 1, 'log_unreadable', 'Name the files'],
    [[id, '.'], 1, 'log_unreadable', 'Name the files'],
    [["'; rm", 'server.log'], 2, 'usage', 'correlation_id'],
  ])('R147 %j ends with %i', async (argv, code, reason, hint) => {
    log(failed);
    const ended = await explain(...argv, '--json');
    expect([ended.code, documentOf<Failure>(ended).error]).toEqual([code, expect.objectContaining({ code: reason, hint: expect.stringContaining(hint) })]);
  });
});
