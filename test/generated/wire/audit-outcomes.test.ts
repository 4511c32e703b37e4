import { afterAll, describe, expect, test } from 'vitest';
import { startWorld } from '../auth/bench.ts';
import { RawSession } from '../sessions/raw.ts';
import { sessionsRepo, watchEffects } from '../sessions/world.ts';
import { openWire, render, send } from './http.ts';
import { call, modern } from './message.ts';
import { initialize, killPipes, old, open, use } from './pipe.ts';
import { probeRepo } from './probe.ts';
import { killServers, linesOf, startServer, until } from './server.ts';
import type { Server } from './server.ts';

type Line = Record<string, unknown>;

afterAll(async () => {
  killPipes();
  await killServers();
});

const records = (log: readonly Line[], tool: string): Line[] => log.filter(({ event, tool: of }) => event === 'mcp.audit' && of === tool);
/** The records of a tool once a call of another one, sent later, has left its own: whatever was to be written is written. */
async function recordsAfter(server: Server, tool: string, least = 1): Promise<Line[]> {
  await server.logUntil((log) => records(log, tool).length >= least);
  await send(server.port, call('modern', 'partial_work'));
  return records(await server.logUntil((log) => records(log, 'partial_work').length > 0), tool);
}
const probe = async (env: Record<string, string> = {}) => startServer(await probeRepo(), env);
const limits = (tenant: number, agent: number, tool: number) => ({ RATE_LIMIT_TENANT_PER_MINUTE: String(tenant), RATE_LIMIT_AGENT_PER_MINUTE: String(agent), RATE_LIMIT_TOOL_PER_MINUTE: String(tool) });
const denied = (reason: string) => ({ decision: 'deny', decision_reason: reason, status: 'denied' });

describe.each(['modern', 'legacy'] as const)('R137 one audit record, and its status: %s era', (era) => {
  test('denied for lack of a scope', async () => {
    const world = await startWorld();
    const answer = await world.ask(`Bearer ${world.token({ scope: 'notes:read' })}`, call(era, 'create_note', { text: 'x', idempotency_key: 'no-scope-1' }));
    expect(answer.status).toBe(403);
    await world.ask(`Bearer ${world.token()}`, call(era, 'search_notes', { query: '' }));
    const log = await world.server.logUntil((lines) => records(lines, 'search_notes').length > 0);
    expect(records(log, 'create_note')).toMatchObject([{ ...denied('scope'), phase: 'decision', required_scopes: expect.stringContaining('notes:write') as string }]);
    await world.close();
  });

  test.each<[string, ReturnType<typeof limits>, number]>([
    ['the tenant', limits(2, 0, 0), 429],
    ['the agent', limits(0, 2, 0), 200],
    ['the tool', limits(0, 0, 2), 200],
  ])('denied by the limit of %s', async (_, env, status) => {
    const server = await probe(env);
    const answers = [];
    for (const nonce of ['a', 'b', 'c']) answers.push((await send(server.port, call(era, 'echo_nonce', { nonce }))).status);
    expect(answers).toEqual([200, 200, status]);
    const log = await server.logUntil((lines) => records(lines, 'echo_nonce').length >= 3);
    expect(records(log, 'echo_nonce').map(({ decision, status: ended, error_class }) => [decision, ended, error_class])).toEqual([['permit', 'ok', null], ['permit', 'ok', null], ['deny', 'denied', 'rate_limit']]);
    expect(records(log, 'echo_nonce').at(-1)).toMatchObject(denied('rate_limit'));
  });

  test('denied by the guard against loops', async () => {
    const server = await probe(limits(0, 1_000, 0));
    for (let at = 0; at < 6; at++) await send(server.port, call(era, 'fail_as', { kind: 'transient' }));
    const found = await recordsAfter(server, 'fail_as', 6);
    expect(found.map(({ status }) => status)).toEqual([...Array<string>(5).fill('tool_error'), 'denied']);
    expect(found.at(-1)).toMatchObject({ ...denied('loop'), error_class: 'rate_limit' });
  });

  test('cancelled by a client that hangs up', async () => {
    const server = await probe();
    const wire = await openWire(server.port);
    wire.write(render(server.port, call(era, 'slow_call', { ms: 20_000, name: 'cut' })));
    await until(async () => (await send(server.port, call(era, 'count_effects', { name: 'cut.started' }))).json().result?.structuredContent?.['times'] === 1);
    wire.close();
    expect(await recordsAfter(server, 'slow_call')).toMatchObject([{ decision: 'permit', phase: 'outcome', status: 'cancelled' }]);
  });

  test('S091 timed out', async () => {
    const server = await probe();
    await send(server.port, call(era, 'ignore_deadline'));
    expect(await recordsAfter(server, 'ignore_deadline')).toMatchObject([{ decision: 'permit', phase: 'outcome', status: 'timeout', error_class: 'transient' }]);
  });

  test('cancelled over stdio, by notifications/cancelled', async () => {
    const pipe = open(await probeRepo());
    if (era === 'legacy') pipe.send(initialize('init'));
    const ask = (id: string, name: string, args: Record<string, unknown>) => pipe.send(era === 'legacy' ? old(id, 'tools/call', { name, arguments: args }) : use(id, name, args));
    ask('slow', 'slow_call', { ms: 20_000, name: 'cut' });
    let at = 0;
    const times = async () => {
      ask(`count-${++at}`, 'count_effects', { name: 'cut.started' });
      return (await pipe.answerTo(`count-${at}`)).result?.structuredContent?.['times'];
    };
    await until(async () => (await times()) === 1);
    pipe.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'slow', ...(era === 'modern' && { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }) } });
    const found = () => records(linesOf(pipe.stderr()).map((line) => JSON.parse(line) as Line), 'slow_call');
    await until(() => found().length > 0);
    pipe.end();
    await pipe.exited;
    expect(found()).toMatchObject([{ decision: 'permit', phase: 'outcome', status: 'cancelled' }]);
  });
});

