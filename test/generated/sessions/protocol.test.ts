import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { need } from '../serverless/workerd.ts';
import type { Workerd } from '../serverless/workerd.ts';
import type { Rpc } from '../wire/http.ts';
import { killServers, startServer, until } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';
import { SECRET } from './cluster.ts';
import { installWorkerd, startObjects } from './objects.ts';
import { RawSession } from './raw.ts';
import type { Stream } from './raw.ts';
import { killRedis, startRedis } from './redis-server.ts';
import type { RedisServer } from './redis-server.ts';
import { sessionsRepo, watchEffects } from './world.ts';

const effects = watchEffects();

/** What a stream has told of changes and on its own. */
const methods = (stream: Stream) => stream.messages().map(({ method, params }) => [method, params?.['uri'] ?? params?.['data']].filter(Boolean).join(' '));

type Ports = readonly [number, number, number];

/** Ports of instances, spoken to one by one: several on Redis, the same one three times in memory, isolates of Workers. */
const stores: readonly [name: string, start: () => Promise<Ports | Workerd>][] = [
  ['redis', async () => {
    const redis = await startRedis();
    const start = async (): Promise<Server> => startServer(await sessionsRepo('http-redis'), { REDIS_URL: redis.url, MCP_SECRET: SECRET, ...effects.env });
    const [a, b, c] = await Promise.all([start(), start(), start()]);
    return [a.port, b.port, c.port];
  }],
  ['memory', async () => {
    const { port } = await startServer(await sessionsRepo('http-memory'), effects.env);
    return [port, port, port];
  }],
  ['a durable object', async () => {
    const workerd = await installWorkerd();
    if ('missing' in workerd) return workerd;
    const { ports } = await startObjects(workerd.executable, effects);
    return [ports[0] ?? 0, ports[1] ?? 0, ports[2] ?? 0];
  }],
];
afterAll(async () => {
  await killServers();
  await killRedis();
});

