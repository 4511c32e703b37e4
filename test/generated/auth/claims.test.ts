import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { legacy, modern } from '../wire/message.ts';
import { expectChallenge, now, RESOURCE, startWorld } from './bench.ts';
import type { World } from './bench.ts';

let world: World;
let services: World;
let listed: World;
beforeAll(async () => {
  [world, services, listed] = await Promise.all([startWorld(), startWorld({ ALLOW_SERVICE_TOKENS: 'true' }), startWorld({ OAUTH_ALLOWED_CLIENT_IDS: 'client-1,agent-1' })]);
});
afterAll(() => Promise.all([world, services, listed].map((each) => each.close())));

type Row = readonly [string, () => Record<string, unknown>, number];
const rows: readonly Row[] = [
  ['C1 S036 another issuer', () => ({ iss: 'https://evil.example.com' }), 401],
  ['C1 S036 an issuer that looks like ours', () => ({ iss: world.issuer.url.replace('localhost', 'localhost.evil.example') }), 401],
  ['C2 S036 the issuer and a slash', () => ({ iss: `${world.issuer.url}/` }), 401],
  ['C3 the issuer as a list', () => ({ iss: [world.issuer.url] }), 401],
  ['C3 no issuer', () => ({ iss: undefined }), 401],
  ['C4 S035 another audience', () => ({ aud: 'https://other.example.com/mcp' }), 401],
  ['C5 S035 an audience that starts like ours', () => ({ aud: `${RESOURCE}.evil.example` }), 401],
  ['C5 S035 another path', () => ({ aud: 'https://mcp.example.com/other' }), 401],
  ['C6 S035 R094 a list with ours', () => ({ aud: ['https://other.example.com', RESOURCE] }), 200],
  ['C7 no audience', () => ({ aud: undefined }), 401],
  ['C8 S035 our audience and a slash', () => ({ aud: `${RESOURCE}/` }), 401],
  ['C9 S035 the client id as audience', () => ({ aud: 'client-1' }), 401],
  ['C9 S035 only the origin', () => ({ aud: 'https://mcp.example.com' }), 401],
  ['C9 an object as audience', () => ({ aud: { 0: RESOURCE } }), 401],
  ['C10 S037 expired a minute ago', () => ({ iat: now() - 360, exp: now() - 60 }), 401],
  ['C10b S107 expired three seconds ago, within the skew', () => ({ iat: now() - 300, exp: now() - 3 }), 200],
  ['C10b S037 S107 expired seven seconds ago, beyond it', () => ({ iat: now() - 300, exp: now() - 7 }), 401],
  ['C11 R081 no exp', () => ({ exp: undefined }), 401],
  ['C12 S037 exp as text', () => ({ exp: String(now() + 300) }), 401],
  ['C13 exp in the year 9999', () => ({ exp: 253_402_300_799 }), 401],
  ['C14 S037 nbf in the future', () => ({ nbf: now() + 60 }), 401],
  ['C15 S037 iat an hour ahead', () => ({ iat: now() + 3_600, exp: now() + 3_900 }), 401],
  ['C16 R095 a life of ten days', () => ({ exp: now() + 864_000 }), 401],
  ['C16 no iat', () => ({ iat: undefined }), 401],
  ['C17 R081 no sub', () => ({ sub: undefined }), 401],
  ['C18 an object as sub', () => ({ sub: { id: 'user-1' } }), 401],
  ['C18 an empty sub', () => ({ sub: '' }), 401],
  ['C19 R081 no scope', () => ({ scope: undefined }), 403],
  ['C20 S039 scope as a list', () => ({ scope: ['notes:read', 'notes:write'] }), 403],
  ['C21 S039 scopes that look alike', () => ({ scope: 'notes:readonly notes:rea NOTES:READ xnotes:read' }), 403],
  ['C21 R084 a wildcard', () => ({ scope: '*' }), 403],
  ['C21 S039 a scope with a comma', () => ({ scope: 'notes:read,notes:write' }), 403],
  ['C22 bound by DPoP', () => ({ cnf: { jkt: 'abc' } }), 401],
  ['C23 bound by a certificate', () => ({ cnf: { 'x5t#S256': 'abc' } }), 401],
  ['C24 no client', () => ({ client_id: undefined }), 401],
  ['C24 an object as client', () => ({ client_id: { id: 'client-1' } }), 401],
  ['C24 an endless client', () => ({ client_id: 'x'.repeat(513) }), 401],
  ['C24 azp instead', () => ({ client_id: undefined, azp: 'client-1' }), 200],
  ['C26 __proto__', () => ({ ['__proto__']: { scope: 'admin' }, constructor: 'x' }), 200],
  ['C30 an act chain of four', () => ({ act: { sub: 'a', act: { sub: 'b', act: { sub: 'c', act: { sub: 'd' } } } } }), 200],
  ['C30 an act chain of five', () => ({ act: { sub: 'a', act: { sub: 'b', act: { sub: 'c', act: { sub: 'd', act: { sub: 'e' } } } } } }), 403],
  ['C30 an act that is no object', () => ({ act: 'agent' }), 403],
  ['a tenant that is no text', () => ({ org_id: { id: 'acme' } }), 401],
  ['R096 a service, where none is allowed', () => ({ sub: 'client-1' }), 403],
];

describe.each([['2026', modern], ['2025', legacy]] as const)('claims, %s era', (_, era) => {
  test.each(rows)('%s', async (_title, changes, status) => {
    const answer = await world.ask(`Bearer ${world.token(changes())}`, era('tools/list'));
    expect(answer.status).toBe(status);
    if (status !== 200) expectChallenge(answer, status);
  });
});

describe('who may call', () => {
  test('R096 a service, where it is allowed', async () => {
    expect((await services.ask(`Bearer ${services.token({ sub: 'client-1' })}`)).status).toBe(200);
  });
  test.each<[string, Record<string, unknown>, number]>([
    ['C29 a client on the list', { client_id: 'client-1' }, 200],
    ['C29 a client not on the list', { client_id: 'client-2' }, 403],
    ['C29 a client whose id starts like one on the list', { client_id: 'client-12' }, 403],
    ['C30 an actor on the list', { act: { sub: 'agent-1' } }, 200],
    ['C30 an actor not on the list', { act: { sub: 'agent-2' } }, 403],
    ['C30 only an inner actor on the list', { act: { sub: 'agent-2', act: { sub: 'agent-1' } } }, 403],
  ])('%s', async (_, changes, status) => {
    expect((await listed.ask(`Bearer ${listed.token(changes)}`)).status).toBe(status);
  });
});
