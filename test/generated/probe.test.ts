import { afterAll, describe, expect, test } from 'vitest';
import type { Row } from '../../src/check/check.ts';
import { politeness } from '../../src/check/probe/wire.ts';
import { documentOf, invoke, scratch } from '../cli/invoke.ts';
import type { RepoName } from './repos.ts';
import { killRedis, startRedis } from './sessions/redis-server.ts';
import { builtRepo } from './wire/probe.ts';
import { startServer } from './wire/server.ts';
import type { Server } from './wire/server.ts';

const running: Server[] = [];
afterAll(async () => {
  for (const server of running) await server.kill();
  await killRedis();
});

describe('mcp-gen check --url on a generated server', () => {
  test.each<[RepoName, Readonly<Record<string, string>>]>([
    ['http-notes', {}],
    ['http-empty', { MCP_LEGACY: 'reject' }],
    ['http-memory', {}],
    ['http-redis', {}],
    ['both-notes', {}],
  ])('%s %j is all green', async (name, environment) => {
    const store = name === 'http-redis' ? { REDIS_URL: (await startRedis()).url } : {};
    const server = await startServer(await builtRepo(name), { ...environment, ...store });
    running.push(server);
    const ended = await invoke('mcp-gen', ['check', '--url', server.url.href, '--json'], { cwd: scratch() });
    const { rows, requests } = documentOf<{ rows: Row[]; requests: number }>(ended);
    expect(rows.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ id, summary }) => `${id}: ${summary}`)).toEqual(environment['MCP_LEGACY'] === 'reject' ? ['legacy-client: can\'t connect and list the tools'] : []);
    expect(rows.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(14);
    expect({ code: ended.code, polite: requests <= politeness.requests }).toEqual({ code: 0, polite: true });
  });
});
