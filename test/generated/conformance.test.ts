import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { TestContext } from 'vitest';
import { parse } from 'yaml';
import { plainEnv } from '../cli/spawn.ts';
import type { RepoName } from './repos.ts';
import { finish, programs, scratch } from './scratch.ts';
import { startCluster } from './sessions/cluster.ts';
import { killRedis, startRedis } from './sessions/redis-server.ts';
import { open as unauthenticated } from './serverless/contract.ts';
import { startLambda } from './serverless/lambda.ts';
import { bundleForWorkerd, findWorkerd, need, startWorkerd, WORKERD } from './serverless/workerd.ts';
import type { Bundle, Workerd } from './serverless/workerd.ts';
import { startHttp } from './start.ts';
import type { Running } from './start.ts';
import { copyRepo } from './wire/probe.ts';

/** Its only dist-tag is an older release that does not know 2026-07-28. */
const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12';

/** The suite needs a newer Node.js than the server it judges. */
const NODE = 'node@24';

const fixtures = fileURLToPath(new URL('./conformance/src/', import.meta.url));

let suite: { readonly node: string; readonly folder: string };
let workerd: Workerd;
let repos: Readonly<Record<'stateless' | 'memory' | 'redis', string>>;
let bundle: Bundle;
let results: string;
const folders: string[] = [];
const running: Pick<Running, 'stop'>[] = [];
beforeAll(async () => {
  repos = { stateless: prepare('serverless-empty', 'conformance'), memory: prepare('http-memory', 'conformance-memory'), redis: prepare('http-redis', 'conformance-redis') };
  // Runs while npm installs.
  const built = Promise.all(Object.values(repos).map((repo) => finish('npm', ['run', '--silent', 'build'], repo)));
  const bin = programs(NODE, SUITE, WORKERD);
  results = scratch('conformance');
  folders.push(path.resolve(bin, '../..'), results);
  suite = { node: path.join(bin, 'node'), folder: path.join(bin, '../@modelcontextprotocol/conformance') };
  workerd = await findWorkerd(bin);
  await built;
  bundle = await bundleForWorkerd(repos.stateless);
});
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  await killRedis();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Where a server is, and how it is ended. */
type Judged = Pick<Running, 'url' | 'stop'>;

const runtimes: Readonly<Record<string, (context: TestContext) => Promise<Judged>>> = {
  'Node.js': () => startHttp(repos.stateless),
  'workerd (R162)': (context) => startWorkerd(need(workerd, context), bundle.script, unauthenticated),
  'Lambda behind a Function URL (R156)': () => startLambda(repos.stateless, 'url', unauthenticated),
};

/** Servers that keep sessions; the fixtures read there whether they may wait for answers. */
const sessionful: Readonly<Record<string, () => Promise<Judged>>> = {
  'one instance, in memory': () => startHttp(repos.memory, { MCP_LEGACY: 'sessions' }),
  'three instances on Redis, one request each in turn': async () => {
    const cluster = await startCluster(repos.redis, await startRedis(), 3, { MCP_LEGACY: 'sessions' });
    return { url: cluster.url, stop: () => cluster.close().then(() => null) };
  },
};

describe.for(Object.keys(sessionful))('official conformance suite, with sessions: %s', (name) => {
  let server: Judged;
  beforeAll(async () => {
    const open = sessionful[name];
    if (!open) throw new Error(name);
    server = await open();
    running.push(server);
  });
  test('R002 2026-07-28: 37 of 37 pass, without a warning', async () => {
    expect(await judge(server, '2026-07-28')).toMatchObject({ scored: 37, checks: 120, failed: [], warned: [], pendingFailed: [] });
  });
  test('R002 R011 R106 2025-11-25: 30 of 30 pass, and so do session lifecycle and polling', async () => {
    const verdict = await judge(server, '2025-11-25');
    expect(verdict).toMatchObject({ scored: 30, checks: 69, failed: [], warned: [], pendingFailed: [] });
    expect(verdict.clean).toEqual(expect.arrayContaining(['server-session-lifecycle', 'server-sse-polling']));
  });
  // `elicitInput` of the SDK names no request that its question belongs to.
  test('a question reaches a client that has opened no stream of its own', async () => {
    const params = { protocolVersion: '2025-11-25', capabilities: { elicitation: {} }, clientInfo: { name: 'test', version: '1' } };
    const opened = await post(server.url, { id: 0, method: 'initialize', params });
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': '2025-11-25' };
    await post(server.url, { method: 'notifications/initialized' }, session);
    const { body } = await post(server.url, { id: 1, method: 'tools/call', params: { name: 'test_elicitation', arguments: { message: 'Who?' } } }, session);
    let heard = '';
    for await (const chunk of body ?? []) if ((heard += Buffer.from(chunk).toString()).includes('elicitation/create')) break;
    expect(heard).toContain('"message":"Who?"');
  });
});

