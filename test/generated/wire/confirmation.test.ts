import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { send } from './http.ts';
import type { Rpc } from './http.ts';
import { call, modern } from './message.ts';
import type { Era } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, sleep, startServer } from './server.ts';
import type { Server } from './server.ts';

type Result = NonNullable<Rpc['result']>;

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { MCP_SECRET: Buffer.alloc(32, 5).toString('base64') });
});
afterAll(killServers);

const capable = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } };
let count = 0;
let name = '';
let key = '';
beforeEach(async () => {
  name = `value-${++count}`;
  key = `key-of-${name}`;
  await send(server.port, call('modern', 'put_value', { name, value: 1 }));
});

const answered = async (sent: ReturnType<typeof modern>): Promise<Rpc> => (await send(server.port, sent)).json();
const resultOf = async (sent: ReturnType<typeof modern>): Promise<Result> => (await answered(sent)).result ?? {};
const errorOf = (result: Result) => result['_meta']?.['mcp-gen/error'] as { error_class: string; message: string; hint: string } | undefined;
const tokenIn = (result: Result) => String(/"confirm_token": "([^"]+)"/.exec(errorOf(result)?.hint ?? '')?.[1]);
const exists = async (wanted = name) => (await resultOf(call('modern', 'count_effects', { name: wanted }))).structuredContent?.['times'] !== 0;

/** One leg of a call by a client that can ask. */
const leg = (args: Record<string, unknown>, more: Record<string, unknown> = {}, tool = 'wipe_value') =>
  modern('tools/call', { name: tool, arguments: args, ...more }, { meta: capable });
const wipe = (more: Record<string, unknown> = {}, args: Record<string, unknown> = {}) => resultOf(leg({ name, idempotency_key: key, ...args }, more));
const agreeing = (state: unknown, content: unknown = { confirm: true }, action = 'accept') => ({ requestState: state, inputResponses: { question_1: { action, content } } });

describe('S089 a destructive call of a client that can ask', () => {
  test('asks first, in a text that hides nothing, and does it once the user agrees', async () => {
    const asked = await wipe();
    expect(asked).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) as string });
    expect(JSON.stringify(asked['inputRequests'])).toContain(`"message":"Wipe ${name} for good?"`);
    expect(await exists()).toBe(true);
    expect((await wipe(agreeing(asked['requestState']))).structuredContent).toEqual({ wiped: true });
    expect(await exists()).toBe(false);
  });

  test.each<[string, unknown, string]>([
    ['declines', undefined, 'decline'],
    ['closes the question', undefined, 'cancel'],
    ['says no', { confirm: false }, 'accept'],
  ])('does nothing when the user %s', async (_, content, action) => {
    const asked = await wipe();
    expect(errorOf(await wipe(agreeing(asked['requestState'], content, action)))).toMatchObject({ error_class: 'permanent', message: 'The user has declined. Nothing has been done.' });
    expect(await exists()).toBe(true);
  });

  test.each<[string, unknown]>([
    ['junk', { ok: true }],
    ['the word for yes', { confirm: 'true' }],
    ['nothing', {}],
  ])('asks again when the answer is %s', async (_, content) => {
    const asked = await wipe();
    expect(await wipe(agreeing(asked['requestState'], content))).toMatchObject({ resultType: 'input_required' });
    expect(await exists()).toBe(true);
  });

  test('S058 an answer that nobody asked for does nothing', async () => {
    expect(await wipe({ inputResponses: { question_1: { action: 'accept', content: { confirm: true } } } })).toMatchObject({ resultType: 'input_required' });
    expect(await exists()).toBe(true);
  });

  test('S057 an answer to another question does nothing: other arguments, another tool', async () => {
    await send(server.port, call('modern', 'put_value', { name: 'other', value: 1 }));
    const other = await wipe({}, { name: 'other' });
    expect(await wipe(agreeing(other['requestState']))).toMatchObject({ resultType: 'input_required' });
    const ofAsk = await resultOf(leg({ name, idempotency_key: key }, {}, 'ask_twice'));
    expect((await answered(leg({ name, idempotency_key: key }, agreeing(ofAsk['requestState'])))).error).toMatchObject({ code: -32_602, data: { reason: 'invalid_request_state' } });
    expect(await exists()).toBe(true);
  });

  test('S059 an answer is good once: a retry with its key is replayed, another key is refused', async () => {
    const { requestState } = await wipe();
    const agreed = agreeing(requestState);
    expect((await wipe(agreed)).structuredContent).toEqual({ wiped: true });
    expect(await wipe(agreed)).toMatchObject({ structuredContent: { wiped: true }, _meta: { 'mcp-gen/result': { replayed: true } } });
    expect(await wipe()).toMatchObject({ structuredContent: { wiped: true } });
    await send(server.port, call('modern', 'put_value', { name, value: 1 }));
    expect(errorOf(await wipe(agreed, { idempotency_key: `${key}-other` }))).toMatchObject({ error_class: 'conflict', message: 'This confirmation has been used already.' });
    expect(await exists()).toBe(true);
  });

  test('S065 twenty answers at once have one effect', async () => {
    const { requestState } = await wipe();
    const results = await Promise.all(Array.from({ length: 20 }, () => wipe(agreeing(requestState))));
    expect(results.filter((result) => result.structuredContent?.['wiped'] === true && !JSON.stringify(result).includes('replayed'))).toHaveLength(1);
    for (const result of results) expect([undefined, 'conflict']).toContain(errorOf(result)?.error_class);
  });

  test('a check comes before the question', async () => {
    expect(errorOf(await wipe({}, { name: 'no-such-value' }))).toMatchObject({ error_class: 'not_found' });
  });
});

