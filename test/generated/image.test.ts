import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { executables, plainEnv } from '../cli/spawn.ts';
import { unavailable } from '../tree/command.ts';
import { clientKinds } from './clients.ts';
import { makeNodeImage } from './image/base.ts';
import { readCompose } from './image/compose.ts';
import type { Container } from './image/container.ts';
import { containerCommand, runToEnd, start } from './image/container.ts';
import { lacking } from './image/machine.ts';
import type { Network, Published } from './image/network.ts';
import { joinNamespaces } from './image/network.ts';
import type { Image, Store } from './image/store.ts';
import { openStore } from './image/store.ts';
import { finish, scratch } from './scratch.ts';

const lacks = lacking();
if (lacks !== undefined) unavailable(`${lacks}, to build and run images,`);

const NODE_IMAGE = 'docker.io/library/node:24-slim';
const SECRET = Buffer.alloc(32, 7).toString('base64');
/** Stands in every file that has no business in an image. */
const CANARY = 'canary-4d1f-must-never-ship';

const STRAYS = ['.env', '.env.production', '.npmrc', '.git/config', 'dist/stale.js', 'dev/users.json', 'node_modules/stale/index.js', 'test/fixture.json', 'coverage/index.html', 'key.pem'];

/** A tool of a repo's owner whose call lasts until a file appears. */
const SLOW_TOOL = `import { existsSync } from 'node:fs';
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'await_file',
  title: 'Await file',
  when: 'Call this to learn when a file appears.',
  returns: 'That it is there.',
  effect: 'read',
  scopes: ['notes:read'],
  input: z.strictObject({ path: z.string().max(100).describe('Path of the file') }),
  output: z.object({ found: z.boolean().describe('Whether it is there') }),
  async run({ path }) {
    process.stdout.write('call is running\\n');
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
    return { found: true };
  },
});
`;

let folder: string;
let store: Store;
let network: Network;
let published: Published;

interface Built {
  readonly repo: string;
  /** What the build printed. */
  readonly printed: string;
  readonly image: Image;
}

/** The repos that get an image. */
const variants = {
  served: { argv: [], prepare: makeRealistic },
  unlocked: { argv: ['--no-example'], prepare: () => undefined },
  'with-pnpm': { argv: ['--auth', 'oidc', '--package-manager', 'pnpm', '--no-example'], prepare: lockWithPnpm },
  piped: { argv: ['--transport', 'stdio', '--deploy', 'docker', '--package-manager', 'yarn'], prepare: lockWithYarn },
} as const satisfies Record<string, { argv: readonly string[]; prepare: (repo: string) => Promise<void> | void }>;

const builds = new Map<string, Promise<Built>>();
const built = (name: keyof typeof variants): Promise<Built> => builds.get(name) ?? Promise.reject(new Error(`${name} is not being built`));

beforeAll(() => {
  if (lacks !== undefined) return;
  folder = scratch('image');
  store = openStore(folder);
  const base = makeNodeImage(store, NODE_IMAGE, folder);
  // All at once: most of the time goes by waiting for the registry.
  for (const [name, { argv, prepare }] of Object.entries(variants)) {
    const result = (async () => {
      const repo = await create(name, ...argv);
      await Promise.all([prepare(repo), base]);
      return { repo, printed: await store.build(repo, name), image: await store.open(name) };
    })();
    // Whoever awaits it hears of a failure.
    result.catch(() => undefined);
    builds.set(name, result);
  }
});
beforeAll(async () => {
  if (lacks !== undefined) return;
  network = joinNamespaces();
  published = await network.publish(3000);
});
afterAll(async () => {
  await Promise.allSettled(builds.values());
  published?.close();
  network?.close();
  store?.close();
});
beforeEach((context) => {
  if (lacks !== undefined) context.skip(`not proven on this machine, it lacks ${lacks}`);
});

const running: Container[] = [];
function run(...of: Parameters<typeof start>): Container {
  const container = start(...of);
  running.push(container);
  return container;
}
afterEach(async () => {
  for (const container of running.splice(0)) await container.stop();
});

/** Polls until `condition` holds. @throws after ten seconds with `what`. */
async function until(condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`still waiting: ${what()}`);
}

const said = (container: Container, words: string): Promise<void> =>
  until(() => container.output().includes(words), () => `for "${words}" in\n${container.output()}`);

