import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { send } from '../wire/http.ts';
import { modern } from '../wire/message.ts';
import { sleep, startRefused, startServer, until } from '../wire/server.ts';
import { now, RESOURCE, startWorld } from './bench.ts';
import type { World } from './bench.ts';
import { jws, pair, startIssuer } from './issuer.ts';
import type { Behaviour } from './issuer.ts';
import { authRepo } from './repo.ts';

const MINUTE = 60_000;
const worlds: World[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((each) => each.close()));
});

/** A server whose clock can be moved ahead by steps of `jumpMs`. */
async function world(jumpMs = 31_000, env: Record<string, string> = {}) {
  const made = await startWorld({ NODE_OPTIONS: `--import=${fileURLToPath(new URL('../clock.mjs', import.meta.url))}`, CLOCK_JUMP_MS: String(jumpMs), ...env });
  worlds.push(made);
  let ahead = 0;
  return {
    ...made,
    async jump() {
      ahead += jumpMs / 1_000;
      made.server.signal('SIGUSR2');
      await sleep(50);
    },
    /** A token that is fresh by the server's clock. */
    fresh: (header: Record<string, unknown> = {}, by = made.ec) => made.token({ iat: now() + ahead, exp: now() + ahead + 300 }, header, by),
    status: async (token: string) => (await made.ask(`Bearer ${token}`)).status,
  };
}

const plain = (status: number, type: string, body: string): Behaviour => (_, response) => void response.writeHead(status, { 'content-type': type }).end(body);

describe('the key set', () => {
  test('K1 R089 S034 is fetched once for a thousand calls and fifty unknown keys', async () => {
    const { issuer, status, fresh } = await world();
    for (let at = 0; at < 50; at++) expect(await status(fresh({ kid: `nobody-${at}` }))).toBe(401);
    for (let round = 0; round < 20; round++) await Promise.all([...Array(50).keys()].map(async () => expect(await status(fresh())).toBe(200)));
    expect(issuer.hits.length).toBe(1);
  });

  test('S034 one unknown key after the cooldown costs one fetch, the next none', async () => {
    const { issuer, status, fresh, jump } = await world();
    await status(fresh());
    await jump();
    await Promise.all([...Array(20).keys()].map((at) => status(fresh({ kid: `nobody-${at}` }))));
    for (let at = 0; at < 20; at++) await status(fresh({ kid: `nobody-${at}` }));
    expect(issuer.hits.length).toBe(2);
  });

  test('K2 K3 S046 a rotated key is accepted after the cooldown, and the old one no longer', async () => {
    const { issuer, status, fresh, jump, ec } = await world();
    const next = pair('ES256', 'ec-2');
    expect(await status(fresh())).toBe(200);
    issuer.keys = [next.jwk];
    expect(await status(fresh({}, next))).toBe(401);
    await jump();
    expect(await status(fresh({}, next))).toBe(200);
    expect(await status(fresh({}, ec))).toBe(401);
  });

  test('K3 a removed key is noticed without an unknown one, in the background', async () => {
    const { issuer, status, fresh, jump } = await world(6 * MINUTE);
    expect(await status(fresh())).toBe(200);
    issuer.keys = [pair('ES256', 'ec-2').jwk];
    await jump();
    expect(await status(fresh())).toBe(200);
    await until(() => issuer.hits.length === 2);
    await sleep(100);
    expect(await status(fresh())).toBe(401);
  });
});