describe.for(Object.keys(runtimes))('official conformance suite, scored scenarios, on %s', (runtime) => {
  test('R002 2026-07-28: 37 of 37 pass; where instances hear nothing of each other, all but the one that opens a stream of changes', async (context) => {
    const verdict = await judge(await start(runtime, context), '2026-07-28');
    const unheard = runtime === 'Node.js' ? [] : ['server-stateless'];
    expect(verdict).toMatchObject({ scored: 37, checks: runtime === 'Node.js' ? 120 : 118, failed: unheard, warned: unheard, pendingFailed: [] });
  });
  test('R002 2025-11-25: 26 of 30 pass; the four that push requests to the client need a session', async (context) => {
    expect(await judge(await start(runtime, context), '2025-11-25')).toMatchObject({
      scored: 30,
      checks: 59,
      failed: ['elicitation-sep1034-defaults', 'elicitation-sep1330-enums', 'tools-call-elicitation', 'tools-call-sampling'],
      // It wants a session id to tell its three streams apart.
      warned: ['server-sse-multiple-streams'],
      pendingFailed: [],
    });
  });
});

const post = (url: URL, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    signal: AbortSignal.timeout(5_000),
  });

/** A generated repo with every fixture of the suite. */
function prepare(name: RepoName, to: string): string {
  const repo = path.join(inject('workspace'), to);
  copyRepo(name, repo);
  cpSync(fixtures, path.join(repo, 'src'), { recursive: true });
  return repo;
}

async function start(runtime: string, context: TestContext): Promise<Judged> {
  const server = await runtimes[runtime]?.(context);
  if (!server) throw new Error(runtime);
  running.push(server);
  return server;
}

interface Verdict {
  /** Scenarios that count for the revision. */
  readonly scored: number;
  /** Checks that passed or failed in them. */
  readonly checks: number;
  readonly failed: readonly string[];
  /** The suite prints no warnings; they are only in its files. */
  readonly warned: readonly string[];
  /** Scenarios that do not count yet, although no extension is needed for them. */
  readonly pendingFailed: readonly string[];
  /** Scenarios of any kind in which something passed, and nothing failed, warned or was skipped. */
  readonly clean: readonly string[];
}

interface Requirements {
  readonly server: readonly string[];
  readonly not_scored: readonly { readonly scenario: string; readonly leg: 'server' | 'client'; readonly reason: string }[];
}

interface Check {
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
}

async function judge({ url }: Pick<Running, 'url'>, revision: string): Promise<Verdict> {
  const output = mkdtempSync(path.join(results, `${revision}-`));
  const argv = ['server', '--url', url.href, '--requirements', revision, '--timeout', '15000', '--output-dir', output];
  // Its exit code says the same as the files, which are judged below.
  await promisify(execFile)(suite.node, [path.join(suite.folder, 'dist/index.js'), ...argv], { cwd: results, env: plainEnv(), maxBuffer: 1 << 26 }).catch(() => undefined);

  const required = parse(readFileSync(path.join(suite.folder, `requirements/${revision}.yaml`), 'utf8')) as Requirements;
  const verdicts = readVerdicts(output);
  const checksOf = (scenario: string): readonly Check[] => verdicts.get(scenario) ?? NOTHING;
  const having = (status: Check['status'], names: readonly string[]): string[] => names.filter((name) => checksOf(name).some((check) => check.status === status)).toSorted();
  const pending = required.not_scored.filter(({ leg, reason }) => leg === 'server' && reason !== 'extension').map(({ scenario }) => scenario);
  return {
    scored: required.server.length,
    checks: required.server.flatMap(checksOf).filter(({ status }) => status === 'SUCCESS' || status === 'FAILURE').length,
    failed: having('FAILURE', required.server),
    warned: having('WARNING', required.server),
    pendingFailed: having('FAILURE', pending),
    clean: [...verdicts].filter(([, checks]) => checks.some(({ status }) => status === 'SUCCESS') && checks.every(({ status }) => status === 'SUCCESS' || status === 'INFO')).map(([scenario]) => scenario),
  };
}

/** A scenario that crashes leaves its folder empty. */
const NOTHING: readonly Check[] = [{ status: 'FAILURE' }];

/** The checks of every scenario that ran, from folders named `server-<scenario>-<time>`. */
function readVerdicts(output: string): ReadonlyMap<string, readonly Check[]> {
  return new Map(
    readdirSync(output).map((folder) => {
      const file = path.join(output, folder, 'checks.json');
      const checks = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Check[]) : [];
      return [folder.replace(/^server-(.*)-\d{4}-\d\d-\d\dT[\d-]+Z$/, '$1'), checks.length > 0 ? checks : NOTHING];
    }),
  );
}
