import path from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { filesOf } from '../deploy/repo.ts';
import { settingsOf } from './settings.ts';
import type { Settings } from './settings.ts';
import { send } from './wire/http.ts';
import { call } from './wire/message.ts';
import { builtRepo } from './wire/probe.ts';
import { startRefused, startServer } from './wire/server.ts';

const files = filesOf({ transport: 'http', auth: 'none', deploy: ['ecs', 'cloud-run', 'fly'] });

const read = (file: string): string => files.get(file) ?? '';

/** What a platform tells the server, and what its owner writes where it only names a place. */
const platforms: Readonly<Record<string, Settings>> = {
  'cloud-run': settingsOf('cloud-run', read),
  fly: settingsOf('fly', read),
  ecs: { ...settingsOf('ecs', read), MCP_PUBLIC_URL: 'https://mcp.example.com/mcp', ALLOW_UNAUTHENTICATED: '' },
};

/** The secret that each platform gives by reference. */
const secret = { MCP_SECRET: Buffer.alloc(32, 7).toString('base64') } as const;

describe.each(Object.entries(platforms))('the settings of %s', (_platform, settings) => {
  const host = new URL(settings['MCP_PUBLIC_URL'] ?? '').host;
  let repo: string;
  beforeAll(async () => {
    repo = await builtRepo('http-notes');
  });

  test('as generated, are refused with the one line that is left to the owner', async () => {
    const { code, stdout, stderr } = await startRefused(repo, { ...secret, ...settings });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('ALLOW_UNAUTHENTICATED=true');
    expect(`${stdout}${stderr}`.match(/Set it like this:/g)).toHaveLength(1);
  });

  test('start the server in production once that is set: it answers under its own name and to nobody else', async () => {
    const server = await startServer(repo, { ...secret, ...settings, ALLOW_UNAUTHENTICATED: 'true' });
    const sent = call('modern', 'search_notes', { query: 'a' });
    const ask = (name: string) => send(server.port, { ...sent, headers: { ...sent.headers, host: name } });
    expect((await ask(host)).status).toBe(200);
    expect((await ask('elsewhere.example.com')).status).toBe(403);
    expect((await send(server.port, { method: 'GET', path: '/readyz', headers: { host: '10.0.0.7:3000' } })).status).toBe(200);
    await server.kill();
  });
});

describe('where a caller is said to be', () => {
  let networkOf: (peer: string | undefined, request: Request, hops: number) => string | undefined;
  beforeAll(async () => {
    ({ networkOf } = (await import(path.join(inject('workspace'), 'http-notes/src/platform/http/strangers.ts'))) as { networkOf: typeof networkOf });
  });

  test.each([
    ['ecs', '10.9.9.9, 203.0.113.5', 'the load balancer appends the client'],
    ['cloud-run', '10.9.9.9, 203.0.113.5', 'the front end appends the client'],
    ['fly', '10.9.9.9, 203.0.113.5, 66.241.124.1', 'the proxy appends the client and then the address of the app'],
  ])('S028 on %s, X-Forwarded-For %s: %s', (platform, chain) => {
    const hops = Number(platforms[platform]?.['TRUSTED_PROXY_HOPS']);
    expect(networkOf('192.0.2.1', new Request('http://localhost/mcp', { headers: { 'x-forwarded-for': chain } }), hops)).toBe('203.0.113.5');
  });
});