describe('an outage of the key server', () => {
  const outages: [string, Behaviour][] = [
    ['K4 S043 status 500', plain(500, 'text/plain', 'no')],
    ['K4 HTML', plain(200, 'text/html', '<html>')],
    ['K4 no key set', plain(200, 'application/json', '{"hello":1}')],
    ['K4 S047 a redirect', (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end()],
    ['S047 50 MB', (_, response) => void response.writeHead(200).end(Buffer.alloc(50 * 1_024 * 1_024, 'x'))],
    ['K6 a closed connection', (request) => void request.socket.destroy()],
  ];
  test.each(outages)('%s at cold start is 503 with Retry-After, never 401, never 200', async (_, behaviour) => {
    const { issuer, ask, token, server } = await world();
    issuer.behave = behaviour;
    for (let at = 0; at < 3; at++) {
      const answer = await ask(`Bearer ${token()}`);
      expect(answer.status).toBe(503);
      expect(answer.headers).toMatchObject({ 'retry-after': '5' });
      expect(answer.headers['www-authenticate']).toBeUndefined();
      expect(answer.json().error).toMatchObject({ code: -32_603, data: { error_class: 'transient' } });
      expect(answer.raw).not.toContain(issuer.url);
    }
    expect(issuer.hits.length).toBeLessThanOrEqual(2);
    expect(server.log().some(({ event }) => event === 'auth.keys_unavailable')).toBe(true);
    issuer.behave = undefined;
    await until(async () => (await ask(`Bearer ${token()}`)).status === 200);
  });

  test('S107 lasts no longer because somebody sets the clock back', async () => {
    const { issuer, status, fresh, jump } = await world(-60 * MINUTE, { CLOCK_IS_SET: 'yes' });
    issuer.behave = plain(500, 'text/plain', 'no');
    expect(await status(fresh())).toBe(503);
    await jump();
    issuer.behave = undefined;
    await until(async () => (await status(fresh())) === 200);
  });

  test('S047 the right keys are refused behind a redirect, and at the end of 300 kB', async () => {
    const { issuer, ask, token } = await world();
    const elsewhere = await startIssuer(issuer.keys);
    issuer.behave = (_, response) => void response.writeHead(302, { location: elsewhere.jwksUri }).end();
    expect((await ask(`Bearer ${token()}`)).status).toBe(503);
    expect(elsewhere.hits).toEqual([]);
    await elsewhere.close();
    issuer.behave = plain(200, 'application/json', JSON.stringify({ pad: 'x'.repeat(300_000), keys: issuer.keys }));
    await until(async () => {
      expect((await ask(`Bearer ${token()}`)).status).toBe(503);
      return issuer.hits.length > 2;
    });
  });

  test('K5 S045 a key server that hangs costs a few seconds, and others are served meanwhile', async () => {
    const { issuer, status, fresh, server, jump } = await world(6 * MINUTE);
    expect(await status(fresh())).toBe(200);
    issuer.behave = () => undefined;
    await jump();
    const started = performance.now();
    expect(await status(fresh())).toBe(200);
    const slow = status(fresh({ kid: 'nobody' }));
    expect(await status(fresh())).toBe(200);
    expect((await fetch(`http://localhost:${server.port}/healthz`)).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await slow).toBe(503);
    expect(performance.now() - started).toBeLessThan(7_000);
  });

  test('S043 an outage ends a flood of requests in one fetch per pause', async () => {
    const { issuer, status, fresh } = await world();
    issuer.behave = plain(500, 'text/plain', 'no');
    await Promise.all([...Array(100).keys()].map(() => status(fresh())));
    expect(issuer.hits.length).toBeLessThanOrEqual(2);
  });

  test('K7 S044 known keys are used on for an hour, with an alarm, and no longer', async () => {
    const { issuer, status, fresh, jump, server } = await world(20 * MINUTE);
    expect(await status(fresh())).toBe(200);
    issuer.behave = plain(500, 'text/plain', 'no');
    await jump();
    expect(await status(fresh())).toBe(200);
    await until(() => server.log().some(({ event }) => event === 'auth.keys_unavailable'));
    await jump();
    expect(await status(fresh())).toBe(200);
    await jump();
    expect(await status(fresh())).toBe(503);
    issuer.behave = undefined;
    await jump();
    expect(await status(fresh())).toBe(200);
  });
});

describe('the cache of verified tokens', () => {
  test('R089 a bad token never gets in, and an expired one gets out', async () => {
    const { status, token, fresh, jump } = await world(31_000, { TOKEN_CACHE: 'true' });
    const good = token({ iat: now(), exp: now() + 20 });
    expect([await status(good), await status(good)]).toEqual([200, 200]);
    const [head, , signature] = good.split('.') as [string, string, string];
    const forged = `${head}.${Buffer.from(JSON.stringify({ sub: 'admin' })).toString('base64url')}.${signature}`;
    expect([await status(forged), await status(forged)]).toEqual([401, 401]);
    await jump();
    expect(await status(good)).toBe(401);
    expect(await status(fresh())).toBe(200);
  });

  test('K3 a fetch of the keys empties it', async () => {
    const { issuer, status, token, jump } = await world(29_000, { TOKEN_CACHE: 'true' });
    const kept = token({ exp: now() + 600 });
    expect(await status(kept)).toBe(200);
    await jump();
    const renewed = token({ exp: now() + 601 });
    expect(await status(renewed)).toBe(200);
    issuer.keys = [pair('ES256', 'ec-2').jwk];
    await jump();
    await status(token({}, { kid: 'nobody' }));
    expect(await status(renewed)).toBe(401);
  });
});

/** Lets a server find the keys of an issuer through this metadata. */
async function discoverThrough(metadata: (url: string) => object): Promise<{ status: number; hits: string[] }> {
  const key = pair('ES256', 'k');
  const issuer = await startIssuer([key.jwk], metadata);
  const server = await startServer(await authRepo(), { MCP_PUBLIC_URL: RESOURCE, OAUTH_ISSUER: issuer.url });
  const claims = { iss: issuer.url, sub: 'u', aud: RESOURCE, client_id: 'c', scope: 'notes:read', iat: now(), exp: now() + 300 };
  const authorization = `Bearer ${jws({ alg: 'ES256', kid: 'k', typ: 'at+jwt' }, claims, key)}`;
  const list = modern('tools/list');
  const { status } = await send(server.port, { ...list, headers: { ...list.headers, authorization } });
  await server.kill();
  await issuer.close();
  return { status, hits: issuer.hits };
}

describe('discovery', () => {
  test('R088 keys are found through the metadata, where clients look for it, in their order', async () => {
    const { status, hits } = await discoverThrough((url) => ({ issuer: url, jwks_uri: `${url}/jwks` }));
    expect(status).toBe(200);
    expect(hits).toEqual(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/jwks']);
  });
  test.each<[string, (url: string) => object]>([
    ['S036 of another issuer', (url) => ({ issuer: `${url}/`, jwks_uri: `${url}/jwks` })],
    ['S047 with keys on another host over http', (url) => ({ issuer: url, jwks_uri: url.replace('localhost', '127.0.0.1') })],
    ['without keys', (url) => ({ issuer: url })],
  ])('metadata %s is not used', async (_, metadata) => {
    expect((await discoverThrough(metadata)).status).toBe(503);
  });
});

describe('K8 R086 what refuses the start', () => {
  test.each<[Record<string, string>, string]>([
    [{ OAUTH_ISSUER: 'http://auth.example.com' }, 'OAUTH_ISSUER='],
    [{ OAUTH_ISSUER: 'https://auth.example.com/?tenant=1' }, 'OAUTH_ISSUER='],
    [{ OAUTH_ISSUER: 'https://auth.example.com', OAUTH_JWKS_URI: 'http://auth.example.com/jwks' }, 'OAUTH_JWKS_URI='],
    [{ OAUTH_ISSUER: 'https://auth.example.com', OAUTH_AUDIENCE_MODE: 'client-allow-list' }, 'OAUTH_ALLOWED_CLIENT_IDS='],
    [{ OAUTH_ISSUER: 'https://auth.example.com', OAUTH_AUDIENCE_MODE: 'none' }, 'OAUTH_AUDIENCE_MODE='],
    [{ OAUTH_ISSUER: 'https://auth.example.com', MCP_PUBLIC_URL: 'https://mcp.example.com' }, 'MCP_PUBLIC_URL='],
    [{ OAUTH_ISSUER: 'https://auth.example.com', MCP_PUBLIC_URL: 'https://mcp.example.com/mcp/' }, 'MCP_PUBLIC_URL='],
    [{ OAUTH_ISSUER: 'https://auth.example.com', MCP_PUBLIC_URL: 'https://mcp.example.com/mcp#x' }, 'MCP_PUBLIC_URL='],
    [{ OAUTH_ISSUER: 'https://auth.example.com', OAUTH_SCOPE_PREFIX: 'a b' }, 'OAUTH_SCOPE_PREFIX='],
    [{}, 'OAUTH_ISSUER='],
  ])('%o', async (env, line) => {
    const ended = await startRefused(await authRepo(), env);
    expect(ended).toMatchObject({ code: 1, listened: false });
    expect(ended.stdout + ended.stderr).toContain(line);
  });
});
