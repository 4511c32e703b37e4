import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { authProviders, providerInputs } from '../../src/features/index.ts';
import type { AuthProvider } from '../../src/features/index.ts';
import { invoke, scratch, snapshot } from '../cli/invoke.ts';

const quiet = ['--yes', '--no-install', '--no-git'] as const;
const create = (argv: readonly string[], cwd = scratch()) => invoke('create-mcp-server', ['a-server', ...argv, ...quiet], { cwd });

/** Flags of every provider, restated from the provider sheet. */
const found: readonly [auth: string, flags: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>>][] = [
  ['oidc', { '--issuer': 'https://auth.example.com/realms/a' }, { OAUTH_ISSUER: 'https://auth.example.com/realms/a' }],
  ['auth0', { '--domain': 'example.eu.auth0.com' }, { AUTH0_DOMAIN: 'example.eu.auth0.com' }],
  ['okta', { '--issuer': 'https://example.okta.com/oauth2/aus1' }, { OKTA_ISSUER: 'https://example.okta.com/oauth2/aus1' }],
  ['entra', { '--tenant': '00000000-0000-4000-8000-0000000000aa', '--client-id': '00000000-0000-4000-8000-0000000000bb' }, { ENTRA_TENANT_ID: '00000000-0000-4000-8000-0000000000aa', ENTRA_CLIENT_ID: '00000000-0000-4000-8000-0000000000bb' }],
  ['keycloak', { '--issuer': 'https://sso.example.com/realms/main' }, { KEYCLOAK_ISSUER: 'https://sso.example.com/realms/main' }],
  ['cognito', { '--region': 'eu-central-1', '--user-pool-id': 'eu-central-1_Ab1', '--client-ids': 'abc1,def2' }, { COGNITO_REGION: 'eu-central-1', COGNITO_USER_POOL_ID: 'eu-central-1_Ab1', COGNITO_CLIENT_IDS: 'abc1,def2' }],
  ['clerk', { '--frontend-api': 'https://clerk.example.com' }, { CLERK_FRONTEND_API_URL: 'https://clerk.example.com' }],
  ['workos', { '--domain': 'example.authkit.app' }, { WORKOS_AUTHKIT_DOMAIN: 'example.authkit.app' }],
];