describe.each(stores)('sessions of the 2025 era, %s', (store, start) => {
  let a: number;
  let b: number;
  let c: number;
  let count = 0;
  const fresh = () => `${store}-${++count}`;
  const subscribe = (session: RawSession, uri: string) => session.ask(b, 'resources/subscribe', { uri });
  const publish = (session: RawSession, kind: string, uri?: string) => session.ask(c, 'tools/call', { name: 'publish_change', arguments: { kind, ...(uri && { uri }) } });
  let missing: Workerd | undefined;
  beforeAll(async () => {
    const started = await start();
    if ('missing' in started || 'executable' in started) missing = started;
    else [a, b, c] = started;
  });
  beforeEach((context) => {
    if (missing) need(missing, context);
  });

  describe('a session', () => {
    test('R105 is opened by initialize, with an id that nobody guesses, and goes on anywhere', async () => {
      const session = await RawSession.open(a);
      expect(session.id).toMatch(/^[0-9a-f]{32}$/);
      expect(session.initialized.result).toMatchObject({ protocolVersion: '2025-11-25', capabilities: { tools: {} } });
      for (const port of [a, b, c]) expect((await session.ask(port, 'tools/list')).result?.['tools']).toBeInstanceOf(Array);
      expect((await session.ask(b, 'ping')).result).toEqual({});
      expect((await RawSession.open(a)).id).not.toBe(session.id);
    });

    test.each(['2025-06-18', '2025-03-26', '2024-11-05'])('keeps to revision %s', async (version) => {
      const session = await RawSession.open(a, { version });
      expect(session.version).toBe(version);
      expect((await session.ask(c, 'tools/call', { name: 'who_answers', arguments: { word: 'x' } })).result?.structuredContent).toMatchObject({ word: 'x' });
    });

    test('S054 is never chosen by the client', async () => {
      const session = await RawSession.open(a, { headers: { 'mcp-session-id': 'f'.repeat(32) } });
      expect(session.id).not.toBe('f'.repeat(32));
    });

    test.each<[string, string | undefined, number]>([
      ['without an id', undefined, 400],
      ['with an unknown id', 'f'.repeat(32), 404],
      ['with an id of another shape', 'chosen', 404],
      ['with an id that is too long', 'f'.repeat(3_000), 404],
    ])('a request %s is refused: POST, GET and DELETE', async (_, id, status) => {
      const session = await RawSession.open(a);
      const headers = { 'mcp-session-id': id };
      for (const init of [{ body: session.request('tools/list') }, { method: 'GET' }, { method: 'DELETE' }]) {
        const answer = await session.fetch(b, { ...init, headers });
        expect([answer.status, ((await answer.json()) as { error: { data: { hint: string } } }).error.data.hint]).toEqual([status, expect.stringContaining('initialize')]);
      }
    });

    test('P76 a wrong revision in the header is refused, and none at all is taken', async () => {
      const session = await RawSession.open(a);
      for (const [version, status] of [['1999-01-01', 400], ['2026-07-28', 400], [undefined, 200]] as const) {
        expect((await session.fetch(b, { body: session.request('tools/list'), headers: { 'mcp-protocol-version': version } })).status).toBe(status);
      }
      expect((await session.fetch(b, { method: 'DELETE', headers: { 'mcp-protocol-version': '1999-01-01' } })).status).toBe(400);
    });

    test('P72 is ended by DELETE on any instance: unknown everywhere, its calls cancelled, its streams closed', async () => {
      const session = await RawSession.open(a);
      const word = fresh();
      const running = await session.send(a, session.call('take_steps', { word, steps: 100, ms: 100 }, { progressToken: 1 }));
      const own = await session.listen(c);
      await until(() => effects.times(`started ${word}`) === 1);
      expect(await session.delete(b)).toBe(204);
      for (const port of [a, b, c]) expect((await session.fetch(port, { body: session.request('ping') })).status).toBe(404);
      await until(() => effects.times(`cancelled ${word}`) === 1 && running.ended() && own.ended());
      expect(await session.delete(b)).toBe(404);
    });

    test('accepts notifications and answers with 202, and nothing else', async () => {
      const session = await RawSession.open(a);
      for (const body of [{ jsonrpc: '2.0', method: 'notifications/anything' }, { jsonrpc: '2.0', id: 'nobody:1', result: {} }, { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'x', progress: 1 } }, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'unknown' } }]) {
        const answer = await session.fetch(b, { body });
        expect([answer.status, await answer.text()]).toEqual([202, '']);
      }
      for (const body of [{ jsonrpc: '2.0' }, { id: 1, method: 'ping' }, 'text', 5, null, []]) expect((await session.fetch(b, { body })).status).toBe(400);
    });

    test('answers unknown methods and wrong params as JSON-RPC does', async () => {
      const session = await RawSession.open(a);
      expect((await session.ask(b, 'no/such')).error?.code).toBe(-32_601);
      expect((await session.ask(b, 'tools/call', { name: 'no_such_tool' })).error?.code).toBe(-32_602);
      expect((await session.ask(b, 'tools/call', {})).error?.code).toBe(-32_602);
    });

    test('P9 answers a batch of 2025-03-26 as a batch, and refuses one of any other revision', async () => {
      const session = await RawSession.open(a, { version: '2025-03-26' });
      const batch = [session.call('who_answers', { word: 'one' }), { jsonrpc: '2.0', method: 'notifications/anything' }, session.call('who_answers', { word: 'two' })];
      const answers = (await (await session.fetch(b, { body: batch })).json()) as { id: number; result: { structuredContent: { word: string } } }[];
      expect(answers.map(({ id, result }) => [id, result.structuredContent.word]).toSorted()).toEqual([[1, 'one'], [2, 'two']]);
      const slow = await session.send(b, [session.call('take_steps', { word: fresh(), steps: 3, ms: 150 }), session.call('who_answers', { word: 'three' })]);
      await until(() => slow.ended());
      expect(slow.messages().map(({ id }) => id).toSorted()).toEqual([3, 4]);
      expect((await session.fetch(b, { body: Array.from({ length: 101 }, () => session.request('ping')) })).status).toBe(400);
      const later = await RawSession.open(a);
      expect((await later.fetch(b, { body: [later.request('ping')] })).status).toBe(400);
    });

    test('keeps the log level that the client has set', async () => {
      const session = await RawSession.open(a);
      const levels = async () => {
        const stream = await session.send(c, session.call('log_levels'));
        await until(() => stream.ended());
        return stream.messages().flatMap(({ params }) => (params ? [params['level']] : []));
      };
      expect(await levels()).toEqual(['debug', 'info', 'warning', 'error']);
      await session.ask(a, 'logging/setLevel', { level: 'warning' });
      expect(await levels()).toEqual(['warning', 'error']);
      expect((await session.ask(a, 'logging/setLevel', { level: 'loud' })).error).toBeDefined();
      expect(await levels()).toEqual(['warning', 'error']);
    });
  });

  describe('an answer', () => {
    test('is JSON when it is ready at once, and a stream that can be resumed when it is not', async () => {
      const session = await RawSession.open(a);
      expect((await session.send(b, session.call('who_answers', { word: 'x' }))).headers.get('content-type')).toBe('application/json');
      const slow = await session.send(b, session.call('take_steps', { word: fresh(), steps: 1, ms: 600 }));
      expect([slow.status, slow.headers.get('content-type'), slow.headers.get('x-accel-buffering')]).toEqual([200, 'text/event-stream', 'no']);
      await until(() => slow.ended());
      expect(slow.events).toMatchObject([{ id: expect.any(String) as string, retry: '1000', message: undefined }, { id: expect.any(String) as string, message: { result: {} } }]);
    });

    test('of an older revision gets no event without data', async () => {
      const session = await RawSession.open(a, { version: '2025-06-18' });
      const slow = await session.send(b, session.call('take_steps', { word: fresh(), steps: 1, ms: 600 }));
      await until(() => slow.ended());
      expect(slow.events).toMatchObject([{ message: { result: {} } }]);
    });

    test('P75 P77 goes on when its client has gone, and is read to its end on another instance, each event once', async () => {
      const session = await RawSession.open(a);
      const word = fresh();
      const first = await session.send(a, session.call('take_steps', { word, steps: 8, ms: 100 }, { progressToken: 'p' }));
      await first.next(({ params }) => params?.['progress'] === 2);
      first.close();
      const seen = first.events.at(-1)?.id ?? '';
      const rest = await session.listen(b, seen);
      await until(() => rest.ended());
      expect(effects.times(`cancelled ${word}`)).toBe(0);
      const steps = [...first.messages(), ...rest.messages()].flatMap(({ params }) => (params ? [params['progress']] : []));
      expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(rest.messages().at(-1)?.result?.structuredContent).toEqual({ word, steps: 8 });
    });

    test('is still there for a client that comes back when all is over, from its very first event', async () => {
      const session = await RawSession.open(a);
      const word = fresh();
      const first = await session.send(a, session.call('take_steps', { word, steps: 3, ms: 150 }, { progressToken: 'p' }));
      await until(() => first.events.length > 0);
      first.close();
      await until(() => effects.times(`finished ${word}`) === 1);
      for (const port of [b, c]) {
        const rest = await session.listen(port, first.events[0]?.id);
        await until(() => rest.ended());
        expect(rest.messages().map(({ params, result }) => params?.['progress'] ?? result?.structuredContent?.['word'])).toEqual([1, 2, 3, word]);
      }
    });

    test('comes in the order in which it was said, however fast', async () => {
      const session = await RawSession.open(a);
      const stream = await session.send(a, session.call('burst'));
      await until(stream.ended);
      expect(stream.messages().map(({ params, result }) => params?.['data'] ?? result?.content)).toEqual([...Array.from({ length: 30 }, (_, at) => at), []]);
    });

    test('has everything that its server says, also what names no request, for a client that has opened no stream', async () => {
      const session = await RawSession.open(a);
      const stream = await session.send(a, session.call('speak_up', { word: 'hello' }));
      const { id } = await stream.next(({ method, params }) => method === 'elicitation/create' && params?.['message'] === 'hello');
      await session.fetch(b, { body: { jsonrpc: '2.0', id, result: { action: 'decline' } } });
      await until(stream.ended);
      expect(stream.messages()).toMatchObject([{ params: { data: 'hello' } }, { method: 'elicitation/create' }, { result: { content: [{ text: 'decline' }] } }]);
    });

    test('S012 is let go when its client does not read, and all of it is there when it comes back', { timeout: 60_000 }, async () => {
      const session = await RawSession.open(a);
      const idle = await session.fetch(a, { body: session.call('flood') });
      // More has been said than the operating system takes for it and the server keeps for it together.
      const lines = 90;
      const reader = idle.body?.getReader();
      const first = Buffer.from((await reader?.read())?.value ?? []).toString();
      let last = /^id: (.*)$/m.exec(first)?.[1];
      const said: Rpc[] = [];
      while (!said.at(-1)?.result) {
        const more = await session.listen(b, last);
        await until(() => more.ended(), 30_000);
        said.push(...more.messages());
        last = more.events.at(-1)?.id;
      }
      expect(said.map(({ params }) => Number.parseInt(String(params?.['data'])))).toEqual([...Array.from({ length: lines }, (_, at) => at), NaN]);
      let received = first.length;
      for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) received += chunk.value.byteLength;
      expect(received).toBeLessThan(17_000_000);
    });

    test('ends at once when its call is cancelled, on whichever instance that is said', async () => {
      const session = await RawSession.open(a);
      for (const port of [a, b]) {
        const word = fresh();
        const call = session.call('take_steps', { word, steps: 100, ms: 200 }, { progressToken: word });
        const stream = await session.send(a, call);
        await stream.next(({ params }) => params?.['progress'] === 1);
        await session.fetch(port, { body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: call.id } } });
        await until(stream.ended, 5_000);
        expect(stream.messages().some(({ result, error }) => result ?? error)).toBe(false);
      }
    });

    test('goes to one of two streams, never to both: who resumes elsewhere takes over', async () => {
      const session = await RawSession.open(a);
      const first = await session.send(a, session.call('take_steps', { word: fresh(), steps: 8, ms: 100 }, { progressToken: 'p' }));
      await first.next(({ params }) => params?.['progress'] === 2);
      const rest = await session.listen(b, first.events.at(-1)?.id);
      await until(() => first.ended() && rest.ended());
      const steps = [...first.messages(), ...rest.messages()].flatMap(({ params }) => (params ? [Number(params['progress'])] : []));
      // What was on its way while the other stream opened may come twice; nothing is missing.
      expect([...new Set(steps)].toSorted((x, y) => x - y)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(first.messages().some(({ result }) => result)).toBe(false);
    });

    test('a tool lets its client go, and the client gets the answer where it comes back', async () => {
      const session = await RawSession.open(a);
      const first = await session.send(a, session.call('let_go', { word: 'here' }));
      await until(() => first.ended());
      expect(first.events).toMatchObject([{ message: undefined, retry: '1000' }]);
      const rest = await session.listen(c, first.events[0]?.id);
      await until(() => rest.ended());
      expect(rest.messages()).toMatchObject([{ method: 'notifications/message' }, { result: { content: [{ text: 'here' }] } }]);
    });

    test.each([['nonsense', 400], ['_', 400], ['get_x_y', 400], ['get_1', 200], ['get_1_2', 400], ['get_1-2-3', 400], ['00000000-0000-4000-8000-000000000000_5', 400], [`${'x'.repeat(500)}_1`, 400]] as const)('an event id that is none (%s) opens nothing of anybody', async (id, status) => {
      const session = await RawSession.open(a);
      const stream = await session.listen(b, id);
      expect(stream.status).toBe(status);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(stream.messages().filter(({ error }) => !error)).toEqual([]);
      stream.close();
    });
  });

  describe('a question', () => {
    test('R011 is asked on the stream of its call and answered at another instance', async () => {
      const session = await RawSession.open(a);
      const stream = await session.send(a, session.call('ask_colour', { word: 'w' }));
      const colour = await stream.next(({ method }) => method === 'elicitation/create');
      expect((await session.fetch(b, { body: { jsonrpc: '2.0', id: colour.id, result: { action: 'accept', content: { colour: 'red' } } } })).status).toBe(202);
      const size = await stream.next(({ method, params }) => method === 'elicitation/create' && params?.['message'] === 'Which size for w?');
      await session.fetch(c, { body: { jsonrpc: '2.0', id: size.id, result: { action: 'accept', content: { size: 3 } } } });
      expect((await stream.next(({ result }) => result !== undefined)).result?.structuredContent).toEqual({ word: 'w', colour: 'red', size: 3 });
    });

    test('two at once on two instances have ids of their own', async () => {
      const session = await RawSession.open(a);
      const streams = await Promise.all([a, b].map((port) => session.send(port, session.call('ask_colour', { word: `at ${port}` }))));
      const questions = await Promise.all(streams.map((stream) => stream.next(({ method }) => method === 'elicitation/create')));
      expect(new Set(questions.map(({ id }) => id)).size).toBe(2);
      const [, second] = questions;
      await session.fetch(c, { body: { jsonrpc: '2.0', id: second?.id, result: { action: 'accept', content: { colour: 'red' } } } });
      await streams[1]?.next(({ params }) => String(params?.['message']).startsWith('Which size'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(streams[0]?.messages()).toHaveLength(1);
      for (const stream of streams) stream.close();
    });

    test('S054 is answered by its own session only', async () => {
      const [mine, yours] = [await RawSession.open(a), await RawSession.open(b)];
      const stream = await mine.send(a, mine.call('ask_colour', { word: 'w' }));
      const { id } = await stream.next(({ method }) => method === 'elicitation/create');
      expect((await yours.fetch(a, { body: { jsonrpc: '2.0', id, result: { action: 'accept', content: { colour: 'stolen' } } } })).status).toBe(202);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(stream.messages().length).toBe(1);
      await mine.fetch(c, { body: { jsonrpc: '2.0', id, result: { action: 'accept', content: { colour: 'own' } } } });
      await stream.next(({ params }) => params?.['message'] === 'Which size for w?');
      stream.close();
    });

    test('that the client answers with an error fails the call, not the session', async () => {
      const session = await RawSession.open(a);
      const stream = await session.send(a, session.call('ask_colour', { word: 'w' }));
      const { id } = await stream.next(({ method }) => method === 'elicitation/create');
      await session.fetch(b, { body: { jsonrpc: '2.0', id, error: { code: -1, message: 'no screen' } } });
      expect((await stream.next(({ result }) => result !== undefined)).result).toMatchObject({ isError: true });
      expect((await session.ask(c, 'ping')).result).toEqual({});
    });
  });

  describe('the stream of a GET', () => {
    test('P73 tells of changes that happen elsewhere, of resources only those that were subscribed to', async () => {
      const session = await RawSession.open(a);
      const uri = `notes://${fresh()}`;
      expect((await subscribe(session, uri)).result).toEqual({});
      const stream = await session.listen(a);
      await publish(session, 'resource_updated', `${uri}-other`);
      await publish(session, 'resource_updated', uri);
      await publish(session, 'tools_list_changed');
      await until(() => stream.messages().length >= 2);
      await session.ask(a, 'resources/unsubscribe', { uri });
      await publish(session, 'resource_updated', uri);
      await publish(session, 'prompts_list_changed');
      await until(() => stream.messages().length >= 3);
      expect(methods(stream)).toEqual([`notifications/resources/updated ${uri}`, 'notifications/tools/list_changed', 'notifications/prompts/list_changed']);
      stream.close();
    });

    test('P74 there is one: the newer one takes over, and every message goes to one of them', async () => {
      const session = await RawSession.open(a);
      const older = await session.listen(a);
      await publish(session, 'tools_list_changed');
      await until(() => older.messages().length === 1);
      const newer = await session.listen(b);
      await until(() => older.ended());
      await publish(session, 'prompts_list_changed');
      await until(() => newer.messages().length === 1);
      expect([methods(older), methods(newer)]).toEqual([['notifications/tools/list_changed'], ['notifications/prompts/list_changed']]);
      newer.close();
    });

    test('P75 is resumed elsewhere without a gap: what happened meanwhile comes first', async () => {
      const session = await RawSession.open(a);
      const first = await session.listen(a);
      await publish(session, 'tools_list_changed');
      await until(() => first.messages().length === 1);
      first.close();
      await publish(session, 'prompts_list_changed');
      const second = await session.listen(b, first.events.at(-1)?.id);
      await until(() => second.messages().length === 1);
      await publish(session, 'resources_list_changed');
      await until(() => second.messages().length === 2);
      expect(methods(second)).toEqual(['notifications/prompts/list_changed', 'notifications/resources/list_changed']);
      second.close();
    });

    test('P28 S054 tells nothing of another session, whatever event id it is asked for', async () => {
      const [mine, yours] = [await RawSession.open(a), await RawSession.open(a)];
      const stream = await mine.listen(a);
      await subscribe(mine, 'notes://secret');
      await publish(mine, 'resource_updated', 'notes://secret');
      await stream.next(({ params }) => params?.['uri'] === 'notes://secret');
      const call = await mine.send(a, mine.call('take_steps', { word: 'secret', steps: 2, ms: 300 }, { progressToken: 1 }));
      await call.next(({ result }) => result !== undefined);
      const ids = [...stream.events, ...call.events].flatMap(({ id }) => (id ? [id] : []));
      for (const id of [...ids, 'get_0', ids.at(-1)?.replace(/_.*/, '_0')]) {
        const foreign = await yours.listen(c, id);
        await new Promise((resolve) => setTimeout(resolve, 60));
        expect(JSON.stringify(foreign.messages())).not.toContain('secret');
        foreign.close();
      }
      stream.close();
    });

    test('asks for a stream as its answer', async () => {
      const session = await RawSession.open(a);
      expect((await session.fetch(b, { method: 'GET', headers: { accept: 'application/json' } })).status).toBe(406);
    });

    test('S065 subscriptions that arrive at once, on all instances, are all kept', async () => {
      const session = await RawSession.open(a);
      const uris = Array.from({ length: 15 }, (_, at) => `notes://${fresh()}-${at}`);
      const answers = await Promise.all(uris.map((uri, at) => session.ask([a, b, c][at % 3] as number, 'resources/subscribe', { uri })));
      expect(answers.every(({ result }) => result !== undefined)).toBe(true);
      const stream = await session.listen(a);
      for (const uri of uris) await publish(session, 'resource_updated', uri);
      await until(() => stream.messages().length >= uris.length);
      expect(methods(stream).toSorted()).toEqual(uris.map((uri) => `notifications/resources/updated ${uri}`).toSorted());
      stream.close();
    });

    test('subscriptions are bounded, and need a uri', async () => {
      const session = await RawSession.open(a);
      for (const params of [{}, { uri: 5 }, { uri: 'x'.repeat(2_049) }]) expect((await session.ask(b, 'resources/subscribe', params)).error?.code).toBe(-32_602);
      for (let at = 0; at < 100; at++) expect((await subscribe(session, `notes://${at}`)).error).toBeUndefined();
      expect((await subscribe(session, 'notes://one-too-many')).error?.code).toBe(-32_602);
    });
  });

  test('the 2026 era takes no notice of a session id, and gets none', async () => {
    const session = await RawSession.open(a);
    const envelope = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'who_answers', 'last-event-id': 'get_1_1' };
    for (const id of [session.id, 'f'.repeat(32)]) {
      const answer = await session.fetch(b, { body: session.call('who_answers', { word: 'x' }, envelope), headers: { ...headers, 'mcp-session-id': id } });
      expect([answer.status, answer.headers.get('mcp-session-id')]).toEqual([200, null]);
      expect(((await answer.json()) as { result: { structuredContent: object } }).result.structuredContent).toMatchObject({ word: 'x' });
    }
  });
});

describe('MCP_LEGACY', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });

  test.each<['http-redis' | 'http-memory', string, number, number]>([
    ['http-redis', 'stateless', 200, 405],
    ['http-memory', 'stateless', 200, 405],
    ['http-redis', 'reject', 400, 405],
    ['http-memory', 'reject', 400, 405],
  ])('%s with %s answers the 2025 era with %i, GET and DELETE with %i', async (repo, mode, post, other) => {
    const { port } = await startServer(await sessionsRepo(repo), { MCP_LEGACY: mode, REDIS_URL: redis.url, ...effects.env });
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' };
    const answer = await fetch(`http://localhost:${port}/mcp`, { method: 'POST', headers, body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' });
    expect([answer.status, answer.headers.get('mcp-session-id')]).toEqual([post, null]);
    for (const method of ['GET', 'DELETE']) expect((await fetch(`http://localhost:${port}/mcp`, { method, headers })).status).toBe(other);
  });

  test('of an unknown kind stops the start', async () => {
    await expect(startServer(await sessionsRepo('http-memory'), { MCP_LEGACY: 'canary', ...effects.env })).rejects.toThrow('MCP_LEGACY=sessions');
  });
});
