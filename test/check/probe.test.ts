import { afterEach, describe, expect, test } from 'vitest';
import type { Row } from '../../src/check/check.ts';
import { probe, probeRows } from '../../src/check/probe/probe.ts';
import { politeness } from '../../src/check/probe/wire.ts';
import { mayAsk } from '../../src/check/provider/metadata.ts';
import { documentOf, invoke, scratch } from '../cli/invoke.ts';
import { run } from '../cli/spawn.ts';
import { startImperfect, tokenFor } from './imperfect-server.ts';
import type { Fault } from './imperfect-server.ts';

const { signal } = new AbortController();
const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

async function start(options: Parameters<typeof startImperfect>[0]) {
  const server = await startImperfect(options);
  running.push(server.stop);
  return server;
}

const withVerdict = (rows: readonly Row[], ...verdicts: readonly string[]) => rows.filter(({ verdict }) => verdicts.includes(verdict)).map(({ id }) => id).toSorted();

/** Fails and warnings of a server with these faults. */
async function faultsFound(faults: readonly Fault[], sessions = true): Promise<string[]> {
  const { url } = await start({ faults, sessions });
  return withVerdict((await probe(url, undefined, signal)).rows, 'fail', 'warn');
}

describe('a server that is right', () => {
  test.each([true, false])('is told nothing but good, with sessions %s', async (sessions) => {
    expect(await faultsFound([], sessions)).toEqual([]);
  });

  test('is asked politely: few requests, one at a time, no tool that may change something', async () => {
    const { url, asked } = await start({});
    const { requests } = await probe(url, undefined, signal);
    expect(requests).toBeLessThanOrEqual(politeness.requests);
    expect(asked.length).toBeLessThanOrEqual(requests);
  });
});