/** Creates a repo as a user does, without an installed dependency. */
async function create(name: string, ...argv: readonly string[]): Promise<string> {
  await finish(process.execPath, [executables.create, name, '--yes', '--auth', 'none', '--no-install', '--no-git', ...argv], folder, plainEnv());
  return path.join(folder, name);
}

/** With a tool of the owner's, a lockfile, and all that lies about in a repo at work. */
async function makeRealistic(repo: string): Promise<void> {
  writeFileSync(path.join(repo, 'src/tools/await_file.ts'), SLOW_TOOL);
  await finish(process.execPath, [executables.gen, 'sync'], repo, plainEnv());
  await lockWithNpm(repo);
  for (const file of STRAYS) {
    mkdirSync(path.dirname(path.join(repo, file)), { recursive: true });
    writeFileSync(path.join(repo, file), `${CANARY}\n`);
  }
}

async function lockWithNpm(repo: string): Promise<void> {
  await finish('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], repo);
}

async function lockWithPnpm(repo: string): Promise<void> {
  await finish('npm', ['exec', '--yes', '--package', 'pnpm@10.34.9', '--', 'pnpm', 'install', '--lockfile-only', '--ignore-scripts'], repo, plainEnv());
}

async function lockWithYarn(repo: string): Promise<void> {
  // Without a lockfile of its own, yarn would look for a project further up.
  writeFileSync(path.join(repo, 'yarn.lock'), '');
  const registry = (await finish('npm', ['config', 'get', 'registry'], repo)).trim();
  const env = plainEnv({ YARN_NPM_REGISTRY_SERVER: registry, YARN_ENABLE_TELEMETRY: '0', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' });
  await finish('npm', ['exec', '--yes', '--package', '@yarnpkg/cli-dist@4.18.1', '--', 'yarn', 'install', '--mode', 'update-lockfile'], repo, env);
}

const read = (repo: string, file: string): string => readFileSync(path.join(repo, file), 'utf8');

/** The command of HEALTHCHECK, as the builder stored it. */
function healthcheck({ config }: Image): readonly string[] {
  const [form, ...words] = config.Healthcheck?.Test ?? [];
  return form === 'CMD-SHELL' ? ['/bin/sh', '-c', ...words] : words;
}

/** Everything that an image without authentication needs to serve. */
const serving = (extra: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  HOST: '0.0.0.0',
  MCP_PUBLIC_URL: published.url.href,
  MCP_SECRET: SECRET,
  ALLOW_UNAUTHENTICATED: 'true',
  ...extra,
});

/** Proves that an image serves from outside and says so. */
async function answers(image: Image): Promise<void> {
  const container = run(image, { env: serving(), network });
  await said(container, 'server.listening');
  expect(await container.exec(healthcheck(image))).toMatchObject({ code: 0 });
  const client = await clientKinds['v2 client, negotiating'](published.url);
  await client.close();
}

describe('the image of an http server', () => {
  let repo: string;
  let printed: string;
  let image: Image;
  beforeAll(async () => {
    if (lacks === undefined) ({ repo, printed, image } = await built('served'));
  });

  test('installs what the lockfile says', () => {
    expect(printed).toMatch(/npm ci\b/);
    expect(printed).not.toMatch(/^No package-lock\.json/m);
  });

  test('S122 says how it is to be run: user by number, program without a shell, port, signal, health check', () => {
    expect(image.config).toMatchObject({
      User: '1000:1000',
      WorkingDir: '/app',
      Cmd: ['node', '--enable-source-maps', 'dist/node.js'],
      ExposedPorts: { '3000/tcp': {} },
      StopSignal: 'SIGTERM',
      Healthcheck: { Test: ['CMD', 'node', '-e', expect.stringContaining('/healthz')], Interval: 10e9, Timeout: 3e9, Retries: 3 },
    });
    expect(image.config.Entrypoint ?? []).toEqual([]);
    expect(image.config.Env).toContain('NODE_ENV=production');
    expect(image.config.Env.filter((line) => /secret|token|password|^MCP_|^ALLOW_/i.test(line))).toEqual([]);
  });

  test('S122 R041 adds the bundle to Node.js and nothing else: no dependency, no test, no secret in any layer', async () => {
    const { layers, config } = await store.added('served', NODE_IMAGE);
    const files = layers.flatMap((layer) => layer.files).filter((file) => !file.endsWith('/'));
    expect(files.toSorted()).toEqual(['app/dist/node.js', 'app/dist/node.js.map', 'app/dist/public_fetch.js', 'app/dist/public_fetch.js.map', 'app/dist/telemetry.js', 'app/dist/telemetry.js.map', 'app/package.json']);
    for (const { bytes } of layers) expect(bytes.includes(CANARY)).toBe(false);
    expect(config).not.toContain(CANARY);
  });

  test('S122 R041 .dockerignore lets out of the repo only what the build reads', async () => {
    const recipe = path.join(folder, 'context.Dockerfile');
    writeFileSync(recipe, 'FROM scratch\nCOPY . /\nCMD ["none"]\n');
    await store.build(repo, 'context', ['--file', recipe, '--ignorefile', path.join(repo, '.dockerignore')]);
    const { root } = await store.open('context');
    expect(readdirSync(root).toSorted()).toEqual(['package-lock.json', 'package.json', 'src', 'tsconfig.json']);
  });

  test('R132 S122 answers from outside, as user 1000 without a capability, on a file system that it cannot write to', async () => {
    const container = run(image, { env: serving(), network });
    await said(container, 'server.listening');
    for (const connect of Object.values(clientKinds)) {
      const client = await connect(published.url);
      const { isError, content } = await client.callTool({ name: 'search_notes', arguments: { query: '' } });
      expect({ isError: isError ?? false, content }).toMatchObject({ isError: false, content: [{ type: 'text' }] });
      await client.close();
    }
    expect(await container.exec(healthcheck(image))).toMatchObject({ code: 0 });

    const status = readFileSync(`/proc/${container.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(status).toMatch(/^Gid:\t1000\t1000\t1000\t1000$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(status).toMatch(/^CapPrm:\t0+$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^NSpid:\t\d+\t1$/m);
    expect(await container.exec(['node', '-e', 'fs.writeFileSync("/app/dist/node.js", "")'])).toMatchObject({ code: 1, output: expect.stringContaining('EROFS') });
    expect(readdirSync(`/proc/${container.pid}/root/tmp`)).toEqual([]);
  });

  test('on its own loopback it is healthy and out of reach', async () => {
    const container = run(image, { env: serving({ HOST: 'localhost' }), network });
    await said(container, 'server.listening');
    expect(await container.exec(healthcheck(image))).toMatchObject({ code: 0 });
    await expect(fetch(new URL('/healthz', published.url))).rejects.toThrow('fetch failed');
  });

  test.each([{ PORT: '4001' }, { PORT: '' }])('HEALTHCHECK asks where the server listens: %o', async (port) => {
    const container = run(image, { env: serving(port), network });
    await said(container, 'server.listening');
    expect(await container.exec(healthcheck(image))).toMatchObject({ code: 0 });
  });

  test('HEALTHCHECK fails where no server answers', async () => {
    expect(await runToEnd(image, { env: serving(), network, argv: healthcheck(image) })).toMatchObject({ code: 1 });
  });

  test.each([
    ['MCP_PUBLIC_URL', 'MCP_PUBLIC_URL=https://mcp.example.com/mcp'],
    ['MCP_SECRET', 'MCP_SECRET="$(openssl rand -base64 32)"'],
    ['ALLOW_UNAUTHENTICATED', 'ALLOW_UNAUTHENTICATED=true'],
  ])('R041 does not start without %s and prints the line to set', async (name, line) => {
    const { code, output } = await runToEnd(image, { env: serving({ [name]: '' }), network });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(line) });
    expect(output).not.toContain(SECRET);
  });

  test('S108 SIGTERM: alive but not ready, then new calls are refused, the running one gets its answer, exit 0', async () => {
    const container = run(image, { env: serving(), network });
    await said(container, 'server.listening');
    const client = await clientKinds['v2 client, negotiating'](published.url);
    const call = client.callTool({ name: 'await_file', arguments: { path: '/tmp/go' } });
    call.catch(() => undefined);
    await said(container, 'call is running');
    container.signal('SIGTERM');
    await said(container, 'server.draining');
    expect(await container.exec(healthcheck(image))).toMatchObject({ code: 0 });
    expect((await fetch(new URL('/readyz', published.url))).status).toBe(503);
    const refused = async (): Promise<boolean> => (await fetch(published.url, { method: 'POST', body: '{}' })).status === 503;
    await until(refused, () => `for new calls to be refused\n${container.output()}`);
    writeFileSync(`/proc/${container.pid}/root/tmp/go`, '');
    expect(await call).toMatchObject({ structuredContent: { found: true } });
    expect(await container.ended).toMatchObject({ code: 0, output: expect.stringContaining('server.stopped') });
    await client.close();
  });

  describe('under Compose', () => {
    test('S122 the service is confined and published on loopback only, and may stop as slowly as the server does', () => {
      const { ports, environment, stop_grace_period: stopMs } = readCompose(read(repo, 'compose.yaml'));
      expect(ports).toEqual(['127.0.0.1:3000:3000']);
      const [, graceMs = ''] = /^#? ?SHUTDOWN_GRACE_MS=(\d+)$/m.exec(read(repo, '.env.example')) ?? [];
      // Beyond the calls: streams get a second to end.
      expect(stopMs).toBeGreaterThanOrEqual(Number(environment['SHUTDOWN_GRACE_MS'] ?? graceMs) + 1_000);
      expect(environment).toMatchObject({ MCP_SECRET: '', ALLOW_UNAUTHENTICATED: 'true' });
    });

    test('its environment serves on the port that was chosen', async () => {
      const { ports, environment } = readCompose(read(repo, 'compose.yaml'), { PORT: String(published.port) });
      expect(ports).toEqual([`127.0.0.1:${published.port}:3000`]);
      const container = run(image, { env: environment, network });
      await said(container, 'server.listening');
      const client = await clientKinds['v2 client, negotiating'](published.url);
      expect((await client.listTools()).tools.length).toBe(4);
      await client.close();
      container.signal('SIGTERM');
      expect(await container.ended).toMatchObject({ code: 0 });
    });
  });
});

describe('the image of a repo', () => {
  test('without a lockfile builds all the same and says what to commit', async () => {
    const { printed, image } = await built('unlocked');
    expect(printed).toMatch(/^No package-lock\.json: .*commit/m);
    await answers(image);
  });

  test('that uses pnpm installs what its lockfile says', async () => {
    const { printed } = await built('with-pnpm');
    expect(printed).toMatch(/pnpm .*--frozen-lockfile/);
    expect(printed).not.toMatch(/^No pnpm-lock/m);
  });

  test('whose users sign in, which is the default, says what it needs, and lets nobody in without a token', async () => {
    const { image } = await built('with-pnpm');
    const env = serving({ OAUTH_ISSUER: 'https://issuer.example.com', ALLOW_UNAUTHENTICATED: '' });
    const { code, output } = await runToEnd(image, { env: { ...env, OAUTH_ISSUER: '' }, network });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('OAUTH_ISSUER=https://') });
    const container = run(image, { env, network });
    await said(container, 'server.listening');
    expect(await container.exec(healthcheck(image))).toMatchObject({ code: 0 });
    const refused = await fetch(published.url, { method: 'POST', body: '{}' });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining(new URL('/.well-known/oauth-protected-resource/mcp', published.url).href)]);
    const { resource, authorization_servers } = (await (await fetch(new URL('/.well-known/oauth-protected-resource/mcp', published.url))).json()) as Record<string, unknown>;
    expect({ resource, authorization_servers }).toEqual({ resource: published.url.href, authorization_servers: ['https://issuer.example.com'] });
  });

  test('over stdio opens no port, has no health check, and answers on its pipes without any network', async () => {
    const { repo, printed, image } = await built('piped');
    expect(printed).toMatch(/yarn install --immutable/);
    expect(printed).not.toMatch(/^No yarn\.lock/m);
    expect(image.config).toMatchObject({ User: '1000:1000', Cmd: ['node', '--enable-source-maps', 'dist/stdio.js'], StopSignal: 'SIGTERM' });
    expect(image.config.ExposedPorts ?? {}).toEqual({});
    expect(image.config.Healthcheck).toBeUndefined();
    expect(readdirSync(repo)).not.toContain('compose.yaml');
    const [command, ...args] = containerCommand(image, {});
    for (const connect of Object.values(clientKinds)) {
      const client = await connect({ command, args, cwd: folder });
      expect((await client.listTools()).tools.length).toBe(3);
      await client.close();
    }
  });
});
