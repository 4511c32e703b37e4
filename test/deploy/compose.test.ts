import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCompose, readServices } from '../generated/image/compose.ts';
import { filesOf, graceSeconds } from './repo.ts';

const alone = filesOf({ transport: 'http', auth: 'okta', deploy: ['docker'] });
const shared = filesOf({ transport: 'http', auth: 'okta', session: 'redis', deploy: ['docker'] });
const file = (files: ReadonlyMap<string, string>): string => files.get('compose.yaml') ?? '';

function watched(files: ReadonlyMap<string, string>): string[] {
  const { updates } = parse(files.get('.github/dependabot.yml') ?? '') as { updates: { 'package-ecosystem': string }[] };
  return updates.map((update) => update['package-ecosystem']);
}

describe('compose.yaml', () => {
  test('R164 where instances share nothing there is one, by itself, published to this machine', () => {
    expect(readCompose(file(alone))).toMatchObject({ ports: ['127.0.0.1:3000:3000'] });
    expect([...alone.keys()].filter((name) => name.startsWith('deploy/'))).toEqual([]);
  });

  test('S122 where they do, the proxy alone is published, so that there may be any number of them', () => {
    const { server, proxy, redis } = readServices(file(shared), { PORT: '8080' });
    expect({ server: server.ports, proxy: proxy?.ports, redis: Object.keys(redis ?? {}).includes('ports') }).toEqual({ server: [], proxy: ['127.0.0.1:8080:3000'], redis: false });
    expect(server.environment).toMatchObject({ TRUSTED_PROXY_HOPS: '1', REDIS_URL: 'redis://redis:6379', MCP_PUBLIC_URL: 'http://localhost:8080/mcp', PORT: '3000' });
  });

  test('another proxy, or another Redis, is a variable', () => {
    expect(readServices(file(shared), { TRUSTED_PROXY_HOPS: '2', REDIS_URL: 'rediss://example' }).server.environment).toMatchObject({ TRUSTED_PROXY_HOPS: '2', REDIS_URL: 'rediss://example' });
  });

  test('server and proxy may stop as slowly as calls end', () => {
    const { server, proxy } = readServices(file(shared));
    for (const service of [server, proxy]) expect(service?.stop_grace_period).toBeGreaterThanOrEqual(graceSeconds(shared) * 1_000 + 1_000);
  });

  test('what is mounted is there', () => {
    const mounted = readServices(file(shared)).proxy?.volumes.map((volume) => volume.split(':')[0]?.replace('./', ''));
    expect(mounted?.filter((name) => !shared.has(name ?? ''))).toEqual([]);
  });

  test('Redis throws away nothing and is asked whether it is there', () => {
    const { redis } = readServices(file(shared));
    expect(redis?.command.join(' ')).toContain('--maxmemory-policy noeviction');
    expect(redis?.healthcheck.test).toEqual(['CMD', 'redis-cli', 'ping']);
  });

  test('images of others are watched by Dependabot, where there are any', () => {
    expect([watched(alone), watched(shared)]).toEqual([['npm', 'github-actions', 'docker'], ['npm', 'github-actions', 'docker', 'docker-compose']]);
  });
});

test.each<[string, (text: string) => string]>([
  ['a key that is none', (text) => text.replace('read_only:', 'readonly:')],
  ['a service that may write', (text) => text.replaceAll('    read_only: true\n', '')],
  ['a capability that is kept', (text) => text.replace('cap_drop: [ALL]', 'cap_drop: [ALL]\n    cap_add: [NET_RAW]')],
  ['a port that others reach', (text) => text.replace('"127.0.0.1:', '"')],
  ['an image without a version', (text) => text.replace('nginx:1.30-alpine', 'nginx:latest')],
  ['a user that is root', (text) => text.replace('101:101', '0:0')],
  ['a file that can be written', (text) => text.replace('.conf:ro', '.conf')],
])('what reads it refuses %s', (_title, wrong) => {
  expect(wrong(file(shared))).not.toBe(file(shared));
  expect(() => readServices(wrong(file(shared)))).toThrow('Invalid');
});