describe('R137 one audit record, and its status', () => {
  test.each<[string, unknown, string]>([
    ['declines', undefined, 'decline'],
    ['closes the question', undefined, 'cancel'],
    ['says no', { confirm: false }, 'accept'],
  ])('denied when the user %s', async (_, content, action) => {
    const server = await probe();
    await send(server.port, call('modern', 'put_value', { name: 'kept', value: 1 }));
    const leg = (more: Record<string, unknown> = {}) =>
      send(server.port, modern('tools/call', { name: 'wipe_value', arguments: { name: 'kept', idempotency_key: 'declined-1' }, ...more }, { meta: { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } } }));
    const asked = (await leg()).json().result;
    await leg({ requestState: asked?.['requestState'], inputResponses: { question_1: { action, content } } });
    // One for each request: the question, and the answer.
    expect(await recordsAfter(server, 'wipe_value', 2)).toMatchObject([{ decision: 'permit', status: 'ok', completeness: 'input_required' }, { ...denied('declined'), confirmation: 'declined', error_class: 'permanent' }]);
  });

  test('cancelled in a session of the 2025 era, by notifications/cancelled', async () => {
    const effects = watchEffects();
    const server = await startServer(await sessionsRepo('http-memory'), effects.env);
    const session = await RawSession.open(server.port);
    const slow = session.call('take_steps', { word: 'cut', steps: 100, ms: 200 }, { progressToken: 'p' });
    const stream = await session.send(server.port, slow);
    await stream.next(({ params }) => params?.['progress'] === 1);
    await session.fetch(server.port, { body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: slow.id } } });
    await server.logUntil((log) => records(log, 'take_steps').length > 0);
    await session.send(server.port, session.call('take_steps', { word: 'after', steps: 1, ms: 1 })).then((after) => after.next(({ result }) => result !== undefined));
    const log = await server.logUntil((lines) => records(lines, 'take_steps').some(({ status }) => status === 'ok'));
    expect(records(log, 'take_steps').map(({ status }) => status)).toEqual(['cancelled', 'ok']);
  });

  test('a resource that is denied by a limit', async () => {
    const server = await probe(limits(0, 1, 0));
    for (let at = 0; at < 2; at++) await send(server.port, modern('resources/read', { uri: 'probe://fixed' }));
    const log = await server.logUntil((lines) => records(lines, 'fixed').length === 2);
    expect(records(log, 'fixed')).toMatchObject([{ status: 'ok' }, { ...denied('rate_limit'), method: 'resources/read' }]);
  });
});
