import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { startApi } from './api.ts';
import type { Api } from './api.ts';

/** As a generated repo has it (`src/platform/upstream/upstream.ts`), as much as these tests use. */
interface Upstream {
  readonly fetch: (input: string, init?: RequestInit) => Promise<Response>;
  readonly run: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}
type Take = (tenant: string) => Promise<readonly { readonly waitSeconds: number }[]>;
type CreateUpstreams = (upstreams: Record<string, unknown>, surroundings: Record<string, unknown>) => (name: string, call: Record<string, unknown>) => Upstream;

let createUpstreams: CreateUpstreams;
let clientCredentials: (client: Record<string, string>) => unknown;
let CallCancelled: new () => Error;
let api: Api;
const platform = (file: string) => path.join(inject('workspace'), 'http-notes/src/platform', file);
beforeAll(async () => {
  ({ createUpstreams } = (await import(platform('upstream/upstream.ts'))) as { createUpstreams: CreateUpstreams });
  ({ clientCredentials } = (await import(platform('upstream/credentials.ts'))) as { clientCredentials: typeof clientCredentials });
  ({ CallCancelled } = (await import(platform('call/deadline.ts'))) as { CallCancelled: new () => Error });
  api = await startApi();
});
beforeEach(() => void api.asked.splice(0));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
afterAll(() => api.close());

function nothing(): void {}
const log = { warn: nothing, info: nothing };
const free: Take = async () => [{ waitSeconds: 0 }];
const variables: Record<string, string> = { CRM_URL: 'http://crm.example', LEDGER_URL: 'http://ledger.example', WEB_TOKEN: 'web-key', ID: 'id', SECRET: 's3cret' };
const sent: { url: string; headers: Headers; init: RequestInit }[] = [];
beforeEach(() => void sent.splice(0));

/** A fetch that notes what it is asked and answers as told. */
const answering =
  (answer: (count: number) => Response | Promise<Response>): typeof fetch =>
  (input, init = {}) =>
    Promise.resolve(answer(sent.push({ url: input instanceof Request ? input.url : String(input), headers: new Headers(init.headers), init })));
const status = (code: number) => new Response('', { status: code });

/** Upstreams with a call each; the names of what they note of it. */
function open({ settings = {}, dial = answering(() => status(200)), take = free, fetchPublic }: { settings?: Record<string, unknown>; dial?: typeof fetch; take?: Take; fetchPublic?: typeof fetch } = {}) {
  vi.stubGlobal('fetch', dial);
  const of = createUpstreams(settings, { variable: (name: string) => variables[name], take, log, fetchPublic });
  const noted: unknown[] = [];
  const caller = { principal: { kind: 'local', tenant: 'local', agent: { clientId: 'local' } } };
  const upstream = (name: string, signal = new AbortController().signal) => of(name, { caller, deadline: { signal }, record: { noteUpstream: (...args: unknown[]) => noted.push(args) } });
  return { upstream, noted };
}

/** Requests that may have an effect are sent once, whatever comes of them. */
const once = { method: 'POST' } as const;
const failureOf = (work: Promise<unknown>) => work.then(() => undefined, (error: unknown) => error as Error & { readonly errorClass?: string });
const refusalOf = async (work: Promise<unknown>) => (await failureOf(work))?.message;
const ALONE = 'crm fails at the moment and is left alone.';

