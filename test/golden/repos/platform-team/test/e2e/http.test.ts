import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, signIn } from '../caller.js';
import { ERAS } from '../kit.js';
import { converse } from './conversation.js';

let server: ChildProcess;
let caller: Caller;
let origin: string;

beforeAll(async () => {
  const port = await freePort();
  caller = await signIn();
  origin = `http://localhost:${port}`;
  const env = { ...process.env, NODE_ENV: 'test', PORT: String(port), ...caller.environment };
  server = spawn(process.execPath, ['dist/node.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  // The first line is written when it listens.
  if (server.stdout) await once(server.stdout, 'data');
});

afterAll(() => server.kill('SIGKILL'));

test.each(ERAS)('a %s client talks to the server', async (era) => {
  const requestInit = { headers: { ...caller.headers } };
  await converse(era, new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { requestInit }));
});

test('it is alive and ready, and stops when it is told to', async () => {
  for (const path of ['/healthz', '/readyz']) expect([path, (await fetch(origin + path)).status]).toEqual([path, 200]);
  server.kill('SIGTERM');
  expect(await once(server, 'exit')).toEqual([0, null]);
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