describe.each(['modern', 'legacy'] as const)('S089 a destructive call of a client that cannot ask, %s era', (era: Era) => {
  const attempt = (args: Record<string, unknown> = {}) => resultOf(call(era, 'wipe_value', { name, idempotency_key: key, ...args }));
  test('gets the question and a token, and does it with the token', async () => {
    const asked = await attempt();
    expect(errorOf(asked)).toMatchObject({ error_class: 'conflict', message: `Nothing has been done yet. Ask the user first: Wipe ${name} for good?`, retryable: true });
    expect(await exists()).toBe(true);
    expect((await attempt({ confirm_token: tokenIn(asked) })).structuredContent).toEqual({ wiped: true });
  });

  test('S057 the token is good for ten minutes', async () => {
    const secret = Buffer.alloc(32, 5).toString('base64');
    const clock = fileURLToPath(new URL('../clock.mjs', import.meta.url));
    const later = await startServer(await probeRepo(), { MCP_SECRET: secret, NODE_OPTIONS: `--import=${clock}`, CLOCK_JUMP_MS: String(6 * 60_000) });
    const there = async (args: Record<string, unknown> = {}) => (await send(later.port, call(era, 'wipe_value', { name, idempotency_key: key, ...args }))).json().result ?? {};
    await send(later.port, call('modern', 'put_value', { name, value: 1 }));
    const confirm_token = tokenIn(await attempt());
    const jump = async () => {
      later.signal('SIGUSR2');
      await sleep(50);
    };
    await jump();
    await jump();
    expect(errorOf(await there({ confirm_token }))).toMatchObject({ error_class: 'validation', message: 'The confirm_token is not valid for this call, or no longer.' });
    expect((await there({ confirm_token: tokenIn(await there()) })).structuredContent).toEqual({ wiped: true });
    await later.kill();
  });

  test('S059 the token is good once', async () => {
    const confirm_token = tokenIn(await attempt());
    expect((await attempt({ confirm_token })).isError).toBeFalsy();
    expect(await attempt({ confirm_token })).toMatchObject({ _meta: { 'mcp-gen/result': { replayed: true } } });
    await send(server.port, call('modern', 'put_value', { name, value: 1 }));
    expect(errorOf(await attempt({ confirm_token, idempotency_key: `${key}-other` }))).toMatchObject({ error_class: 'conflict', message: 'This confirmation has been used already.' });
    expect(await exists()).toBe(true);
  });

  test.each<[string, (token: string) => string]>([
    ['a byte changed', (token) => token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')],
    ['another expiry', (token) => token.replace(/^[^.]+/, (Math.floor(Date.now() / 1000) + 99_999).toString(36))],
    ['another nonce', (token) => token.replace(/\.[^.]+\./, `.${'0'.repeat(32)}.`)],
    ['no signature', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['nothing of it', () => 'yes'],
    ['an empty one', () => ''],
  ])('S057 the token does nothing with %s', async (_, tamper) => {
    expect(errorOf(await attempt({ confirm_token: tamper(tokenIn(await attempt())) }))).toMatchObject({ error_class: 'validation', message: 'The confirm_token is not valid for this call, or no longer.' });
    expect(await exists()).toBe(true);
  });

  test('S057 the token does nothing for other arguments', async () => {
    await send(server.port, call('modern', 'put_value', { name: 'other', value: 1 }));
    const confirm_token = tokenIn(await attempt({ name: 'other' }));
    expect(errorOf(await attempt({ confirm_token }))).toMatchObject({ error_class: 'validation' });
    expect(await exists()).toBe(true);
  });

  test('a token of any other length is refused before it is looked at', async () => {
    expect(errorOf(await attempt({ confirm_token: 'x'.repeat(129) }))).toMatchObject({ error_class: 'validation', field_errors: [{ path: 'confirm_token' }] } as object);
  });
});

const ask = (more: Record<string, unknown> = {}, args: Record<string, unknown> = {}) => resultOf(leg({ name: `ask-${name}`, idempotency_key: key, ...args }, more, 'ask_twice'));
const reply = (state: unknown, question: string, content: unknown) => ({ requestState: state, inputResponses: { [question]: { action: 'accept', content } } });

describe('a tool that asks its user', () => {
  test('gets its answers one by one, runs anew for each, and has its effect once', async () => {
    const first = await ask();
    expect(first['inputRequests']).toMatchObject({ question_1: { method: 'elicitation/create', params: { message: 'Which colour?', requestedSchema: { properties: { colour: { enum: ['red', 'green'] } } } } } });
    const second = await ask(reply(first['requestState'], 'question_1', { colour: 'red' }));
    expect(second['inputRequests']).toMatchObject({ question_2: { params: { message: 'Which size for red?' } } });
    const last = reply(second['requestState'], 'question_2', { size: 7 });
    expect((await ask(last)).structuredContent).toEqual({ colour: 'red', size: 7 });
    expect((await ask(last)).structuredContent).toEqual({ colour: 'red', size: 7 });
    expect((await resultOf(call('modern', 'count_effects', { name: `ask-${name}` }))).structuredContent?.['times']).toBe(1);
    expect((await resultOf(call('modern', 'count_effects', { name: `ask-${name}.runs` }))).structuredContent?.['times']).toBe(3);
  });

  test('S058 skips no question: an answer to the second does not stand for the first', async () => {
    expect(await ask({ inputResponses: { question_1: { action: 'accept', content: { colour: 'red' } }, question_2: { action: 'accept', content: { size: 1 } } } })).toMatchObject({ inputRequests: { question_1: {} } });
    const { requestState } = await ask();
    expect(await ask(reply(requestState, 'question_2', { size: 1 }))).toMatchObject({ inputRequests: { question_1: {} } });
  });

  test('asks again for an answer that its schema refuses', async () => {
    const { requestState } = await ask();
    expect(await ask(reply(requestState, 'question_1', { colour: 'blue' }))).toMatchObject({ inputRequests: { question_1: {} } });
  });

  test('fails once it has written: it would write again', async () => {
    expect(errorOf(await ask({}, { late: true }))).toMatchObject({ error_class: 'internal' });
    await server.logUntil((log) => log.some(({ event, correlation_id }) => event === 'tool.failed' && correlation_id !== undefined));
  });

  test('says so where the client cannot ask', async () => {
    for (const era of ['modern', 'legacy'] as const) {
      expect(errorOf(await resultOf(call(era, 'ask_twice', { name: `ask-${name}`, idempotency_key: key })))).toMatchObject({ error_class: 'permanent', message: 'This needs an answer of the user, and this client cannot ask.' });
    }
  });
});
