import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { TestContext } from 'vitest';
import { plainEnv } from '../cli/spawn.ts';
import { clientKinds } from './clients.ts';
import { finish, programs } from './scratch.ts';
import { addTools, createNote, describeContract, MCP_SECRET, open } from './serverless/contract.ts';
import type { Arrive } from './serverless/contract.ts';
import { bundleForWorkerd, findWorkerd, need, startWorkerd, WORKERD } from './serverless/workerd.ts';
import type { Bundle, Workerd } from './serverless/workerd.ts';
import { RawSession } from './sessions/raw.ts';
import { freePort, startHttp } from './start.ts';
import type { Running } from './start.ts';
import { copyRepo, writeIndexes } from './wire/probe.ts';
import { send } from './wire/http.ts';
import { modern } from './wire/message.ts';
import { linesOf, until } from './wire/server.ts';

let workerd: Workerd;
const repos = { none: '', oidc: '' };
const bundles: Partial<Record<keyof typeof repos, Bundle>> = {};
const running: Running[] = [];
const started: { readonly stop: () => Promise<unknown> }[] = [];
const folders: string[] = [];
beforeAll(async () => {
  for (const auth of ['none', 'oidc'] as const) {
    const repo = path.join(inject('workspace'), `worker-${auth}`);
    copyRepo(`serverless-${auth}`, repo);
    addTools(repo);
    writeIndexes(repo);
    repos[auth] = repo;
    bundles[auth] = await bundleForWorkerd(repo);
  }
  const bin = programs(WORKERD);
  folders.push(path.resolve(bin, '../..'));
  workerd = await findWorkerd(bin);
});
afterAll(async () => {
  await Promise.all([...running, ...started].map((server) => server.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Cloudflare overwrites the one and appends to the other. */
const arrive: Arrive = (address, chain) => [['cf-connecting-ip', address], ['x-forwarded-for', chain === undefined ? address : `${chain}, ${address}`]];

test('R162 the http platform needs no module of Node.js', () => {
  for (const { imports } of Object.values(bundles)) expect(imports).toEqual(['src/entry/worker.ts: cloudflare:workers']);
});

describe('in workerd, without Node.js compatibility', () => {
  describeContract('R162', (auth, env, context) => serve(auth, env, context), true, arrive);

  test('R162 answers requests that come together before anything is warm', async (context) => {
    const server = await serve('none', open, context);
    const client = await clientKinds['v2 client, 2026-07-28'](server.url);
    const results = await Promise.all(Array.from({ length: 40 }, (_, at) => createNote(client, `note ${at}`)));
    expect(new Set(results.map(({ structuredContent }) => (structuredContent as { id: string }).id)).size).toBe(40);
    await client.close();
  });

  test('S027 an address that has sent too many bad tokens at one isolate is turned away at another after one more', async (context) => {
    const { ports } = await startWorkerd(need(workerd, context), bundles.oidc?.script ?? '', { MCP_SECRET, OAUTH_ISSUER: 'https://auth.example.com' }, { isolates: 2 }).then(remember);
    for (let at = 0; at < 300; at++) await fail(ports[0], '198.51.100.7');
    expect([await fail(ports[0], '198.51.100.7'), await fail(ports[1], '198.51.100.7'), await fail(ports[1], '198.51.100.7')]).toEqual([429, 401, 429]);
    expect([await fail(ports[0], '198.51.100.8'), await fail(ports[1], '198.51.100.8')]).toEqual([401, 401]);
  });

  test('R138 hashes the arguments of a call to the same value as on Node.js', async (context) => {
    await finish('npm', ['run', '--silent', 'build'], repos.none);
    const onNode = await startHttp(repos.none, { MCP_SECRET });
    running.push(onNode);
    const inWorkerd = await serve('none', open, context);
    const hashes = await Promise.all([onNode, inWorkerd].map(argumentHash));
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
  });

  test.for([
    ['none', {}, 'MCP_SECRET='],
    ['none', { MCP_SECRET }, 'ALLOW_UNAUTHENTICATED=true'],
    ['none', { ...open, MCP_PUBLIC_URL: '' }, 'MCP_PUBLIC_URL=https:'],
    ['oidc', { MCP_SECRET }, 'OAUTH_ISSUER=https:'],
  ] as const)('R041 a Worker of auth %s that has only %o answers 503, and its log says %s', async ([auth, env, line], context) => {
    const { url, output } = await serve(auth, env, context);
    const answer = await fetch(url, { method: 'POST', body: '{}' });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('not configured')]);
    expect(output()).toContain(line);
    expect(output()).not.toContain(MCP_SECRET);
  });
});

describe('wrangler, on Node.js 24', () => {
  let bin: string;
  const objects = { none: '', oidc: '' };
  const env = (repo: string) => plainEnv({ PATH: `${bin}${path.delimiter}${process.env['PATH']}`, WRANGLER_SEND_METRICS: 'false', CI: '1', HOME: repo });
  beforeAll(() => {
    bin = programs('wrangler@4.164.0', 'node@24');
    folders.push(path.resolve(bin, '../..'));
    for (const auth of ['none', 'oidc'] as const) {
      objects[auth] = path.join(inject('workspace'), `wrangler-${auth}`);
      copyRepo(`objects-${auth}`, objects[auth]);
    }
  });

  /** Runs a repo as a developer does. @returns what stops it. */
  const dev = async (repo: string, port: number, more = ''): Promise<() => Promise<unknown>> => {
    const url = `http://localhost:${port}/mcp`;
    const variables = readFileSync(path.join(repo, '.dev.vars.example'), 'utf8').replaceAll('http://localhost:8787/mcp', url);
    writeFileSync(path.join(repo, '.dev.vars'), `${variables}MCP_SECRET=${MCP_SECRET}\n${more}`);
    const argv = [path.join(bin, 'wrangler'), 'dev', '--port', String(port), '--ip', '127.0.0.1', '--show-interactive-dev-session=false'];
    const child = spawn(path.join(bin, 'node'), argv, { cwd: repo, env: env(repo), stdio: 'ignore' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const stop = (): Promise<unknown> => {
      child.kill('SIGTERM');
      return exited;
    };
    started.push({ stop });
    await until(() => fetch(new URL('/readyz', url)).then(({ ok }) => ok, () => false), 60_000);
    return stop;
  };

  test.each(['without state', 'with objects'])('R162 reads wrangler.jsonc %s, and makes a bundle of at most 200 KB', async (kind) => {
    const repo = kind === 'with objects' ? objects.oidc : repos.oidc;
    const said = await finish(path.join(bin, 'node'), [path.join(bin, 'wrangler'), 'deploy', '--dry-run', '--outdir', 'bundled', '--minify'], repo, env(repo));
    expect(said).not.toMatch(/warning/i);
    expect(said).toMatch(/MCP_PUBLIC_URL/);
    expect(said.includes('env.TENANTS (Tenant)')).toBe(kind === 'with objects');
    expect(said).toMatch(/env\.STRANGERS \(300 requests\/60s\)/);
    const bytes = gzipSync(readFileSync(path.join(repo, 'bundled/worker.js'))).length;
    console.log(`Workers bundle ${kind}: ${Math.round(bytes / 1_024)} KB`);
    expect(bytes).toBeLessThan(200 * 1_024);
  });

  test('R162 R105 serves a session on a developer machine as the README says, and still after a restart', async () => {
    const port = await freePort();
    const stop = await dev(objects.none, port);
    const session = await RawSession.open(port);
    const created = await session.ask(port, 'tools/call', { name: 'create_note', arguments: { text: 'kept', idempotency_key: 'kept-0001' } });
    expect(created.result?.structuredContent).toEqual({ id: expect.any(String) as string });
    await stop();
    await dev(objects.none, port);
    expect((await session.ask(port, 'ping')).result).toEqual({});
    const again = await session.ask(port, 'tools/call', { name: 'create_note', arguments: { text: 'kept', idempotency_key: 'kept-0001' } });
    expect(again.result?.structuredContent).toEqual(created.result?.structuredContent);
    expect(await session.delete(port)).toBe(204);
  });

  test('S027 counts bad tokens by the rate limit of wrangler.jsonc', async () => {
    const port = await freePort();
    const file = path.join(objects.oidc, 'wrangler.jsonc');
    const config = readFileSync(file, 'utf8');
    // Fewer than an isolate would let through by itself.
    writeFileSync(file, config.replace('"limit": 300', '"limit": 3'));
    await dev(objects.oidc, port, 'OAUTH_ISSUER=https://auth.example.com\n');
    const statuses: number[] = [];
    for (let at = 0; at < 5; at++) statuses.push(await fail(port, '198.51.100.7'));
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    expect(await fail(port, '198.51.100.8')).toBe(401);
  });
});

/** Sends a bad token from an address. @returns the status of the answer. */
async function fail(port: number | undefined, address: string): Promise<number> {
  return (await send(port ?? 0, { ...modern('tools/list'), more: [['authorization', 'Bearer no.good.token'], ...arrive(address)] })).status;
}

function remember<T extends Running>(server: T): T {
  running.push(server);
  return server;
}

async function serve(auth: keyof typeof repos, env: Readonly<Record<string, string>>, context: TestContext): Promise<Running> {
  return remember(await startWorkerd(need(workerd, context), bundles[auth]?.script ?? '', env));
}

/** Of one and the same call, from the audit record. */
async function argumentHash({ url, output }: Running): Promise<unknown> {
  const client = await clientKinds['v2 client, 2026-07-28'](url);
  await client.callTool({ name: 'search_notes', arguments: { limit: 3, query: 'ü' } });
  await client.close();
  const record = (): string | undefined => linesOf(output()).find((line) => line.includes('"args_hash"'));
  await until(() => record() !== undefined);
  return (JSON.parse(record() ?? '{}') as Record<string, unknown>)['args_hash'];
}
