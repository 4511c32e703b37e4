import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { finish } from './scratch.ts';
import { addTools, describeContract, open } from './serverless/contract.ts';
import type { Arrive } from './serverless/contract.ts';
import { startLambda } from './serverless/lambda.ts';
import type { Integration } from './serverless/lambda.ts';
import type { Running } from './start.ts';
import { closeCollectors, startCollector } from './wire/collector.ts';
import { send } from './wire/http.ts';
import type { Answer } from './wire/http.ts';
import { call } from './wire/message.ts';
import { build, copyRepo, writeIndexes } from './wire/probe.ts';
import { until } from './wire/server.ts';

const repos = { none: '', oidc: '' };
const running: Running[] = [];

beforeAll(async () => {
  for (const auth of ['none', 'oidc'] as const) {
    const repo = path.join(inject('workspace'), `lambda-${auth}`);
    copyRepo(`serverless-${auth}`, repo);
    addTools(repo);
    writeIndexes(repo);
    await build(repo);
    repos[auth] = repo;
  }
});
afterAll(closeCollectors);
afterAll(() => Promise.all(running.map((server) => server.stop())));

/** The stand-in for AWS takes the test's word for it. */
const arrive: Arrive = (address, chain) => [['test-source-ip', address], ...(chain === undefined ? [] : [['x-forwarded-for', chain] as const])];

const integrations: readonly [Integration, string, boolean][] = [
  ['url', 'a Function URL that streams', true],
  ['rest', 'a REST API that streams', true],
  ['http', 'an HTTP API that does not', false],
];

describe.each(integrations)('Lambda behind %s: %s', (kind, _title, streams) => {
  const serve = async (auth: 'none' | 'oidc', env: Readonly<Record<string, string>>): Promise<Running> => {
    const server = await startLambda(repos[auth], kind, env);
    running.push(server);
    return server;
  };
  describeContract('R156', serve, streams, arrive);
});

describe('R146 what a function has to tell', () => {
  test.each(integrations)('is sent before it is frozen, behind %s', async (kind) => {
    let overAtReport: number | undefined;
    let isReleased = false;
    const collector = await startCollector(async () => {
      if (!collector.bytes().includes('search_notes')) return 200;
      overAtReport ??= invocations(server);
      await until(() => isReleased);
      return 200;
    });
    const server = await startLambda(repos.none, kind, { ...open, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    running.push(server);
    const answer = search(server);
    await until(() => overAtReport !== undefined);
    isReleased = true;
    await until(() => invocations(server) > Number(overAtReport));
    expect((await answer).json().result).not.toHaveProperty('isError');
    expect(collector.spans().map(({ name }) => name)).toContain('tools/call search_notes');
    expect(collector.series().map(({ name }) => name)).toEqual(expect.arrayContaining(['mcp.server.operation.duration', 'http.server.request.duration']));
  });

  test.each(integrations)('holds nobody up when its collector takes reports and never answers, behind %s', async (kind) => {
    const collector = await startCollector(() => new Promise(() => {}));
    const server = await startLambda(repos.none, kind, { ...open, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: '60000' });
    running.push(server);
    const before = invocations(server);
    expect((await search(server)).json().result).not.toHaveProperty('isError');
    await until(() => invocations(server) > before);
  });
});

test('R156 a function that lacks a variable does not start, and names each with the line to set', async () => {
  const { none, oidc } = repos;
  expect(await failed(none, {})).toMatch(/MCP_PUBLIC_URL=https:[\s\S]*MCP_SECRET=[\s\S]*ALLOW_UNAUTHENTICATED=true/);
  expect(await failed(oidc, {})).toMatch(/MCP_PUBLIC_URL=https:[\s\S]*MCP_SECRET=[\s\S]*OAUTH_ISSUER=/);
});

/** What importing the entry of a repo fails with; nothing when it does not. */
function failed(repo: string, env: Record<string, string>): Promise<string> {
  const entry = JSON.stringify(path.join(repo, 'dist/lambda.js'));
  return finish(process.execPath, ['--input-type=module', '-e', `await import(${entry})`], repo, { PATH: process.env['PATH'], ...env }).then(() => '', (error: unknown) => String(error));
}

const invocations = (server: Running): number => server.output().split('invocation over').length - 1;

const search = ({ url }: Running): Promise<Answer> => send(Number(url.port), call('modern', 'search_notes', { query: 'milk' }, { headers: { host: url.host } }));