describe('three servers that are wrong are told exactly what is', () => {
  test('the open house: whoever comes is let in, and shown around', async () => {
    expect(await faultsFound(['any host', 'any origin', 'any method', 'old transport', 'traces', 'named software'])).toEqual(['host', 'leaks', 'methods', 'old-transport', 'origin']);
  });

  test('the homemade protocol: JSON in, JSON out, and nothing compared', async () => {
    expect(await faultsFound(['no header rules', 'any version', 'batches', 'no discover', 'unknown method answered', 'any argument', 'no cap', 'no depth', 'any 2025 version', 'counted sessions'])).toEqual(
      ['arguments', 'body-cap', 'discover', 'header-rules', 'initialize', 'modern-client', 'nesting', 'sessions', 'single-message', 'unknown-tool', 'versions'],
    );
  });

  test('the careless gate: looks at the shape of a token', async () => {
    const token = tokenFor('https://third.example/mcp');
    const { url } = await start({ faults: ['no metadata in challenge', 'wrong resource', 'no pkce', 'unsigned tokens', 'token in query', 'any audience'], tokens: [token] });
    const { rows } = await probe(url, token, signal);
    expect(withVerdict(rows, 'fail', 'warn')).toEqual(['audience', 'authorization-server', 'bad-tokens', 'challenge', 'metadata']);
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});

/** Each fault alone is found by one row alone. */
const single: Readonly<Partial<Record<Fault, string>>> = {
  'any host': 'host',
  'any origin': 'origin',
  'any method': 'methods',
  'old transport': 'old-transport',
  'no cap': 'body-cap',
  'no depth': 'nesting',
  traces: 'leaks',
  'html errors': 'error-shape',
  'named software': 'leaks',
  'no header rules': 'header-rules',
  'any version': 'versions',
  batches: 'single-message',
  'no discover': 'discover',
  'restless list': 'discover',
  'unknown method answered': 'unknown-tool',
  'any argument': 'arguments',
  'any 2025 version': 'initialize',
  'counted sessions': 'sessions',
  'chosen sessions': 'sessions',
};

/** What cannot be right any more either: errors that are no JSON have no code, and the client of 2026 starts with discover. */
const followed: Readonly<Record<string, readonly string[]>> = {
  'html errors': ['parse-error', 'unknown-tool', 'header-rules', 'versions', 'single-message', 'sessions', 'initialize', 'arguments'],
  'no discover': ['modern-client'],
};

test.each(Object.entries(single))('the fault "%s" is found by the row %s', async (fault, row) => {
  const found = await faultsFound([fault as Fault]);
  expect(found).toContain(row);
  expect(found.filter((id) => id !== row && !(followed[fault] ?? []).includes(id))).toEqual([]);
});

describe('a server that wants a token', () => {
  test('is asked what can be asked without one, and the rest is said to be unknown', async () => {
    const { url } = await start({ tokens: [] });
    const { rows } = await probe(url, undefined, signal);
    expect(withVerdict(rows, 'fail', 'warn')).toEqual([]);
    expect(withVerdict(rows, 'unknown')).toEqual(expect.arrayContaining(['modern-client', 'header-rules', 'audience']));
    expect(withVerdict(rows, 'pass')).toEqual(expect.arrayContaining(['authorization-server', 'bad-tokens', 'challenge', 'metadata']));
  });

  test('is asked everything with one, which turns up nowhere', async () => {
    const tokens: string[] = [];
    const { url } = await start({ tokens });
    const token = tokenFor(url.href);
    tokens.push(token);
    const { rows } = await probe(url, token, signal);
    expect(withVerdict(rows, 'fail', 'warn')).toEqual([]);
    expect(withVerdict(rows, 'pass')).toEqual(expect.arrayContaining(['modern-client', 'legacy-client', 'audience', 'header-rules']));
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test.each<[Fault, string]>([
    ['no metadata in challenge', 'challenge'],
    ['wrong resource', 'metadata'],
    ['no pkce', 'authorization-server'],
    ['unsigned tokens', 'bad-tokens'],
    ['token in query', 'bad-tokens'],
  ])('the fault "%s" is found by the row %s', async (fault, row) => {
    const tokens: string[] = [];
    const { url } = await start({ faults: [fault], tokens });
    tokens.push(tokenFor(url.href));
    expect(withVerdict((await probe(url, tokens[0], signal)).rows, 'fail', 'warn')).toEqual([row]);
  });

  test('may not send the one who asks to an address inside a network', async () => {
    for (const url of ['http://169.254.169.254/latest', 'https://10.0.0.1/x', 'https://metadata.google.internal', 'http://issuer.example', 'file:///etc/passwd', 'https://[fd00::1]/x']) expect([url, mayAsk(url, true)]).toEqual([url, false]);
    expect([mayAsk('http://localhost:3001', true), mayAsk('http://localhost:3001', false), mayAsk('https://issuer.example', false)]).toEqual([true, false, true]);
  });
});

describe('mcp-gen check --url', () => {
  test('works on any server, outside of any repository: exit code 0, 3 and 1', async () => {
    const right = await start({});
    const wrong = await start({ faults: ['any origin'] });
    const cwd = scratch();
    const ended = await invoke('mcp-gen', ['check', '--url', right.url.href, '--json'], { cwd });
    expect(ended.code).toBe(0);
    expect(documentOf<{ rows: Row[]; requests: number }>(ended)).toMatchObject({ ok: true, directory: null, url: right.url.href });
    const shown = await invoke('mcp-gen', ['check', '--url', wrong.url.href], { cwd });
    expect(shown.code).toBe(3);
    expect(shown.stdout).toMatch(/FAIL {2}Foreign Origin refused +a web page of a stranger may call/);
    expect(shown.stdout).toMatch(/\d+ requests were sent to http:\/\/localhost:\d+\/mcp, one at a time\./);
    await right.stop();
    running.shift();
    expect(await invoke('mcp-gen', ['check', '--url', right.url.href], { cwd })).toMatchObject({ code: 1, stdout: expect.stringContaining('nothing answers') });
  });

  test('what is published connects with both official clients', async () => {
    const { url } = await start({});
    const ended = await run('gen', ['check', '--url', url.href, '--json'], { cwd: scratch() });
    const { rows } = JSON.parse(ended.stdout) as { rows: Row[] };
    expect(withVerdict(rows, 'pass')).toEqual(expect.arrayContaining(['modern-client', 'legacy-client']));
  });

  test.each(['ftp://example.com/mcp', 'example.com', 'http://user:password@example.com/mcp', 'javascript:alert(1)'])('%s is no endpoint', async (url) => {
    expect(await invoke('mcp-gen', ['check', '--url', url], { cwd: scratch() })).toMatchObject({ code: 2 });
  });

  test('every row has an id, a title and a reason of its own', () => {
    expect(new Set(probeRows.map(({ id }) => id)).size).toBe(probeRows.length);
    for (const { why } of probeRows) expect(why).toMatch(/^[A-Z].{20,}\.$/);
  });
});
