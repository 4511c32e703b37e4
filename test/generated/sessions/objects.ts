import { appendFileSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll } from 'vitest';
import { scratch, programs } from '../scratch.ts';
import { MCP_SECRET } from '../serverless/contract.ts';
import { bundleForWorkerd, findWorkerd, startWorkerd, WORKERD } from '../serverless/workerd.ts';
import type { RunningWorkerd } from '../serverless/workerd.ts';
import { copyRepo, once, writeIndexes } from '../wire/probe.ts';
import { probe } from './world.ts';
import type { Effects } from './world.ts';

/** Of the tools of the suites, where nobody can write a file. */
const EFFECTS = `export const happened = (what) => console.log(\`effect \${what}\`);

export function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
`;

const unlimited = { RATE_LIMIT_TENANT_PER_MINUTE: '0', RATE_LIMIT_AGENT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '0' };

const running = new Set<RunningWorkerd>();
const folders = new Set<string>();
afterAll(async () => {
  await Promise.all([...running].map((one) => one.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A generated repo with tools that need sessions, and its bundle for workerd. */
export function objectsRepo(): Promise<string> {
  return once('sessions-objects', async (at) => {
    copyRepo('objects-none', at);
    cpSync(probe, path.join(at, 'src'), { recursive: true });
    writeFileSync(path.join(at, 'src/effects.ts'), EFFECTS);
    writeIndexes(at);
    await bundleForWorkerd(at);
  });
}

/** Where workerd was found, or why it cannot run on this machine. */
export async function installWorkerd(): ReturnType<typeof findWorkerd> {
  const bin = programs(WORKERD);
  folders.add(path.resolve(bin, '../..'));
  return findWorkerd(bin);
}

/** Starts three isolates that share their objects. @param disk - Where those are kept; anew without it. */
export async function startObjects(executable: string, effects: Effects, env: Readonly<Record<string, string>> = {}, disk = scratch('objects')): Promise<RunningWorkerd> {
  const script = path.join(await objectsRepo(), 'workerd/worker.js');
  const hear = (line: string): void => {
    const [, what] = /^effect (.*)$/.exec(line) ?? [];
    if (what !== undefined) appendFileSync(effects.env.EFFECTS, `${what}\n`);
  };
  folders.add(disk);
  const server = await startWorkerd(executable, script, { MCP_SECRET, ALLOW_UNAUTHENTICATED: 'true', ...unlimited, ...env }, { disk, isolates: 3, hear });
  running.add(server);
  return server;
}
