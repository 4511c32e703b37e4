import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import { call, modern } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startRefused, startServer, until } from './server.ts';
import type { Server } from './server.ts';

afterAll(killServers);

const canary = 'c4nary-start-31';
const strong = Buffer.alloc(32, 7).toString('base64');
const file = (name: string, text: string): string => {
  const at = path.join(inject('workspace'), `wire-lifecycle-${name}`);
  writeFileSync(at, text);
  return at;
};
const status = async (port: number, at: string): Promise<number> => (await send(port, { method: 'GET', path: at })).status;

/** Starts a call, and resolves once it runs. */
async function startCall(server: Server, ms: number) {
  const wire = await openWire(server.port);
  wire.write(render(server.port, call('modern', 'slow_call', { ms, name: 'drained' })));
  const started = async () => (await send(server.port, call('modern', 'count_effects', { name: 'drained.started' }))).json().result?.structuredContent?.['times'] === 1;
  await until(started);
  return wire;
}

describe('a start that is refused', () => {
  const publicUrl = 'https://mcp.example.com/mcp';

  test.each<[string, () => Record<string, string>, RegExp]>([
    ['S004 R014 a public bind without a public URL', () => ({ HOST: '0.0.0.0' }), /MCP_PUBLIC_URL=https:\/\//],
    ['S004 R014 a public bind on all of IPv6', () => ({ HOST: '::' }), /MCP_PUBLIC_URL=https:\/\//],
    ['R078 a public bind without authentication', () => ({ HOST: '0.0.0.0', MCP_PUBLIC_URL: publicUrl }), /ALLOW_UNAUTHENTICATED=true/],
    ['R078 a flag that is nearly true', () => ({ HOST: '0.0.0.0', MCP_PUBLIC_URL: publicUrl, ALLOW_UNAUTHENTICATED: 'yes' }), /ALLOW_UNAUTHENTICATED=true/],
    ['R040 a port that is no number', () => ({ PORT: canary }), /PORT=\d+/],
    ['R040 a port out of range', () => ({ PORT: '65536' }), /PORT=\d+/],
    ['R040 a public URL that is none', () => ({ MCP_PUBLIC_URL: canary }), /MCP_PUBLIC_URL=https:\/\//],
    ['R040 a public URL of another scheme', () => ({ MCP_PUBLIC_URL: `ftp://${canary}/mcp` }), /MCP_PUBLIC_URL=https:\/\//],
    ['R040 an unknown era mode', () => ({ MCP_LEGACY: canary }), /MCP_LEGACY=/],
    ['R040 an unknown log level', () => ({ LOG_LEVEL: canary }), /LOG_LEVEL=/],
    ['R040 an unknown environment', () => ({ NODE_ENV: canary }), /NODE_ENV=/],
    ['R040 a body limit that is no number', () => ({ MAX_BODY_BYTES: `1e3${canary}` }), /MAX_BODY_BYTES=/],
    ['R040 a grace that is no number', () => ({ SHUTDOWN_GRACE_MS: '-1' }), /SHUTDOWN_GRACE_MS=/],
    ['S006 any origin', () => ({ ALLOWED_ORIGINS: '*' }), /ALLOWED_ORIGINS=https:\/\//],
    ['S006 an origin with a path', () => ({ ALLOWED_ORIGINS: `https://${canary}.example/x` }), /ALLOWED_ORIGINS=https:\/\//],
    ['R040 a secret that is no base64', () => ({ MCP_SECRET: `${canary} !` }), /MCP_SECRET=/],
    ['R040 a secret that is too short', () => ({ MCP_SECRET: Buffer.from(canary).toString('base64') }), /MCP_SECRET=/],
    ['R040 a second secret that is too short', () => ({ MCP_SECRET: `${strong},${Buffer.from(canary).toString('base64')}` }), /MCP_SECRET=/],
    ['R040 production without a secret', () => ({ NODE_ENV: 'production' }), /MCP_SECRET=/],
    ['R040 production that would cut off calls', () => ({ NODE_ENV: 'production', MCP_SECRET: strong, SHUTDOWN_GRACE_MS: '1000' }), /SHUTDOWN_GRACE_MS=\d{5}/],
    ['R040 a collector that is no URL', () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: canary }), /OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\//],
    ['R040 a way to speak to it that is not built in', () => ({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }), /OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/],
    ['R041 a secret file that is missing', () => ({ MCP_SECRET_FILE: `/nowhere/${canary}` }), /MCP_SECRET_FILE=/],
    ['R041 a secret file that is a folder', () => ({ MCP_SECRET_FILE: inject('workspace') }), /MCP_SECRET_FILE=/],
    ['R041 a secret file that holds a bad value', () => ({ MCP_SECRET_FILE: file('bad', canary) }), /MCP_SECRET=/],
    ['R041 a port file that holds a bad value', () => ({ PORT: '', PORT_FILE: file('port', canary) }), /PORT=\d+/],
  ])('%s: exit at once, no port, and the line to set without any value', async (_, env, line) => {
    const given = env();
    const ended = await startRefused(await probeRepo(), given);
    expect(ended.code).toBe(1);
    expect(ended.listened).toBe(false);
    expect(ended.stderr).toMatch(line);
    const text = ended.stdout + ended.stderr;
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString('base64'));
    expect(text).not.toContain(strong);
    expect(text).not.toMatch(/\bat .*\.[jt]s:\d|ZodError|node:internal/);
  });

  test('names everything that is wrong at once', async () => {
    const { stderr } = await startRefused(await probeRepo(), { PORT: canary, LOG_LEVEL: canary, MCP_SECRET: canary });
    for (const name of ['PORT=', 'LOG_LEVEL=', 'MCP_SECRET=']) expect(stderr).toContain(name);
  });

  test('a port in use is said in one line, with another to try', async () => {
    const first = await startServer(await probeRepo());
    const { code, stderr } = await startRefused(await probeRepo(), { PORT: String(first.port) });
    expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`port ${first.port} is in use.*PORT=\\d+`, 'i'))]);
    await first.kill();
  });
});