describe('what a provider is found by', () => {
  test.each(found)('R078 %s: %j fills in .env.example, and comes back in the printed command', async (auth, flags, variables) => {
    const cwd = scratch();
    const words = Object.entries(flags).flat();
    const { code, stdout, stderr } = await create(['--auth', auth, ...words], cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const env = readFileSync(path.join(cwd, 'a-server/.env.example'), 'utf8').split('\n');
    for (const [name, value] of Object.entries(variables)) expect(env).toContain(`${name}=${value}`);
    expect(stdout).toContain(`--auth ${auth} ${words.join(' ')} `);
    expect(readFileSync(path.join(cwd, 'a-server/README.md'), 'utf8')).toContain(words.join(' '));
  });

  test.each(found)('%s without its inputs is created, and the warning names what production still needs', async (auth, _flags, variables) => {
    const cwd = scratch();
    const { code, stderr } = await create(['--auth', auth], cwd);
    expect(code).toBe(0);
    for (const name of [...Object.keys(variables), 'MCP_PUBLIC_URL', 'MCP_SECRET', 'docs/auth.md']) expect(stderr).toContain(name);
    const env = readFileSync(path.join(cwd, 'a-server/.env.example'), 'utf8').split('\n');
    for (const name of Object.keys(variables)) expect(env).toContain(`# ${name}=`);
  });

  test.each([
    ['redis', 'MCP_PUBLIC_URL, MCP_SECRET, REDIS_URL (docs/auth.md)', '`MCP_PUBLIC_URL`, `MCP_SECRET` and `REDIS_URL`;'],
    ['stateless', 'MCP_PUBLIC_URL, MCP_SECRET (docs/auth.md)', '`MCP_PUBLIC_URL` and `MCP_SECRET`;'],
  ])('with %s, warning and README name where state lives when production needs that', async (session, warned, written) => {
    const cwd = scratch();
    expect((await create(['--auth', 'oidc', '--session', session], cwd)).stderr).toContain(warned);
    expect(readFileSync(path.join(cwd, 'a-server/README.md'), 'utf8')).toContain(written);
  });

  test('no provider is without a row here', () => {
    const rows: readonly AuthProvider[] = authProviders;
    expect(new Map(rows.filter(({ id }) => id !== 'none').map(({ id, inputs }) => [id, inputs.map(({ variable }) => variable)]))).toEqual(new Map(found.map(([id, , variables]) => [id, Object.keys(variables)])));
  });

  const refused: readonly [argv: readonly string[], says: string, hint: string][] = [
    [['--auth', 'oidc', '--issuer', 'http://auth.example.com'], '--issuer must be an https URL', 'https://auth.example.com'],
    [['--auth', 'oidc', '--issuer', 'https://auth.example.com?x=1'], '--issuer must be an https URL without query', 'https://auth.example.com'],
    [['--auth', 'oidc', '--issuer', 'https://me:secret@auth.example.com'], '--issuer must be', 'https://auth.example.com'],
    [['--auth', 'oidc', '--issuer', 'http://localhost.example.com'], '--issuer must be an https URL', 'https://auth.example.com'],
    [['--auth', 'okta', '--issuer', 'https://example.okta.com'], 'ends in /oauth2/<id>', '/oauth2/default'],
    [['--auth', 'entra', '--tenant', 'common'], 'common, organizations and consumers are not issuers', '00000000-'],
    [['--auth', 'entra', '--tenant', 'organizations'], 'are not issuers', '00000000-'],
    [['--auth', 'entra', '--client-id', 'my-app'], '--client-id must be', '00000000-'],
    [['--auth', 'keycloak', '--issuer', 'https://sso.example.com/realms/main/'], 'without a final slash', '/realms/main'],
    [['--auth', 'auth0', '--domain', 'https://example.auth0.com/'], 'without https://', 'example.eu.auth0.com'],
    [['--auth', 'cognito', '--user-pool-id', 'pool'], 'region, underscore, name', 'eu-central-1_EXAMPLE'],
    [['--auth', 'clerk', '--frontend-api', 'clerk.example.com'], 'with https://', 'https://clerk.example.com'],
    [['--auth', 'workos', '--domain', 'example.authkit.app/'], 'without a slash', 'example.authkit.app'],
    [['--auth', 'okta', '--domain', 'example.okta.com'], '--domain says nothing to --auth okta', '--issuer'],
    [['--auth', 'none', '--issuer', 'https://auth.example.com'], '--issuer says nothing to --auth none', 'Leave it out'],
    [['--auth', 'google'], '--auth "google" must be one of', '--auth keycloak'],
    [['--auth', 'github'], '--auth "github" must be one of', 'broker'],
  ];
  test.each(refused)('R079 %j is refused before anything is written', async (argv, says, hint) => {
    const cwd = scratch();
    const { code, stderr } = await create(argv, cwd);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
    expect(stderr).toContain(hint);
    expect(snapshot(cwd)).toEqual({});
  });

  test('an issuer on this machine may be plain http', async () => {
    for (const issuer of ['http://localhost:8080/realms/a', 'http://127.0.0.1:9', 'http://[::1]:9/x']) expect((await create(['--auth', 'oidc', '--issuer', issuer])).code).toBe(0);
  });

  test('http is generated with oidc unless told otherwise, stdio with none', async () => {
    for (const [transport, auth] of [['http', 'oidc'], ['both', 'oidc'], ['stdio', 'none']] as const) {
      const cwd = scratch();
      expect((await create(['--transport', transport], cwd)).code).toBe(0);
      expect(JSON.parse(readFileSync(path.join(cwd, 'a-server/.mcp-gen.json'), 'utf8'))).toMatchObject({ answers: { auth } });
    }
  });
});

describe('the profile of a provider in the generated repository', () => {
  const rows: readonly AuthProvider[] = authProviders;
  test.each(rows.filter(({ id }) => !['none', 'oidc'].includes(id)).map((row) => [row.id, row] as const))('%s asks for the same variables, in the same shape, as the command line', (_, { templates, inputs }) => {
    const profile = readFileSync(path.join('templates', templates[1] ?? '', 'src/platform/auth/profile.ts'), 'utf8');
    expect([...profile.matchAll(/^ {4}([A-Z0-9_]+): \{$/gm)].map(([, name]) => name)).toEqual(inputs.map(({ variable }) => variable));
    for (const { pattern, example } of inputs) {
      expect(profile).toContain(`/${pattern.source}/`);
      expect(profile).toContain(`example: '${example}'`);
    }
  });

  test('no flag is of no provider', () => {
    expect(new Set(rows.flatMap(({ inputs }) => inputs.map(({ key }) => key)))).toEqual(new Set(Object.keys(providerInputs)));
  });
});
