import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectChallenge, startWorld } from './bench.ts';
import type { World } from './bench.ts';
import { jws, pair, publicPem } from './issuer.ts';
import type { Pair } from './issuer.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  world.issuer.keys.push(weak.jwk, { ...open.jwk, alg: undefined } as unknown as Pair['jwk']);
});
afterAll(() => world.close());

const weak = pair('RS256', 'weak', 1_024);
/** Published without `alg`, as many servers do: only the verifier's own list keeps other algorithms out. */
const open = pair('RS256', 'open');
const attacker = pair('ES256', 'ec-1');
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hmac = (secret: string, header: object) => {
  const input = `${encode(header)}.${encode(world.claims())}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};
const parts = (token = world.token()) => token.split('.') as [string, string, string];

/** A token, and the answer it has to get. */
const table: readonly [string, () => string, number][] = [
  ['J1 S032 alg none', () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(world.claims())}.`, 401],
  ['J1 alg none with a signature', () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(world.claims())}.${parts()[2]}`, 401],
  ['J2 alg NoNe', () => `${encode({ alg: 'NoNe', typ: 'at+jwt' })}.${encode(world.claims())}.${parts()[2]}`, 401],
  ['J3 R080 S032 HS256 keyed with the public PEM', () => hmac(publicPem(world.rsa), { alg: 'HS256', kid: 'rsa-1', typ: 'at+jwt' }), 401],
  ['J3b HS256 keyed with the JWK', () => hmac(JSON.stringify(world.rsa.jwk), { alg: 'HS256', kid: 'rsa-1', typ: 'at+jwt' }), 401],
  ['J4 an ES256 signature that names an RSA key', () => world.token({}, { kid: 'rsa-1' }), 401],
  ['J5 S032 RS384, which is not allowed', () => jws({ alg: 'RS384', kid: 'rsa-1', typ: 'at+jwt' }, world.claims(), { ...world.rsa, alg: 'RS384' }), 401],
  ['J5 RS384 with a key that allows it', () => jws({ alg: 'RS384', kid: 'open', typ: 'at+jwt' }, world.claims(), { ...open, alg: 'RS384' }), 401],
  ['J5 RS256 with the same key', () => world.token({}, {}, open), 200],
  ['J6 an unknown kid', () => world.token({}, { kid: 'nobody' }), 401],
  ['J7 no kid, one key that fits', () => world.token({}, { kid: undefined }), 200],
  ['J7b no kid, two keys that fit', () => world.token({}, { kid: undefined }, world.rsa), 401],
  ['J8 S033 a path as kid', () => world.token({}, { kid: '../../../../dev/null' }), 401],
  ['J8b S033 an object as kid', () => world.token({}, { kid: { $ne: null } }), 401],
  ['J11 S033 an embedded jwk', () => world.token({}, { kid: 'mine', jwk: attacker.jwk }, attacker), 401],
  ['J12 a stranger\'s key under a real kid', () => world.token({}, {}, attacker), 401],
  ['J12b an embedded x5c', () => world.token({}, { x5c: ['MIIB'] }, attacker), 401],
  ['J13 an unknown crit', () => world.token({}, { crit: ['exp2'], exp2: 1 }), 401],
  ['J14 crit b64', () => world.token({}, { crit: ['b64'], b64: false }), 401],
  ['J15 S038 an ID token', () => world.token({ aud: 'client-1', nonce: 'n' }, { typ: 'JWT' }), 401],
  ['J15 S038 typ JWT with our audience', () => world.token({}, { typ: 'JWT' }), 401],
  ['J16 application/at+jwt', () => world.token({}, { typ: 'application/at+jwt' }), 200],
  ['J16 AT+JWT', () => world.token({}, { typ: 'AT+JWT' }), 200],
  ['J17 no typ', () => world.token({}, { typ: undefined }), 401],
  ['J17b typ dpop+jwt', () => world.token({}, { typ: 'dpop+jwt' }), 401],
  ['J17c an ID-JAG', () => world.token({}, { typ: 'oauth-id-jag+jwt' }), 401],
  ['J18 a JWE of five parts', () => `${parts().join('.')}.AA.AA`, 401],
  ['J19 two parts', () => parts().slice(0, 2).join('.'), 401],
  ['J20 no signature', () => `${parts()[0]}.${parts()[1]}.`, 401],
  ['J21 another payload under the signature', () => `${parts()[0]}.${encode(world.claims({ scope: 'admin notes:read' }))}.${parts()[2]}`, 401],
  ['J22 an ES256 signature of zeros', () => `${parts()[0]}.${parts()[1]}.${Buffer.alloc(64).toString('base64url')}`, 401],
  ['J23 an ES256 signature of DER length', () => `${parts()[0]}.${parts()[1]}.${Buffer.alloc(71, 1).toString('base64url')}`, 401],
  ['J24 a key of 1,024 bits in the set', () => world.token({}, {}, weak), 401],
  ['J25 a payload that is no JSON', () => jws({ alg: 'ES256', kid: 'ec-1', typ: 'at+jwt' }, 'no json', world.ec), 401],
  ['J26 a payload that is a list', () => jws({ alg: 'ES256', kid: 'ec-1', typ: 'at+jwt' }, [world.claims()], world.ec), 401],
  ['J27 an opaque token', () => 'gho_16C7e42F292c6912E7710c838347Ae178B4a', 401],
  ['J28 a padded token', () => `${world.token()}==`, 401],
  ['a good ES256 token', () => world.token(), 200],
  ['a good RS256 token', () => world.token({}, {}, world.rsa), 200],
];

describe('the token', () => {
  test.each(table)('%s', async (_, token, status) => {
    const answer = await world.ask(`Bearer ${token()}`);
    expect(answer.status).toBe(status);
    if (status !== 200) expectChallenge(answer, status);
  });

  test('S048 S049 every refusal has the same text, whatever was wrong', async () => {
    const answers = await Promise.all(table.filter(([, , status]) => status === 401).map(([, token]) => world.ask(`Bearer ${token()}`)));
    // But for the id of its record, which is made up anew each time.
    expect(new Set(answers.map(({ body }) => body.replace(/"correlation_id":"[0-9a-f-]{36}"/, ''))).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers['www-authenticate'])).size).toBe(1);
  });

  test.each(['J9 jku', 'J10 x5u'])('%s is never fetched', async (title) => {
    let hits = 0;
    const evil = createServer((_, response) => {
      hits++;
      response.end(JSON.stringify({ keys: [attacker.jwk] }));
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    const url = `http://localhost:${(evil.address() as AddressInfo).port}/jwks`;
    expectChallenge(await world.ask(`Bearer ${world.token({}, { [title.slice(-3)]: url }, attacker)}`), 401);
    expectChallenge(await world.ask(`Bearer ${world.token({}, { kid: 'other', [title.slice(-3)]: url }, attacker)}`), 401);
    expect(hits).toBe(0);
    evil.close();
  });
});
