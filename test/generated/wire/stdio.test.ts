import { spawn } from 'node:child_process';
import path from 'node:path';
import { Client as V2Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverEnv } from '../start.ts';
import { killPipes, open, request, use } from './pipe.ts';
import type { Pipe } from './pipe.ts';
import { probeRepo } from './probe.ts';
import { until } from './server.ts';

const canary = 'c4nary-stdio-12';
let repo: string;
beforeAll(async () => {
  repo = await probeRepo();
});
afterAll(killPipes);

const start = (env: Readonly<Record<string, string>> = {}): Pipe => open(repo, { CANARY: canary, ...env });

describe('R001 P79 stdout', () => {
  test('holds JSON-RPC and nothing else, whatever a tool prints; logs go to stderr', async () => {
    const pipe = start({ LOG_LEVEL: 'debug' });
    pipe.send(request(1, 'server/discover'));
    pipe.send(request(2, 'tools/list'));
    for (const [at, tool] of ['log_noise', 'fail_as', 'echo_nonce'].entries()) pipe.send(use(10 + at, tool, tool === 'fail_as' ? { kind: 'permanent' } : tool === 'echo_nonce' ? { nonce: 'x' } : {}));
    for (const id of [1, 2, 10, 11, 12]) await pipe.answerTo(id);
    pipe.end();
    expect(await pipe.exited).toEqual({ code: 0, signal: null });
    for (const message of pipe.messages()) expect(message.jsonrpc).toBe('2.0');
    expect(pipe.messages()).toHaveLength(5);
    expect(pipe.stderr()).toContain('noise');
    expect(pipe.stderr()).toContain('mcp.audit');
  });

  test('R060 S092 holds no secret of a failure, and neither does stderr', async () => {
    const pipe = start();
    for (const [id, kind] of ['error', 'rejection', 'string', 'object', 'undefined', 'cause', 'getter', 'remoteStack', 'badOutput', 'throwInToJson', 'zod'].entries()) {
      pipe.send(use(id, 'fail_as', { kind }));
      pipe.send(request(`r${id}`, 'resources/read', { uri: `probe://broken/${kind}` }));
      pipe.send(request(`p${id}`, 'prompts/get', { name: 'broken_prompt', arguments: { kind } }));
      expect([kind, (await pipe.answerTo(id)).result?.['_meta']?.['mcp-gen/error']]).toMatchObject([kind, { error_class: 'internal' }]);
      await Promise.all([pipe.answerTo(`r${id}`), pipe.answerTo(`p${id}`)]);
    }
    pipe.end();
    await pipe.exited;
    expect(pipe.stdout() + pipe.stderr()).not.toContain(canary);
  });
});

describe('the end of a stdio server', () => {
  test('P80 comes with the end of stdin, before a word was said', async () => {
    const pipe = start();
    pipe.end();
    expect(await pipe.exited).toEqual({ code: 0, signal: null });
    expect(pipe.stdout()).toBe('');
  });

  test('P80 S116 comes with the end of stdin, after what was asked has been answered', async () => {
    const pipe = start();
    pipe.send(use(1, 'slow_call', { ms: 300, name: 'x' }));
    pipe.send(request(2, 'tools/list'));
    pipe.end();
    expect(await pipe.exited).toEqual({ code: 0, signal: null });
    expect(pipe.messages().map(({ id }) => id)).toEqual([2, 1]);
  });

  test('S116 a call that nobody waits for does not keep it for long', async () => {
    const pipe = start();
    pipe.send(use(1, 'slow_call', { ms: 20_000, name: 'x' }));
    pipe.end();
    expect((await pipe.exited).code).toBe(0);
    expect(pipe.messages()).toEqual([]);
  });

  test('a running call is answered before a signal ends it', async () => {
    const pipe = start();
    pipe.send(use(1, 'slow_call', { ms: 600, name: 'x' }));
    pipe.send(use(2, 'echo_nonce', { nonce: 'x' }));
    await pipe.answerTo(2);
    pipe.signal('SIGTERM');
    expect(await pipe.exited).toEqual({ code: 0, signal: null });
    expect(pipe.messages().map(({ id }) => id)).toEqual([2, 1]);
  });

  test('S116 a timer of a tool does not keep it', async () => {
    const pipe = start();
    pipe.send(use(1, 'ignore_deadline'));
    expect((await pipe.answerTo(1)).result?.['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'transient' });
    const asked = performance.now();
    pipe.end();
    expect((await pipe.exited).code).toBe(0);
    // The tool's own timer has almost five seconds to go.
    expect(performance.now() - asked).toBeLessThan(4_000);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('comes with %s, exit 0, and the services are closed', async (signal) => {
    const pipe = start();
    pipe.send(request(1, 'server/discover'));
    await pipe.answerTo(1);
    pipe.signal(signal);
    expect(await pipe.exited).toEqual({ code: 0, signal: null });
    expect(pipe.stderr()).toContain('probe.closed');
  });

  test.each(['throw', 'reject'])('S112 comes with what nobody caught (%s), with one line and no secret', async (how) => {
    const pipe = start();
    pipe.send(use(1, 'crash_later', { how }));
    expect((await pipe.exited).code).toBe(1);
    expect(pipe.stderr()).toContain('process.crashed');
    expect(pipe.stdout() + pipe.stderr()).not.toContain(canary);
  });

  test('S116 a client that stops reading and goes away does not leave it behind', async () => {
    const child = spawn(process.execPath, [path.join(repo, 'dist/stdio.js')], { cwd: repo, env: serverEnv({ CANARY: canary }), stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${JSON.stringify(request(1, 'tools/list'))}\n`);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.destroy();
    child.stderr.destroy();
    for (let at = 0; at < 50; at++) child.stdin.write(`${JSON.stringify(request(at, 'tools/list'))}\n`);
    child.stdin.end();
    await new Promise((resolve) => child.once('exit', resolve));
    expect(child.exitCode ?? child.signalCode).toBeDefined();
  });

  test('R040 a bad value stops the start: the line to set on stderr, nothing on stdout, no value', async () => {
    const pipe = start({ MCP_SECRET: canary });
    expect((await pipe.exited).code).toBe(1);
    expect(pipe.stdout()).toBe('');
    expect(pipe.stderr()).toMatch(/MCP_SECRET=/);
    expect(pipe.stderr()).not.toContain(canary);
  });
});

test('a client transport that closes ends the process', async () => {
  const transport = new StdioClientTransport({ command: process.execPath, args: ['dist/stdio.js'], cwd: repo, stderr: 'ignore' });
  const client = new V2Client({ name: 'x', version: '1' });
  await client.connect(transport);
  const { pid } = transport;
  await client.close();
  await until(() => {
    try {
      return !process.kill(pid ?? 0, 0);
    } catch {
      return true;
    }
  });
});
