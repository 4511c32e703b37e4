import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { freePort, serverEnv } from '../start.ts';
import { send } from './http.ts';
import { call } from './message.ts';
import { build, copyRepo, once } from './probe.ts';
import { until } from './server.ts';

const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

test('S110 a log that nobody reads takes only so much memory: what reads goes on, what writes is refused until there is room', async () => {
  const repo = await once('wire-log', async (at) => {
    copyRepo('http-notes', at);
    const lines = path.join(at, 'src/platform/node/lines.ts');
    writeFileSync(lines, readFileSync(lines, 'utf8').replace('16 * 1_048_576', '65_536'));
    await build(at);
  });
  const port = await freePort();
  const { stdout, kill } = start(repo, port);
  stops.push(kill);
  await until(() => fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok, () => false));
  let count = 0;
  const read = async () => (await send(port, call('modern', 'search_notes', { query: `${++count}` }))).json().result;
  const write = async () => (await send(port, call('modern', 'create_note', { text: 'x', idempotency_key: `key-of-${++count}` }))).json().result;
  // More than the pipe takes, and then more than may wait.
  for (let at = 0; at < 600; at++) await read();
  expect((await write())?.structuredContent?.['error']).toMatchObject({ error_class: 'transient', retry_after_seconds: 5 });
  expect((await read())?.isError).toBeUndefined();
  stdout.resume();
  await until(async () => (await write())?.isError === undefined);
});

/** A server whose stdout is not read yet. */
function start(repo: string, port: number) {
  const child = spawn(process.execPath, [path.join(repo, 'dist/node.js')], { cwd: repo, env: serverEnv({ PORT: String(port) }), stdio: ['ignore', 'pipe', 'ignore'] });
  return { stdout: child.stdout.pause(), kill: () => void child.kill('SIGKILL') };
}
