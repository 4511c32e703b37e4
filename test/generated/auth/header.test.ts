import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modern } from '../wire/message.ts';
import { expectChallenge, startWorld } from './bench.ts';
import type { World } from './bench.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const list = modern('tools/list');
const padTo = (length: number, token: string) => token + 'x'.repeat(length - token.length);

describe('the Authorization header', () => {
  test.each<[string, (token: string) => string | string[] | undefined, number]>([
    ['H1 no credentials', () => undefined, 401],
    ['H2 Bearer with an empty token', () => 'Bearer ', 401],
    ['H2 Bearer without a token', () => 'Bearer', 401],
    ['H3 Basic scheme', (token) => `Basic ${Buffer.from(`a:${token}`).toString('base64')}`, 401],
    ['H4 the scheme in lower case', (token) => `bearer ${token}`, 200],
    ['H4 the scheme in upper case', (token) => `BEARER ${token}`, 200],
    ['H5 S050 a word after the token', (token) => `Bearer ${token} extra`, 400],
    ['H6 S050 two headers, good then good', (token) => [`Bearer ${token}`, `Bearer ${token}`], 400],
    ['H6b two headers, bad then good', (token) => ['Bearer bad', `Bearer ${token}`], 400],
    ['H7 credentials joined by a comma', (token) => `Bearer ${token},Bearer ${token}`, 400],
    ['H11 a token of 12 kB', (token) => `Bearer ${padTo(12_000, token)}`, 401],
    ['H12 a header of 20 kB', (token) => `Bearer ${padTo(20_000, token)}`, 431],
    ['H13 DPoP scheme', (token) => `DPoP ${token}`, 401],
    ['H15 two spaces after the scheme', (token) => `Bearer  ${token}`, 400],
    ['H16 a tab after the scheme', (token) => `Bearer\t${token}`, 401],
    ['S050 a quoted token', (token) => `Bearer "${token}"`, 400],
    ['J28 padding after the token', (token) => `Bearer ${token}==`, 401],
  ])('%s', async (_, authorization, status) => {
    const answer = await world.ask(authorization(world.token()));
    expect(answer.status).toBe(status);
    if (status === 401 || status === 400) expectChallenge(answer, status);
  });

  test('H11 a long token is refused before any cryptography', async () => {
    const log = await world.server.logUntil((lines) => lines.some(({ decision_reason }) => decision_reason === 'token_too_long'));
    expect(log.filter(({ event, reason }) => event === 'auth.denied' && reason === 'token_too_long').length).toBeGreaterThan(0);
  });

  test('H1 no error code when there were no credentials (RFC 6750, 3.1)', async () => {
    expect((await world.ask(undefined)).headers['www-authenticate']).not.toContain('error=');
    expect((await world.ask('Bearer a.b.c')).headers['www-authenticate']).toContain('error="invalid_token"');
  });
});

describe('S031 a token anywhere else', () => {
  test('H8 in the query only', async () => {
    expectChallenge(await world.ask(undefined, { ...list, path: `/mcp?access_token=${world.token()}` }), 400);
  });
  test('H9 in the query beside a good header', async () => {
    for (const path of ['/mcp?access_token=x', '/mcp?a=1&access_token=', '/mcp?%61ccess_token=x']) {
      expectChallenge(await world.ask(`Bearer ${world.token()}`, { ...list, path }), 400);
    }
  });
  test('H10 in a form body', async () => {
    expectChallenge(await world.ask(undefined, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `access_token=${world.token()}` }), 401);
  });
  test('H14 in a cookie', async () => {
    expectChallenge(await world.ask(undefined, { ...list, headers: { ...list.headers, cookie: `access_token=${world.token()}` } }), 401);
  });
  test('H17 a user named by a proxy header', async () => {
    const headers = { ...list.headers, 'x-forwarded-user': 'admin', 'x-user': 'admin', 'x-ms-client-principal': 'YQ==' };
    expectChallenge(await world.ask(undefined, { ...list, headers }), 401);
  });
});

describe('the gate comes before the body', () => {
  test('no token and broken JSON is 401', async () => {
    expectChallenge(await world.ask(undefined, { ...list, body: '{broken' }), 401);
  });
  test('no token and 6 MB is 401, before they are sent', async () => {
    expectChallenge(await world.ask(undefined, { ...list, headers: { ...list.headers, 'content-length': '6000000' }, body: '{' }), 401);
  });
  test('a token and 6 MB is 413', async () => {
    expect((await world.ask(`Bearer ${world.token()}`, { ...list, headers: { ...list.headers, 'content-length': '6000000' }, body: '{' })).status).toBe(413);
  });
});
