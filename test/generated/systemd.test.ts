import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { caddy, lacking, makeCertificate, nginx } from '../deploy/site.ts';
import type { Place, Proxy } from '../deploy/site.ts';
import { unavailable } from '../tree/command.ts';
import { installOn, set } from './host/machine.ts';
import type { Instance, Machine } from './host/machine.ts';
import { addTools } from './host/tools.ts';
import { killRedis, startRedis } from './sessions/redis-server.ts';
import { freePort } from './start.ts';
import type { Rpc, Sent } from './wire/http.ts';
import { LEGACY, call, legacy, modern } from './wire/message.ts';
import { build, copyRepo, writeIndexes } from './wire/probe.ts';
import { until } from './wire/server.ts';

const lacks = lacking();
if (lacks !== undefined) unavailable(`${lacks}, to put sites in front of servers,`);
beforeEach((context) => {
  if (lacks !== undefined) context.skip(`not proven on this machine, it lacks ${lacks}`);
});

const APP = 'http-redis';
const HOST = 'mcp.example.com';
/** A call that takes as long as the server's deadline for it allows, and a little less. */
const NEARLY_MS = 24_000;

const ports = { nginx: 0, caddy: 0, plain: 0 };
const instances: Instance[] = [];
const proxies: ChildProcess[] = [];
const agent = new Agent({ keepAlive: true });
let machine: Machine;
let ca: string;

beforeAll(async () => {
  if (lacks !== undefined) return;
  const repo = path.join(inject('workspace'), 'systemd-http-redis');
  copyRepo(APP, repo);
  addTools(repo);
  writeIndexes(repo);
  await build(repo);
  const redis = await startRedis();
  machine = await installOn(repo, APP, { REDIS_URL: redis.url });
  set(machine, APP, { RATE_LIMIT_TENANT_PER_MINUTE: '0', RATE_LIMIT_AGENT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '0' });
  for (let count = 0; count < 3; count++) instances.push(await machine.start(await freePort()));

  const signed = makeCertificate(machine.root, HOST);
  ca = readFileSync(signed.certificate, 'utf8');
  Object.assign(ports, { nginx: await freePort(), caddy: await freePort(), plain: await freePort() });
  const [first = 0, second = 0, third = 0] = instances.map(({ port }) => port);
  const place = (name: 'nginx' | 'caddy'): Place => {
    const folder = path.join(machine.root, 'run', name);
    mkdirSync(folder, { recursive: true });
    return { folder, port: ports[name], plainPort: ports.plain, instances: { 3001: first, 3002: second, 3003: third }, ...signed };
  };
  await serve(nginx(machine.read(`etc/nginx/conf.d/${APP}.conf`), place('nginx')), ports.nginx);
  await serve(caddy(machine.read('etc/caddy/Caddyfile'), place('caddy')), ports.caddy);
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([...proxies.map(ended), ...instances.map((instance) => instance.end('SIGKILL'))]);
  await killRedis();
  if (machine !== undefined) rmSync(machine.root, { recursive: true, force: true });
});

async function serve({ command, serve: argv }: Proxy, port: number): Promise<void> {
  // Caddy keeps what it remembers below HOME.
  const child = spawn(command, argv, { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: path.join(machine.root, 'run') } });
  proxies.push(child);
  await until(() => {
    if (child.exitCode !== null) throw new Error(`${command} has ended`);
    return ask(port, modern('tools/list')).then(({ status }) => status === 200, () => false);
  });
}

function ended(child: ChildProcess): Promise<unknown> {
  const over = new Promise((resolve) => child.once('exit', resolve));
  return child.kill('SIGTERM') ? over : Promise.resolve();
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks as a client does that knows only the public address. @param heard is given all that has arrived, from the head on, as it arrives */
function ask(port: number, { method = 'POST', headers = {}, body }: Sent, heard: (text: string) => void = () => undefined, from = '127.0.0.1'): Promise<Answer> {
  const given = Object.fromEntries(Object.entries({ ...headers, host: HOST }).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, servername: HOST, ca, agent, method, path: '/mcp', headers: given, localAddress: from }, (answer) => {
      let text = '';
      heard(text);
      answer.setEncoding('utf8').on('data', (chunk: string) => heard((text += chunk)));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text })).on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

/** The answer to a call, whatever form it came in. */
function resultOf({ text }: Answer): NonNullable<Rpc['result']> {
  const json = text.startsWith('{') ? text : (text.split('\n').findLast((line) => line.startsWith('data: {')) ?? 'data: {}').slice('data: '.length);
  return (JSON.parse(json) as Rpc).result ?? {};
}

const both = ['nginx', 'caddy'] as const;