describe('an API that fails', () => {
  beforeEach(() => void vi.useFakeTimers());

  test('R071 is left alone when more than half of its last answers were failures, not before', async () => {
    const { upstream } = open({ dial: answering((count) => status(count % 3 === 0 ? 200 : 503)) });
    const answers = [];
    for (let at = 0; at < 9; at++) answers.push((await upstream('crm').fetch('/', once)).status);
    expect(answers).toEqual([503, 503, 200, 503, 503, 200, 503, 503, 200]);
    await upstream('crm').fetch('/', once);
    expect(await refusalOf(upstream('crm').fetch('/', once))).toBe(ALONE);
    // At once, also what may be repeated: no time passes here.
    expect(await refusalOf(upstream('crm').fetch('/'))).toBe(ALONE);
    expect(sent).toHaveLength(10);
  });

  test('R071 half of its answers are not enough', async () => {
    const { upstream } = open({ dial: answering((count) => status(count % 2 === 0 ? 503 : 200)) });
    for (let at = 0; at < 40; at++) await upstream('crm').fetch('/', once);
    expect(sent).toHaveLength(40);
  });

  test('R071 refusals for being asked too often count as failures, those of a caller do not', async () => {
    const { upstream } = open({ dial: answering(() => status(404)) });
    for (let at = 0; at < 30; at++) await upstream('crm').fetch('/', once);
    vi.stubGlobal('fetch', answering(() => status(429)));
    for (let at = 0; at < 11; at++) await upstream('crm').fetch('/', once);
    expect(await refusalOf(upstream('crm').fetch('/', once))).toBe(ALONE);
  });

  test('R072 rests for a second, then twice as long each time, five seconds at most; callers hear how long', async () => {
    let works = false;
    const { upstream } = open({ dial: answering(() => status(works ? 200 : 503)) });
    for (let at = 0; at < 10; at++) await upstream('crm').fetch('/', once);
    for (const seconds of [1, 2, 4, 5, 5]) {
      expect(await failureOf(upstream('crm').fetch('/', once))).toMatchObject({ message: ALONE, options: { retryAfterSeconds: seconds } });
      vi.advanceTimersByTime(seconds * 1_000 - 1);
      expect(await failureOf(upstream('crm').fetch('/', once))).toMatchObject({ message: ALONE, options: { retryAfterSeconds: 1 } });
      vi.advanceTimersByTime(1);
      works = seconds === 5 && sent.length === 14;
      await upstream('crm').fetch('/', once);
    }
    // One request after each rest, and the last of them went well.
    expect(sent).toHaveLength(15);
    expect((await upstream('crm').fetch('/', once)).status).toBe(200);
  });

  test('R071 R075 while one request tries it, nobody waits with it', async () => {
    let answer: (response: Response) => void = nothing;
    const tried = new Promise<Response>((resolve) => (answer = resolve));
    const { upstream } = open({ dial: answering((count) => (count > 10 ? tried : status(503))) });
    for (let at = 0; at < 10; at++) await upstream('crm').fetch('/', once);
    vi.advanceTimersByTime(1_000);
    const one = upstream('crm').fetch('/', once);
    expect(await failureOf(upstream('crm').fetch('/'))).toMatchObject({ message: ALONE, errorClass: 'transient', options: { retryAfterSeconds: 1 } });
    expect(sent).toHaveLength(11);
    answer(status(200));
    expect((await one).status).toBe(200);
    expect((await upstream('crm').fetch('/')).status).toBe(200);
  });

  test('R075 says nothing of another API, nor of another host where any may be meant', async () => {
    const fetchPublic = answering(() => status(503));
    const { upstream } = open({ settings: { web: { anywhere: true } }, dial: answering(() => status(503)), fetchPublic });
    for (let at = 0; at < 10; at++) await upstream('crm').fetch('/', once);
    for (let at = 0; at < 10; at++) await upstream('web').fetch('http://one.example/', once);
    expect(await refusalOf(upstream('web').fetch('http://one.example/', once))).toContain('left alone');
    expect((await upstream('web').fetch('http://two.example/', once)).status).toBe(503);
    expect((await upstream('ledger').fetch('/', once)).status).toBe(503);
  });
});

describe('what says nothing of an API', () => {
  test('R075 more requests than go to it at the same time', async () => {
    let release: () => void = nothing;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { upstream } = open({ settings: { crm: { maxConcurrent: 1 } }, dial: answering(async () => held.then(() => status(200))) });
    const [first, second] = [upstream('crm').fetch('/'), upstream('crm').fetch('/')];
    for (let at = 0; at < 30; at++) expect(await failureOf(upstream('crm').fetch('/'))).toMatchObject({ message: 'Too much is going to crm already.', errorClass: 'transient', options: { retryAfterSeconds: 1 } });
    release();
    expect([(await first).status, (await second).status, (await upstream('crm').fetch('/')).status]).toEqual([200, 200, 200]);
    expect(sent).toHaveLength(3);
  });

  test('R071 a client that goes away, a tool that gives up, and a quota that is used up', async () => {
    const { upstream } = open({ settings: { crm: { quota: { perMinute: 1, maxWaitMs: 0 } } }, take: async () => [{ waitSeconds: 7 }] });
    for (let at = 0; at < 30; at++) expect(await failureOf(upstream('crm').fetch('/'))).toMatchObject({ errorClass: 'rate_limit', options: { retryAfterSeconds: 7 } });
    for (const error of [new CallCancelled(), new DOMException('', 'AbortError')]) {
      const { upstream: other } = open({ dial: answering(() => Promise.reject(error)) });
      sent.splice(0);
      for (let at = 0; at < 30; at++) expect(await failureOf(other('crm').fetch('/'))).toBe(error);
      expect(sent).toHaveLength(30);
    }
  });
});