describe('a start that is allowed', () => {
  test('R041 takes a value from the file that X_FILE names', async () => {
    const server = await startServer(await probeRepo(), { MCP_SECRET_FILE: file('good', `${strong}\n`), MAX_BODY_BYTES_FILE: file('limit', '2000') });
    const sent = modern('tools/list');
    expect((await send(server.port, { ...sent, body: sent.body + ' '.repeat(2_000) })).status).toBe(413);
    await server.kill();
  });

  test('R078 off loopback without authentication is loud, and checks Host and Origin of the public URL', async () => {
    const server = await startServer(await probeRepo(), { HOST: '0.0.0.0', MCP_PUBLIC_URL: 'https://mcp.example.com/mcp', ALLOW_UNAUTHENTICATED: 'true', ALLOWED_HOSTS: 'inside.example:8080' });
    expect(server.log().some(({ level, event }) => level === 'warn' && String(event).startsWith('auth.'))).toBe(true);
    const ask = async (host: string, origin?: string) => (await send(server.port, modern('tools/list', {}, { headers: { host, ...(origin !== undefined && { origin }) } }))).status;
    expect(await ask('mcp.example.com')).toBe(200);
    expect(await ask('inside.example:8080')).toBe(200);
    expect(await ask('mcp.example.com', 'https://mcp.example.com')).toBe(200);
    for (const host of ['inside.example', 'mcp.example.com:8443', `localhost:${server.port}`, `127.0.0.1:${server.port}`, 'evil.example']) expect([host, await ask(host)]).toEqual([host, 403]);
    for (const origin of ['http://mcp.example.com', 'https://mcp.example.com:444', 'https://inside.example:8080']) expect([origin, await ask('mcp.example.com', origin)]).toEqual([origin, 403]);
    await server.kill();
  });

  test('R013 serves the path of the public URL, and ignores forwarded names', async () => {
    const server = await startServer(await probeRepo(), { MCP_PUBLIC_URL: 'https://mcp.example.com/deep/endpoint' });
    expect((await send(server.port, { ...modern('tools/list'), path: '/deep/endpoint' })).status).toBe(200);
    expect((await send(server.port, modern('tools/list'))).status).toBe(404);
    const { body } = await send(server.port, { method: 'GET', path: '/', headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' } });
    expect(JSON.parse(body)).toMatchObject({ endpoint: 'https://mcp.example.com/deep/endpoint' });
    expect(body).not.toContain('evil');
    await server.kill();
  });

  test('S001 in production only the public URL is a Host', async () => {
    const server = await startServer(await probeRepo(), { NODE_ENV: 'production', MCP_SECRET: strong, MCP_PUBLIC_URL: 'https://mcp.example.com/mcp', SHUTDOWN_GRACE_MS: '60000' });
    expect((await send(server.port, modern('tools/list'))).status).toBe(403);
    expect((await send(server.port, modern('tools/list', {}, { headers: { host: 'mcp.example.com' } }))).status).toBe(200);
    await server.kill();
  });

  test('P02 listens on both loopback stacks and on nothing else', async () => {
    const server = await startServer(await probeRepo());
    // A machine may have no IPv6 at all.
    const hosts = Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1') ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
    for (const host of hosts) {
      const wire = await openWire(server.port, host);
      wire.write(render(server.port, modern('tools/list')));
      expect((await wire.answer()).status).toBe(200);
      wire.close();
    }
    await expect(openWire(server.port, '127.0.0.2')).rejects.toThrow('ECONNREFUSED');
    await server.kill();
  });
});

describe('S108 P15 a drain', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s: the running call finishes, new work is refused with 503, the services are closed, exit 0', async (signal) => {
    const server = await startServer(await probeRepo());
    const wire = await startCall(server, 1_200);
    // Opened before, asked after: that is what a client with a kept connection does.
    const late = await openWire(server.port);
    const probes = await Promise.all([openWire(server.port), openWire(server.port)]);
    const partial = render(server.port, modern('tools/list'));
    late.write(partial.slice(0, 10));
    probes.forEach((probe, at) => probe.write(render(server.port, { method: 'GET', path: at === 0 ? '/healthz' : '/readyz' }).slice(0, 10)));
    // Connections are accepted in order, so those above have arrived when these are answered.
    for (let at = 0; at < 3; at++) expect(await status(server.port, '/readyz')).toBe(200);
    server.signal(signal);
    await until(() => openWire(server.port).then(() => false, () => true));
    late.write(partial.slice(10));
    const refused = await late.answer();
    expect([refused.status, refused.json().error?.code, refused.json().error?.data?.['error_class']]).toEqual([503, -32_603, 'transient']);
    expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    probes.forEach((probe, at) => probe.write(render(server.port, { method: 'GET', path: at === 0 ? '/healthz' : '/readyz' }).slice(10)));
    expect(await Promise.all(probes.map(async (probe) => (await probe.answer()).status))).toEqual([200, 503]);
    expect((await wire.answer()).json().result?.structuredContent).toEqual({ name: 'drained' });
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.log().map(({ event }) => event)).toContain('probe.closed');
    expect(server.stderr()).toBe('');
  });

  test('an idle server is gone at once', async () => {
    const server = await startServer(await probeRepo());
    const kept = await openWire(server.port);
    kept.write(render(server.port, modern('tools/list')));
    expect((await kept.answer()).status).toBe(200);
    const asked = performance.now();
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    // A kept connection must not hold it; the bound is far over any scheduling delay.
    expect(performance.now() - asked).toBeLessThan(5_000);
  });

  test('a call that outlasts the grace is cut off, and the exit is still 0', async () => {
    const server = await startServer(await probeRepo(), { SHUTDOWN_GRACE_MS: '300' });
    const wire = await startCall(server, 20_000);
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    await wire.closed;
    expect(wire.received()).not.toContain('"structuredContent":{"name"');
  });

  test('a second signal exits at once', async () => {
    const server = await startServer(await probeRepo());
    const wire = await startCall(server, 20_000);
    server.signal('SIGTERM');
    await server.logUntil((log) => log.some(({ event }) => event === 'server.draining'));
    server.signal('SIGTERM');
    expect((await server.exited).code).toBe(1);
    await wire.closed;
  });

  test('in production it is announced first: readiness 503 and liveness 200 on new connections, calls still served', async () => {
    const server = await startServer(await probeRepo(), { NODE_ENV: 'production', MCP_SECRET: strong, SHUTDOWN_GRACE_MS: '30000' });
    expect(await status(server.port, '/readyz')).toBe(200);
    server.signal('SIGTERM');
    await until(async () => (await status(server.port, '/readyz')) === 503);
    expect(await status(server.port, '/healthz')).toBe(200);
    expect((await send(server.port, modern('tools/list'))).status).toBe(200);
    // A second signal spares this test the time load balancers get.
    server.signal('SIGTERM');
    expect((await server.exited).code).toBe(1);
  });
});

describe('S112 what nobody caught', () => {
  test.each(['throw', 'reject'])('%s in a timer: one log line, exit 1', async (how) => {
    const server = await startServer(await probeRepo(), { CANARY: canary });
    expect((await send(server.port, call('modern', 'crash_later', { how }))).json().result?.structuredContent).toEqual({ value: 1 });
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(server.log().at(-1)).toMatchObject({ level: 'error', event: 'process.crashed', error: 'Error' });
    expect(server.stdout() + server.stderr()).not.toContain(canary);
  });
});
