import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawSession } from '../sessions/raw.ts';
import { killRedis, startRedis } from '../sessions/redis-server.ts';
import { sessionsRepo, watchEffects } from '../sessions/world.ts';
import type { Rpc } from '../wire/http.ts';
import { call, modern } from '../wire/message.ts';
import { sleep, until } from '../wire/server.ts';
import { startWorld } from './bench.ts';
import type { World } from './bench.ts';

const effects = watchEffects();
/** The URL has to be the one that clients use: sessions here are spoken to by port. */
const env = (more: Readonly<Record<string, string>>) => ({ MCP_SECRET: Buffer.alloc(32, 3).toString('base64'), ALLOWED_HOSTS: '', ...effects.env, ...more });

const step = fc.record({ who: fc.constantFrom<Name[]>('alice', 'carol', 'bob', 'agent'), act: fc.constantFrom('keep', 'read', 'write', 'delete', 'spend', 'replay', 'open', 'use', 'end'), pick: fc.nat(50) });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const stores: readonly [name: string, environment: () => Promise<Readonly<Record<string, string>>>][] = [
  ['redis', async () => env({ REDIS_URL: (await startRedis()).url })],
  ['memory', async () => env({})],
];
afterAll(killRedis);

/** Two tenants, and two users of one of them; one user by two clients. */
const people = {
  alice: { org_id: 'acme', sub: 'alice', client_id: 'desk' },
  carol: { org_id: 'acme', sub: 'carol', client_id: 'desk' },
  bob: { org_id: 'globex', sub: 'alice', client_id: 'desk' },
  agent: { org_id: 'acme', sub: 'alice', client_id: 'other' },
} as const;
type Name = keyof typeof people;
const names = Object.keys(people) as Name[];
/** Whose handles are whose: those of a user, through whichever client. */
const owner = (name: Name) => `${people[name].org_id}/${people[name].sub}`;

type Result = NonNullable<Rpc['result']>;
const errorOf = (result: Result) => result['_meta']?.['mcp-gen/error'] as { error_class: string; message: string; hint: string } | undefined;
const pickOf = <T>(from: readonly T[], pick: number): T | undefined => from[pick % Math.max(from.length, 1)];

/** Opens a stream of changes. */
async function listen(port: number, authorization: string) {
  const { headers, body } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
  const stop = new AbortController();
  const response = await fetch(`http://localhost:${port}/mcp`, { method: 'POST', headers: { ...(headers as Record<string, string>), authorization }, body, signal: stop.signal });
  let text = '';
  void (async () => {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk;
  })().catch(() => undefined);
  return { status: response.status, heard: () => text.split('list_changed').length - 1, close: () => stop.abort() };
}