describe.each(both)('%s in front of three instances', (name) => {
  test('R006 an event arrives while its call still runs', async () => {
    const file = path.join(machine.root, `release-${name}`);
    let early: string | undefined;
    const answer = await ask(ports[name], call('modern', 'do_work', { file }, { meta: { progressToken: 7 } }), (text) => {
      if (!text.includes('notifications/progress') || existsSync(file)) return;
      early = text;
      // The call ends because its event has arrived, and not before.
      writeFileSync(file, '');
    });
    expect(early).not.toContain('structuredContent');
    expect(resultOf(answer).structuredContent).toEqual({ pid: expect.any(Number) as number });
  });

  test('R006 the stream of a session opens at once, and stays open until the session ends', async () => {
    const opening = await ask(ports[name], legacy('initialize', { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'raw', version: '1.0.0' } }));
    const headers = { accept: 'text/event-stream', 'mcp-protocol-version': LEGACY, 'mcp-session-id': String(opening.headers['mcp-session-id']) };
    let opened = false;
    let over = false;
    const stream = ask(ports[name], { method: 'GET', headers }, () => void (opened = true)).finally(() => (over = true));
    await until(() => opened);
    expect(over).toBe(false);
    await ask(ports[name], { method: 'DELETE', headers });
    expect(await stream).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
  });

  test('R160 takes the instances in turn', async () => {
    const seen = new Set<unknown>();
    for (let count = 0; count < 9; count++) seen.add(resultOf(await ask(ports[name], call('modern', 'do_work'))).structuredContent?.['pid']);
    expect(seen).toEqual(new Set(instances.map(({ pid }) => pid)));
  });

  test('R078 lets nobody in from elsewhere, because nobody signs in', async () => {
    expect((await ask(ports[name], modern('tools/list'), undefined, '127.0.0.2')).status).toBe(403);
  });
});

test('R160 nginx leaves it to the server how long a body may be, and to say so', async () => {
  const long = modern('tools/list');
  const { status, text } = await ask(ports.nginx, { ...long, body: long.body + ' '.repeat(1_100_000) });
  expect([status, (JSON.parse(text) as Rpc).error?.code]).toEqual([413, -32_600]);
});

test('R160 nginx sends who comes without TLS to where it is', async () => {
  const answer = await new Promise<{ status: number | undefined; location: string | undefined }>((resolve, reject) => {
    plainRequest({ host: '127.0.0.1', port: ports.plain, path: '/mcp?x=1', headers: { host: HOST } }, ({ statusCode, headers }) => resolve({ status: statusCode, location: headers.location })).on('error', reject).end();
  });
  expect(answer).toEqual({ status: 308, location: `https://${HOST}/mcp?x=1` });
});

test('R077 while all three are restarted one after the other, no call fails, and neither does one near its deadline', { timeout: 150_000 }, async () => {
  const before = new Set(instances.map(({ pid }) => pid));
  const long = both.map((name) => ask(ports[name], call('modern', 'do_work', { ms: NEARLY_MS })));
  const failed: unknown[] = [];
  const answered = { nginx: new Set<unknown>(), caddy: new Set<unknown>() };
  const restarting = new AbortController();
  const load = both.flatMap((name) =>
    Array.from({ length: 3 }, async () => {
      while (!restarting.signal.aborted) {
        const answer = await ask(ports[name], call('modern', 'do_work', { ms: 20 })).catch((error: unknown) => ({ status: 0, headers: {}, text: String(error) }));
        const pid = answer.status === 200 ? resultOf(answer).structuredContent?.['pid'] : undefined;
        if (pid === undefined) failed.push([name, answer]);
        else answered[name].add(pid);
      }
    }),
  );
  for (const [at, old] of instances.entries()) {
    expect(await old.end('SIGTERM')).toBe(0);
    instances[at] = await machine.start(old.port);
  }
  // Each of the new ones has its turn.
  await until(() => both.every((name) => instances.every(({ pid }) => answered[name].has(pid))));
  restarting.abort();
  await Promise.all(load);
  expect(failed).toEqual([]);
  for (const name of both) expect(answered[name]).toEqual(new Set([...before, ...instances.map(({ pid }) => pid)]));
  for (const answer of await Promise.all(long)) expect([answer.status, resultOf(answer).structuredContent]).toEqual([200, { pid: expect.any(Number) as number }]);
});

/** What the caller hears: nginx gives the write to the next, which knows its key and refuses; Caddy leaves that to the client. */
const told = { nginx: [200, 'conflict'], caddy: [502, undefined] } as const;

/** When calls that come later are all served. Caddy of Debian asks once a second who is there. */
const passesOverMs = { nginx: 0, caddy: 15_000 } as const;

test.each(both)('R106 what runs a write is killed: %s passes the instance over, and the write is not begun again', async (name) => {
  const file = path.join(machine.root, `spent-${name}`);
  const write = ask(ports[name], call('modern', 'spend_slowly', { file, idempotency_key: `key-of-${name}` }));
  await until(() => existsSync(file));
  const at = instances.findIndex(({ pid }) => `${pid}\n` === readFileSync(file, 'utf8'));
  const victim = instances[at];
  if (victim === undefined) throw new Error(`nobody is ${readFileSync(file, 'utf8')}`);
  await victim.end('SIGKILL');
  const answer = await write;
  const { error } = (resultOf(answer).structuredContent ?? {}) as { error?: { error_class: string } };
  expect([answer.status, error?.error_class]).toEqual(told[name]);
  const served = async () => (await Promise.all(Array.from({ length: 6 }, () => ask(ports[name], call('modern', 'do_work'))))).every(({ status }) => status === 200);
  await until(served, passesOverMs[name]);
  expect(readFileSync(file, 'utf8')).toBe(`${victim.pid}\n`);
  instances[at] = await machine.start(victim.port);
});