describe('a request', () => {
  test('R069 R070 is repeated after pauses that are spread over all of a time that doubles', async () => {
    vi.useFakeTimers();
    // mulberry32: the same thousand runs each time.
    let seed = 7;
    vi.spyOn(Math, 'random').mockImplementation(() => {
      seed = (seed + 0x6d2b79f5) | 0;
      let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    });
    const pauses: [number[], number[]] = [[], []];
    for (let run = 0; run < 1_000; run++) {
      const { upstream } = open({ dial: answering(() => status(503)) });
      const begin = Date.now();
      const times: number[] = [];
      vi.stubGlobal('fetch', () => Promise.resolve((times.push(Date.now() - begin), status(503))));
      const ended = upstream('crm').fetch('/');
      await vi.runAllTimersAsync();
      await ended;
      const [first = 0, second = 0, third = 0] = times;
      expect(times).toHaveLength(3);
      pauses[0].push(second - first);
      pauses[1].push(third - second);
    }
    for (const [at, most] of [200, 400].entries()) {
      const tenths = Array.from({ length: 10 }, (_, tenth) => pauses[at as 0]?.filter((ms) => Math.min(9, Math.floor((ms / most) * 10)) === tenth).length ?? 0);
      expect(Math.max(...(pauses[at as 0] ?? []))).toBeLessThanOrEqual(most);
      for (const share of tenths) expect([at, share >= 60 && share <= 140]).toEqual([at, true]);
    }
  });

  test('is not repeated when its body can be read only once', async () => {
    const { upstream } = open({ dial: answering(() => status(503)) });
    await upstream('crm').fetch('/', { method: 'POST', body: 'x', headers: { 'idempotency-key': 'k' } });
    expect(sent).toHaveLength(3);
    await upstream('crm').fetch('/', { method: 'POST', body: new Response('x').body, headers: { 'idempotency-key': 'k' } });
    expect(sent).toHaveLength(4);
  });

  test('lets go of the answers that nobody reads', async () => {
    const cancelled = vi.fn<() => void>();
    const { upstream } = open({ dial: answering((count) => (count === 3 ? status(200) : new Response(new ReadableStream({ cancel: cancelled }), { status: 503 }))) });
    expect((await upstream('crm').fetch('/')).status).toBe(200);
    expect(cancelled).toHaveBeenCalledTimes(2);
  });

  test('R074 R137 is noted each time that it is sent, and takes its turn each time; so does what is no HTTP', async () => {
    let taken = 0;
    const take: Take = async () => [{ waitSeconds: taken++ > 99 ? 1 : 0 }];
    const { upstream, noted } = open({ settings: { crm: { quota: { perMinute: 60, maxWaitMs: 0 } } }, take, dial: answering(() => status(503)) });
    await upstream('crm').fetch('/');
    expect([taken, noted]).toEqual([3, [['crm', 0], ['crm', 1, 'api_key'], ['crm', 1, 'api_key'], ['crm', 1, 'api_key']]]);
    await upstream('crm').run(() => Promise.resolve());
    expect([taken, noted.length]).toEqual([4, 6]);
  });

  test('ends with the call, and with a signal of its own', async () => {
    const hanging = answering((count) => new Promise((_, reject) => sent[count - 1]?.init.signal?.addEventListener('abort', () => reject(sent[count - 1]?.init.signal?.reason as Error))));
    const { upstream } = open({ dial: hanging });
    for (const which of ['call', 'own'] as const) {
      const controllers = { call: new AbortController(), own: new AbortController() };
      const ended = failureOf(upstream('crm', controllers.call.signal).fetch('/', { ...once, signal: controllers.own.signal }));
      await vi.waitFor(() => expect(sent.length).toBeGreaterThan(0));
      const reason = new CallCancelled();
      controllers[which].abort(reason);
      expect(sent[0]?.init.signal?.reason).toBe(reason);
      expect(await ended).toBe(reason);
      sent.splice(0);
    }
  });

  test('that ends with the call while it pauses says so, not what had failed before', async () => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.9);
    const { upstream } = open({ dial: answering(() => Promise.reject(new TypeError('fetch failed'))) });
    const call = new AbortController();
    const ended = failureOf(upstream('crm', call.signal).fetch('/'));
    await vi.advanceTimersByTimeAsync(10);
    const reason = new CallCancelled();
    call.abort(reason);
    await vi.runAllTimersAsync();
    expect(await ended).toBe(reason);
    expect(sent).toHaveLength(1);
  });

  test('may have an answer without a body', async () => {
    const { upstream } = open({ dial: answering(() => new Response(null, { status: 204 })) });
    expect((await upstream('crm').fetch('/')).status).toBe(204);
  });

  test('S042 has no credential where there is none, and never one where any address may be meant', async () => {
    const { upstream } = open({ settings: { web: { anywhere: true } }, fetchPublic: answering(() => status(200)) });
    await upstream('crm').fetch('/');
    await upstream('web').fetch('https://www.example/');
    expect(sent.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([['http://crm.example/', null], ['https://www.example/', null]]);
  });

  test('S075 goes to no address of an argument where nobody controls what is dialled', () => {
    const { upstream } = open({ settings: { web: { anywhere: true } } });
    expect(() => upstream('web')).toThrow('This server cannot reach addresses that it is given, where it runs.');
  });

  test('R120 no longer waits for its turn once the call is over', async () => {
    vi.useFakeTimers();
    let looks = 0;
    const take: Take = async () => [{ waitSeconds: looks++ < 3 ? 1 : 0 }];
    const { upstream } = open({ settings: { crm: { quota: { perMinute: 60, maxWaitMs: 60_000 } } }, take });
    const call = new AbortController();
    const ended = failureOf(upstream('crm', call.signal).fetch('/', once));
    await vi.advanceTimersByTimeAsync(150);
    const reason = new CallCancelled();
    call.abort(reason);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await ended).toBe(reason);
    expect([looks, sent.length]).toEqual([2, 0]);
  });
});

