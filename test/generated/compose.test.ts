import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { unavailable } from '../tree/command.ts';
import { METADATA, now, startWorld } from './auth/bench.ts';
import type { World } from './auth/bench.ts';
import { startFront } from './compose/front.ts';
import type { Front } from './compose/front.ts';
import { startNames } from './compose/names.ts';
import type { Names } from './compose/names.ts';
import { addTools } from './host/tools.ts';
import { readServices } from './image/compose.ts';
import { finish, scratch } from './scratch.ts';
import { killRedis, startRedis } from './sessions/redis-server.ts';
import { freePort } from './start.ts';
import { openWire, render, send } from './wire/http.ts';
import { LEGACY, call, legacy, modern } from './wire/message.ts';
import { build, copyRepo, once, writeIndexes } from './wire/probe.ts';
import { until } from './wire/server.ts';

const lacks = ['nginx', 'redis-server'].filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0).join(' and ');
if (lacks !== '') unavailable(`${lacks}, to put a proxy in front of servers,`);
beforeEach((context) => {
  if (lacks !== '') context.skip(`not proven on this machine, it lacks ${lacks}`);
});

/** What stands for a container: a process with an address of its own. */
interface Instance {
  readonly pid: number;
  /** Sends a signal; its name goes when it has ended. @returns the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

let repo: string;
let environment: Readonly<Record<string, string>>;
let names: Names;
let front: Front;
/** Where they all listen, each at its own address. */
let port: number;
const instances = new Map<string, Instance>();

/** As Docker does, names it as soon as it is started. @returns once it is ready. */
async function start(address: string): Promise<void> {
  names.addresses.add(address);
  const env = { PATH: process.env['PATH'], ...environment, HOST: address, PORT: String(port) };
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/node.js'], { cwd: repo, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve)).finally(() => names.addresses.delete(address));
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the instance did not start:\n${output}`);
    return fetch(`http://${address}:${port}/readyz`).then((answer) => answer.ok, () => false);
  });
  instances.set(address, {
    pid: child.pid ?? 0,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  });
}

const pids = () => new Set([...instances.values()].map(({ pid }) => pid));

/** @returns who has done it. @throws with the answer when nobody has. */
async function work(args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const answer = await send(front.port, call('modern', 'do_work', args));
  const pid = answer.status === 200 ? answer.json().result?.structuredContent?.['pid'] : undefined;
  if (pid === undefined) throw new Error(answer.raw);
  return pid;
}

/** Does what the README says to have several. @returns what `.env` then holds. */
async function followReadme(): Promise<Readonly<Record<string, string>>> {
  const [, line = ''] = /^(echo .* >> \.env)\ndocker compose up --build --scale server=3$/m.exec(readFileSync(path.join(repo, 'README.md'), 'utf8')) ?? [];
  await finish('sh', ['-euc', line], repo);
  return parseEnv(readFileSync(path.join(repo, '.env'), 'utf8')) as Record<string, string>;
}

beforeAll(async () => {
  if (lacks !== '') return;
  repo = await once('compose-http-redis', async (at) => {
    copyRepo('http-redis', at);
    addTools(at);
    writeIndexes(at);
    await build(at);
  });
  const [redis, listen] = [await startRedis(), await freePort()];
  const variables = { ...(await followReadme()), PORT: String(listen), REDIS_URL: redis.url };
  const unlimited = { RATE_LIMIT_TENANT_PER_MINUTE: '0', RATE_LIMIT_AGENT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '0' };
  environment = { ...unlimited, ...readServices(readFileSync(path.join(repo, 'compose.yaml'), 'utf8'), variables).server.environment };
  names = await startNames();
  port = await freePort();
  await Promise.all(['127.0.0.2', '127.0.0.3', '127.0.0.4'].map(start));
  front = await startFront(repo, names.port, port, listen);
});
afterAll(async () => {
  await front?.close();
  await Promise.all([...instances.values()].map((instance) => instance.end('SIGKILL')));
  await killRedis();
  names?.close();
});

