import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { now, startWorld } from '../auth/bench.ts';
import type { World } from '../auth/bench.ts';
import { call } from '../wire/message.ts';
import { build, copyRepo, once, writeIndexes } from '../wire/probe.ts';
import { startApi } from './api.ts';
import type { Api } from './api.ts';
import { steps } from './repo.ts';

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let api: Api;
let world: World;
beforeAll(async () => {
  const repo = await once('upstream-exchange', async (at) => {
    copyRepo('auth-oidc', at);
    cpSync(folder('./probe/src/tools'), path.join(at, 'src/tools'), { recursive: true });
    cpSync(steps, path.join(at, 'src/steps.ts'));
    cpSync(folder('./exchange/src'), path.join(at, 'src'), { recursive: true });
    writeIndexes(at);
    await build(at);
  });
  api = await startApi();
  world = await startWorld({ API_URL: api.url, TOKEN_URL: `${api.url}/token`, LOGIN_ID: 'id', LOGIN_SECRET: 's3cret', ALLOW_SERVICE_TOKENS: 'true' }, repo);
});
beforeEach(() => void api.asked.splice(0));
afterAll(async () => {
  await world.close();
  await api.close();
});

const ask = async (name: string, token: string) =>
  (await world.ask(`Bearer ${token}`, call('modern', 'ask_upstream', { name, path: '/x' }))).json().result ?? {};
const formOf = (text = '') => Object.fromEntries(new URLSearchParams(text));
const [exchanges, uses] = ['/token', '/x'].map((where) => () => api.asked.filter((one) => one.path === where)) as [() => Api['asked'], () => Api['asked']];

describe('an API in the name of the user', () => {
  test('R098 S042 gets a token that was given out for it, in exchange for the one of the call (RFC 8693)', async () => {
    const token = world.token({ sub: 'alice' });
    expect((await ask('ledger', token)).structuredContent).toMatchObject({ status: 200 });
    expect(formOf(exchanges()[0]?.body)).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'ledger',
      scope: 'read',
      client_id: 'id',
      client_secret: 's3cret',
    });
    expect(uses().map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1']);
    const log = await world.server.logUntil((lines) => lines.some((line) => line['downstream_token'] === 'token_exchange'));
    expect(JSON.stringify(log)).not.toMatch(new RegExp(`${token}|token-1|s3cret`));
  });

  test('the way of Entra', async () => {
    const token = world.token({ sub: 'bob' });
    await ask('graph', token);
    expect(formOf(exchanges()[0]?.body)).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      requested_token_use: 'on_behalf_of',
      assertion: token,
      scope: 'api://graph/.default',
    });
  });

  test('one per user, client and tenant, and per API: kept for later calls, never used for another', async () => {
    const people = [{ sub: 'carol' }, { sub: 'dave' }, { sub: 'carol', org_id: 'globex' }, { sub: 'carol', client_id: 'other' }];
    for (const person of [...people, ...people]) await ask('ledger', world.token(person));
    await ask('graph', world.token(people[0]));
    expect(exchanges()).toHaveLength(5);
    const used = uses().map(({ headers }) => headers.authorization);
    expect(used.slice(0, 4)).toEqual(used.slice(4, 8));
    expect(new Set(used).size).toBe(5);
  });

  test('without a user there is none', async () => {
    const service = world.token({ sub: 'client-1', client_id: 'client-1', gty: 'client-credentials' });
    expect((await ask('ledger', service)).structuredContent?.['error']).toMatchObject({ error_class: 'authorization' });
    expect(api.asked).toEqual([]);
  });

  test('S042 a token that has expired while its call ran is exchanged for nothing', async () => {
    // The gate allows clocks to be five seconds apart, and so does the call.
    const token = world.token({ sub: 'frank', exp: now() + 2 });
    const later = async (ms: number) => (await world.ask(`Bearer ${token}`, call('modern', 'ask_later', { name: 'ledger', ms }))).json().result ?? {};
    expect((await later(9_000)).structuredContent?.['error']).toMatchObject({ error_class: 'authorization', message: 'The access token of this call has expired meanwhile.' });
    expect(api.asked).toEqual([]);
  });

  test('a token that the authorization server does not give is a permanent failure, without its words', async () => {
    api.tokenLife = undefined;
    const result = await ask('ledger', world.token({ sub: 'erin', exp: now() + 100 }));
    expect(result.structuredContent?.['error']).toMatchObject({ error_class: 'permanent', message: 'This server gets no token for ledger.' });
    expect(JSON.stringify(result)).not.toContain('c4nary');
    expect(uses()).toEqual([]);
    api.tokenLife = 3_600;
  });
});