describe('a token endpoint (RFC 6749, section 4.4)', () => {
  const real = globalThis.fetch;
  const opened = () => {
    const client = { tokenUrl: `${api.url}/token`, clientId: 'ID', clientSecret: 'SECRET' };
    return open({ settings: { crm: { url: api.url, credential: clientCredentials(client) } }, dial: real });
  };
  afterEach(() => void (api.tokenAnswer = 'token'));

  test.each([503, 429] as const)('that answers %i is a passing failure, and nothing is sent without a token', async (code) => {
    api.tokenAnswer = code;
    const { upstream } = opened();
    expect(await failureOf(upstream('crm').fetch('/x'))).toMatchObject({ errorClass: 'transient', message: 'The token for crm cannot be had at the moment.' });
    api.tokenAnswer = 'token';
    expect((await upstream('crm').fetch('/x')).status).toBe(200);
    expect([api.times('/token'), api.times('/x')]).toEqual([2, 1]);
  });

  test('that does not say how long its token lives is asked again after a while, not each time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    api.tokenAnswer = 'timeless';
    const { upstream } = opened();
    for (const ms of [0, 29_000, 2_000]) {
      vi.advanceTimersByTime(ms);
      expect((await upstream('crm').fetch('/x')).status).toBe(200);
    }
    expect(api.times('/token')).toBe(2);
  });

  test('S042 that leads elsewhere does not get the secret sent there', async () => {
    api.tokenAnswer = 'elsewhere';
    expect(await failureOf(opened().upstream('crm').fetch('/x'))).toMatchObject({ errorClass: 'transient' });
    expect(api.asked.map((one) => one.path)).toEqual(['/token']);
  });

  test('R068 that does not answer is given up after ten seconds, and asked again by the next', async () => {
    const limits: number[] = [];
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(limits.push(ms) === 1 ? 200 : ms));
    api.tokenAnswer = 'nothing';
    const { upstream } = opened();
    const all = await Promise.all([1, 2, 3].map(() => failureOf(upstream('crm').fetch('/x'))));
    expect(all.map((error) => error?.errorClass)).toEqual(['transient', 'transient', 'transient']);
    expect([limits, api.times('/token')]).toEqual([[10_000], 1]);
    api.tokenAnswer = 'token';
    expect((await upstream('crm').fetch('/x')).status).toBe(200);
  });
});
