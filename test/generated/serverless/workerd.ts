import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { TestContext } from 'vitest';
import { finish } from '../scratch.ts';
import { freePort, serverEnv } from '../start.ts';
import type { Running } from '../start.ts';

/** The runtime of Cloudflare Workers; its package is only a binary. */
export const WORKERD = 'workerd@1.20261117.1';

/** Of a day on which the binary existed; `nodejs_compat` is left off, so nothing of Node.js is there. */
const COMPATIBILITY_DATE = '2026-07-28';

/** Where workerd was found, or why it cannot run on this machine. */
export type Workerd = { readonly executable: string } | { readonly missing: string };

/** @param bin - What `programs(WORKERD)` has returned. */
export async function findWorkerd(bin: string): Promise<Workerd> {
  try {
    const { default: executable } = createRequire(path.join(bin, 'any'))('workerd') as { default: string };
    await promisify(execFile)(executable, ['--version']);
    return { executable };
  } catch (error) {
    return { missing: `workerd does not run on this machine: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** @returns the executable. Without one, says so and skips the test; in CI it fails. */
export function need(workerd: Workerd, { skip, task }: TestContext): string {
  if ('executable' in workerd) return workerd.executable;
  if (process.env['CI'] !== undefined) throw new Error(workerd.missing);
  console.warn(`NOT TESTED: ${task.name}: ${workerd.missing}`);
  return skip(workerd.missing);
}

/** What esbuild has made of a repo for workerd. */
export interface Bundle {
  readonly script: string;
  /** Modules that the runtime would have to bring along, each with the file that asks for it. */
  readonly imports: readonly string[];
}

/** Bundles the entry for Workers of a generated repo, or another file of it. */
export async function bundleForWorkerd(repo: string, entry = 'src/entry/worker.ts'): Promise<Bundle> {
  // Not in dist/, where the repo's own build would write over it.
  const script = path.join(repo, 'workerd', `${path.basename(entry, '.ts')}.js`);
  const report = path.join(repo, 'workerd/report.json');
  // Left external, so that the report names who imports them; any other module that is not there fails the build.
  const argv = ['--bundle', '--format=esm', '--platform=browser', '--conditions=workerd,worker,browser', '--external:node:*', '--external:cloudflare:*', '--log-level=error'];
  await finish(path.join(inject('workspace'), 'node_modules/.bin/esbuild'), [entry, `--outfile=${script}`, `--metafile=${report}`, ...argv], repo);
  const { inputs } = JSON.parse(readFileSync(report, 'utf8')) as { inputs: Record<string, { imports: { path: string; external?: boolean }[] }> };
  const imports = Object.entries(inputs).flatMap(([file, { imports: wanted }]) => wanted.filter(({ external }) => external).map((one) => `${file}: ${one.path}`));
  return { script, imports };
}

/** Several isolates of a bundle, and what they share. */
export interface Shared {
  /** The folder for the databases of Durable Objects: those that are started again find it. Absent for a bundle that has none. */
  readonly disk?: string;
  /** Each behind a port of its own. Several of them also have a rate limit in common. */
  readonly isolates: number;
  /** Is told every line that a Worker logs. */
  readonly hear?: (line: string) => void;
}

/** One process of workerd, spoken to at the first of its isolates. */
export interface RunningWorkerd extends Running {
  /** Of all isolates. */
  readonly ports: readonly number[];
}

/** Runs a bundle in workerd on free ports of loopback and waits until it answers. */
export async function startWorkerd(executable: string, script: string, bindings: Readonly<Record<string, string>> = {}, shared: Shared = { isolates: 1 }): Promise<RunningWorkerd> {
  const ports: [number, ...number[]] = [await freePort()];
  while (ports.length < (shared.isolates)) ports.push(await freePort());
  const url = new URL(`http://127.0.0.1:${ports[0]}/mcp`);
  const config = path.join(path.dirname(script), `worker-${ports[0]}.capnp`);
  const hosts = ports.flatMap((port) => [`127.0.0.1:${port}`, `localhost:${port}`]).join(',');
  writeFileSync(config, render(path.basename(script), ports, { MCP_PUBLIC_URL: url.href, ALLOWED_HOSTS: hosts, ...bindings }, shared));
  const child = spawn(executable, ['serve', config], { env: serverEnv() });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const { hear } = shared;
  if (hear) createInterface(child.stdout).on('line', hear);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for (let attempt = 0; ; attempt++) {
    const ready = await fetch(new URL('/readyz', url)).then((answer) => answer.status !== 404, () => false);
    if (ready) break;
    if (child.exitCode !== null || attempt > 300) {
      child.kill();
      throw new Error(`workerd did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    ports,
    output: () => output,
    stop: () => {
      // With objects as they end at worst: at once, and whatever they are doing.
      child.kill(shared.disk ? 'SIGKILL' : 'SIGTERM');
      return ended;
    },
  };
}

/** Stands in for the rate limit of Cloudflare, which counts for all isolates of a location. */
const LIMITER = `import { WorkerEntrypoint } from 'cloudflare:workers';

const counts = new Map();

export default class extends WorkerEntrypoint {
  async limit({ key }) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { success: counts.get(key) <= 300 };
  }
}
`;

/** Cap'n Proto text; its strings are escaped like those of JSON. */
function render(script: string, ports: readonly number[], bindings: Readonly<Record<string, string>>, { disk, isolates: count }: Shared): string {
  const texts = Object.entries(bindings).map(([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`);
  // As wrangler.jsonc has it. The objects are those of the first isolate.
  const limiter = count > 1 ? ['(name = "STRANGERS", service = "limiter")'] : [];
  const tenants = (at: number) => (disk ? [`(name = "TENANTS", durableObjectNamespace = (className = "Tenant"${at === 0 ? '' : ', serviceName = "isolate0"'}))`] : []);
  const own = '\n    durableObjectNamespaces = [(className = "Tenant", uniqueKey = "tenant", enableSql = true)],\n    durableObjectStorage = (localDisk = "disk"),';
  const isolates = ports.map((_, at) => `(name = "isolate${at}", worker = (
    modules = [(name = "worker.js", esModule = embed ${JSON.stringify(script)})],
    compatibilityDate = "${COMPATIBILITY_DATE}",${disk && at === 0 ? own : ''}
    bindings = [${[...texts, ...limiter, ...tenants(at)].join(', ')}],
  ))`);
  const others = [
    ...(disk ? [`(name = "disk", disk = (path = ${JSON.stringify(disk)}, writable = true))`] : []),
    ...(count > 1 ? [`(name = "limiter", worker = (modules = [(name = "limiter.js", esModule = ${JSON.stringify(LIMITER)})], compatibilityDate = "${COMPATIBILITY_DATE}"))`] : []),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    # By default a Worker reaches public addresses only; the issuer of the tests is on loopback.
    (name = "internet", network = (allow = ["private", "public"], tlsOptions = (trustBrowserCas = true))),
    ${[...others, ...isolates].join(',\n    ')},
  ],
  sockets = [${ports.map((port, at) => `(name = "http${at}", address = "127.0.0.1:${port}", http = (), service = "isolate${at}")`).join(', ')}],
);
`;
}