describe.each(stores)('users over HTTP, %s', (store, environment) => {
  let world: World;
  let port: number;
  beforeAll(async () => {
    world = await startWorld(await environment(), await sessionsRepo('auth-redis'));
    ({ port } = world.server);
  });
  afterAll(() => world.close());

  const as = (name: Name, changes: Record<string, unknown> = {}) => ({ authorization: `Bearer ${world.token({ ...people[name], ...changes })}` });
  const open = (name: Name) => RawSession.open(port, { headers: as(name) });
  const say = async (name: Name, tool: string, args: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<NonNullable<Rpc['result']>> =>
    (await world.ask(as(name).authorization, call('modern', tool, args, more))).json().result ?? {};
  const others = names.filter((name) => name !== 'alice');

  test.each(others)('S054 M5 a session of alice is unknown to %s: POST, GET and DELETE, in the same words as one that never was', async (name) => {
    const session = await open('alice');
    const own = await session.listen(port);
    expect(own.status).toBe(200);
    const answers = async (id: string) => {
      const inits = [{ body: session.request('tools/list', {}, 1) }, { method: 'GET' }, { method: 'DELETE' }, { body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } } }];
      return Promise.all(inits.map(async (init) => {
        const answer = await session.fetch(port, { ...init, headers: { ...as(name), 'mcp-session-id': id } });
        return [answer.status, await answer.text()];
      }));
    };
    const [theirs, nobodys] = [await answers(session.id), await answers('f'.repeat(32))];
    expect(theirs).toEqual(nobodys);
    expect(theirs.map(([status]) => status)).toEqual([404, 404, 404, 404]);
    expect((await session.ask(port, 'ping')).result).toEqual({});
    expect(own.ended()).toBe(false);
    own.close();
  });

  test('S054 an event id of alice tells bob nothing, in a session of his own', async () => {
    const [hers, his] = [await open('alice'), await open('bob')];
    const stream = await hers.send(port, hers.call('take_steps', { word: 'secret', steps: 3, ms: 150 }, { progressToken: 1 }));
    await stream.next(({ result }) => result !== undefined);
    for (const { id } of stream.events) {
      const found = await his.listen(port, id);
      expect(found.status).toBe(400);
      found.close();
    }
  });

  test('S063 R127 a change in one tenant is heard by nobody of the other, in either era', async () => {
    const heard = await Promise.all((['alice', 'carol', 'bob'] as const).map(async (name) => [name, await (await open(name)).listen(port)] as const));
    const modernly = await Promise.all((['alice', 'bob'] as const).map((name) => listen(port, as(name).authorization)));
    const publisher = await open('alice');
    await publisher.ask(port, 'tools/call', { name: 'publish_change', arguments: { kind: 'tools_list_changed' } });
    await until(() => heard.every(([name, stream]) => name === 'bob' || stream.messages().length > 0) && modernly[0]?.heard() === 1);
    await sleep(100);
    expect(heard.map(([name, stream]) => [name, stream.messages().length])).toEqual([['alice', 1], ['carol', 1], ['bob', 0]]);
    expect(modernly[1]?.heard()).toBe(0);
    for (const [, stream] of heard) stream.close();
    for (const stream of modernly) stream.close();
  });

  test.each(others)('S057 M6 what alice was asked, %s cannot answer, neither by a state nor by a token', async (name) => {
    const asks = { meta: { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } } };
    const args = { name: `of-alice-${store}-${name}`, idempotency_key: randomUUID() };
    const asked = await say('alice', 'wipe_value', args, asks);
    expect(asked).toMatchObject({ resultType: 'input_required' });
    const answering = modern('tools/call', { name: 'wipe_value', arguments: args, requestState: asked['requestState'], inputResponses: { question_1: { action: 'accept', content: { confirm: true } } } }, asks);
    expect((await world.ask(as(name).authorization, answering)).json()).not.toMatchObject({ result: { structuredContent: { name: args.name } } });
    const { hint = '' } = errorOf(await say('alice', 'wipe_value', args)) ?? {};
    const confirm_token = String(/"confirm_token": "([^"]+)"/.exec(hint)?.[1]);
    expect(errorOf(await say(name, 'wipe_value', { ...args, confirm_token }))).toMatchObject({ error_class: 'validation' });
    expect(effects.times(`wiped ${args.name}`)).toBe(0);
    expect((await say('alice', 'wipe_value', { ...args, confirm_token }))['structuredContent']).toEqual({ name: args.name });
  });

  test('S069 a tenant that is named in an argument, in _meta or in a header changes nothing', async () => {
    const { handle } = (await say('alice', 'remember_word', { word: 'mine' }))['structuredContent'] as { handle: string };
    const sent = call('modern', 'recall_word', { handle }, { meta: { tenant_id: 'acme', tenant: 'acme' }, headers: { 'x-tenant-id': 'acme', 'x-forwarded-user': 'alice' } });
    expect(errorOf((await world.ask(as('bob').authorization, sent)).json().result ?? {})).toMatchObject({ message: 'This handle is unknown or has expired.' });
    expect(errorOf(await say('bob', 'recall_word', { handle, tenant_id: 'acme' }))).toMatchObject({ error_class: 'validation' });
  });

  test('R108 a user has a hundred sessions, and with another one the oldest ends; others keep theirs', { timeout: 60_000 }, async () => {
    const name = `many-${store}`;
    const headers = as('alice', { sub: name });
    const bobs = await open('bob');
    const sessions: RawSession[] = [];
    for (let at = 0; at < 103; at++) sessions.push(await RawSession.open(port, { headers }));
    const alive = await Promise.all(sessions.map(async (session) => (await session.fetch(port, { body: session.request('ping') })).status));
    expect(alive).toEqual([...Array<number>(3).fill(404), ...Array<number>(100).fill(200)]);
    expect((await bobs.ask(port, 'ping')).result).toEqual({});
  });

  test('S030 a user has eight streams of changes; another user still gets one', async () => {
    const streams = [];
    const { authorization } = as('alice', { sub: `listener-${store}` });
    for (let at = 0; at < 10; at++) streams.push(await listen(port, authorization));
    expect(streams.map(({ status }) => status)).toEqual([...Array<number>(8).fill(200), 503, 503]);
    const other = await listen(port, as('bob').authorization);
    expect(other.status).toBe(200);
    for (const stream of [...streams, other]) stream.close();
    await until(async () => {
      const again = await listen(port, authorization);
      again.close();
      return again.status === 200;
    });
  });

  test('R127 any interleaving of four callers reads as if each user were alone', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const seen = await play(steps);
        expect(seen.map(([got]) => got)).toEqual(seen.map(([, wanted]) => wanted));
      }),
      { numRuns: 12 },
    );
  });

  /** Lets four callers do this, and resolves to what was seen each time beside what a user who is alone would see. */
  async function play(steps: readonly Step[]): Promise<[got: unknown, wanted: unknown][]> {
    const run = randomUUID();
    const seen: [unknown, unknown][] = [];
    const handles: { handle: string; owner: string; word: string | undefined }[] = [];
    const spent: { key: string; who: Name; name: string }[] = [];
    const sessions: { session: RawSession; who: Name; alive: boolean }[] = [];

    const recall = async (who: Name, act: string, one: (typeof handles)[number]) => {
      const result = await say(who, 'recall_word', { handle: one.handle, act });
      const isKnown = one.owner === owner(who) && one.word !== undefined;
      seen.push([errorOf(result)?.error_class ?? result['structuredContent'], isKnown ? { word: one.word } : 'not_found']);
      if (isKnown && act === 'write') one.word += '!';
      if (isKnown && act === 'delete') one.word = undefined;
    };
    const replay = async (who: Name, { key, name }: (typeof spent)[number]) => {
      const before = effects.times(`spent ${name}`);
      const result = await say(who, 'spend_money', { name, idempotency_key: key });
      // Of the same user through the same client it is the same call; of anybody else it is one of their own.
      const isSame = spent.some((one) => one.key === key && one.who === who);
      const meta = result['_meta']?.['mcp-gen/result'] as { replayed?: boolean } | undefined;
      seen.push([[meta?.replayed === true, effects.times(`spent ${name}`) - before], isSame ? [true, 0] : [false, 1]]);
      if (!isSame) spent.push({ key, who, name });
    };
    const use = async (who: Name, act: string, one: (typeof sessions)[number]) => {
      const isOwn = one.who === who && one.alive;
      const init = act === 'end' ? { method: 'DELETE' } : { body: one.session.request('ping') };
      const { status } = await one.session.fetch(port, { ...init, headers: as(who) });
      seen.push([status, isOwn ? (act === 'end' ? 204 : 200) : 404]);
      if (isOwn && act === 'end') one.alive = false;
    };

    for (const [at, { who, act, pick }] of steps.entries()) {
      const word = `${who}-${at}-${run}`;
      const [handle, call_, session] = [pickOf(handles, pick), pickOf(spent, pick), pickOf(sessions, pick)];
      if (act === 'keep') handles.push({ ...((await say(who, 'remember_word', { word }))['structuredContent'] as { handle: string }), owner: owner(who), word });
      else if (act === 'open') sessions.push({ session: await open(who), who, alive: true });
      else if (act === 'spend') {
        spent.push({ key: randomUUID(), who, name: word });
        await say(who, 'spend_money', { name: word, idempotency_key: spent.at(-1)?.key });
      } else if (act === 'replay' && call_) await replay(who, call_);
      else if ((act === 'use' || act === 'end') && session) await use(who, act, session);
      else if ((act === 'read' || act === 'write' || act === 'delete') && handle) await recall(who, act, handle);
    }
    return seen;
  }
});