describe('R160 the proxy of compose.yaml in front of three instances', () => {
  test('lets each of them answer', async () => {
    const seen = new Set<unknown>();
    await until(async () => seen.add(await work()).size === 3);
    expect(seen).toEqual(pids());
  });

  test('R006 sends an event on while its call still runs', async () => {
    const file = path.join(scratch('release'), 'go');
    const wire = await openWire(front.port);
    wire.write(render(front.port, call('modern', 'do_work', { file }, { meta: { progressToken: 7 } })));
    await until(() => wire.received().includes('notifications/progress'));
    expect(wire.received()).not.toContain('structuredContent');
    await finish('touch', [file], repo);
    expect((await wire.answer()).json().result?.structuredContent).toEqual({ pid: expect.any(Number) as number });
    wire.close();
  });

  test('any of them goes on with a session of another', async () => {
    const opening = await send(front.port, legacy('initialize', { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'raw', version: '1.0.0' } }));
    const headers = { 'mcp-session-id': opening.headers['mcp-session-id'] };
    const seen = new Set<unknown>();
    await until(async () => seen.add((await send(front.port, call('legacy', 'do_work', {}, { headers }))).json().result?.structuredContent?.['pid']).size === 3);
    expect(seen).toEqual(pids());
  });

  test('R077 no call fails while they are replaced one after the other, and a fourth joins them', async () => {
    const before = pids();
    const failed: unknown[] = [];
    const answered = new Set<unknown>();
    const over = new AbortController();
    const load = Array.from({ length: 4 }, async () => {
      while (!over.signal.aborted) answered.add(await work({ ms: 20 }).catch((error: unknown) => void failed.push(error)));
    });
    await until(() => [...before].every((pid) => answered.has(pid)));
    for (const [address, old] of instances) {
      expect(await old.end('SIGTERM')).toBe(0);
      await start(address);
    }
    await start('127.0.0.5');
    await until(() => [...pids()].every((pid) => answered.has(pid)));
    over.abort();
    await Promise.all(load);
    expect(failed).toEqual([]);
    expect(answered).toEqual(new Set([...before, ...pids()]));
  });

  test('R106 what runs a write is killed: the next takes the call, knows its key and does not begin it again', async () => {
    const file = path.join(scratch('spent'), 'spent');
    const write = send(front.port, call('modern', 'spend_slowly', { file, idempotency_key: 'key-of-compose' }));
    await until(() => existsSync(file));
    const [address, victim] = [...instances].find(([, { pid }]) => `${pid}\n` === readFileSync(file, 'utf8')) ?? [];
    if (address === undefined || victim === undefined) throw new Error(`nobody is ${readFileSync(file, 'utf8')}`);
    await victim.end('SIGKILL');
    instances.delete(address);
    expect((await write).json().result?.structuredContent).toMatchObject({ error: { error_class: 'conflict' } });
    // Its name may still be remembered.
    for (let count = 0; count < 12; count++) expect(pids()).toContain(await work());
    expect(readFileSync(file, 'utf8')).toBe(`${victim.pid}\n`);
  });
});

describe('what callers say of themselves, behind that proxy', () => {
  let world: World;
  let guarded: Front;
  let answers: Names;
  beforeAll(async () => {
    if (lacks !== '') return;
    world = await startWorld({ TRUSTED_PROXY_HOPS: environment['TRUSTED_PROXY_HOPS'] ?? '' });
    answers = await startNames();
    answers.addresses.add('127.0.0.1');
    guarded = await startFront(repo, answers.port, world.server.port);
  });
  afterAll(async () => {
    await guarded?.close();
    await world?.close();
    answers?.close();
  });
  const ask = (token: string | undefined, headers: Readonly<Record<string, string>>) =>
    send(guarded.port, modern('tools/list', {}, { headers: { host: 'mcp.example.com', ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers } }));

  test('R013 another host in X-Forwarded-Host or Forwarded leads nobody there', async () => {
    const { status, headers, raw } = await ask(undefined, { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example;proto=http', 'x-forwarded-proto': 'http' });
    expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining(`resource_metadata="${METADATA}"`)]);
    expect(raw).not.toContain('evil');
    expect((await ask(world.token(), { host: 'evil.example' })).status).toBe(403);
  });

  test('S028 another address in X-Forwarded-For lets nobody start anew: what counts is where the proxy has seen them', async () => {
    const expired = world.token({ exp: now() - 600, iat: now() - 900 });
    const statuses = new Set<number>();
    for (let at = 0; at < 320; at++) statuses.add((await ask(expired, { 'x-forwarded-for': `198.51.100.${at % 250}` })).status);
    expect([...statuses].toSorted()).toEqual([401, 429]);
    expect((await ask(world.token(), { 'x-forwarded-for': '192.0.2.1' })).status).toBe(429);
  });
});
