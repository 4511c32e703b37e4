import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { filesOf, graceSeconds } from './repo.ts';

const variants = {
  'auth none, memory': filesOf({ transport: 'http', auth: 'none', session: 'memory', deploy: ['fly'] }),
  'keycloak, redis': filesOf({ transport: 'both', auth: 'keycloak', issuer: 'https://sso.example.com/realms/main', session: 'redis', deploy: ['docker', 'fly'] }),
} as const;

const seconds = z.string().regex(/^\d+s$/).transform((text) => Number.parseInt(text, 10));
/** What the proxy takes as it is; it raises or lowers the rest. */
const ofCheck = seconds.pipe(z.number().min(1).max(60));

/** What flyctl reads of a `fly.toml`, as far as we write it: the fields of `Config` in its `internal/appconfig`. It ignores what it does not know. */
const flyToml = z.strictObject({
  app: z.string().regex(/^[a-z][a-z0-9-]*[a-z0-9]$/),
  primary_region: z.string().regex(/^[a-z]{3}$/),
  kill_signal: z.enum(['SIGINT', 'SIGTERM', 'SIGQUIT']),
  // Machines get five minutes at most.
  kill_timeout: seconds.pipe(z.number().max(300)),
  env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()),
  deploy: z.strictObject({ strategy: z.enum(['canary', 'rolling', 'immediate', 'bluegreen']) }),
  http_service: z.strictObject({
    internal_port: z.int(),
    force_https: z.boolean(),
    auto_start_machines: z.boolean(),
    auto_stop_machines: z.enum(['off', 'stop', 'suspend']),
    min_machines_running: z.int(),
    concurrency: z.strictObject({ type: z.enum(['requests', 'connections']), soft_limit: z.int(), hard_limit: z.int() }),
    checks: z.array(z.strictObject({ method: z.enum(['GET', 'HEAD']), path: z.string().startsWith('/'), interval: ofCheck, timeout: ofCheck, grace_period: ofCheck })),
  }),
  vm: z.array(z.strictObject({ size: z.enum(['shared-cpu-1x', 'shared-cpu-2x']), memory: z.string().regex(/^\d+(?:mb|gb)$/) })),
});

const textIn = (files: ReadonlyMap<string, string>): string => files.get('fly.toml') ?? '';

describe.each(Object.entries(variants))('fly.toml, %s', (_title, files) => {
  const fly = flyToml.parse(parse(textIn(files)));

  test('R111 Fly waits longer than the server, and asks it to stop by the signal it hears', () => {
    expect(fly.kill_signal).toBe('SIGTERM');
    expect(fly.kill_timeout).toBeGreaterThan(graceSeconds(files) + 1);
    expect(fly.kill_timeout).toBeLessThan(graceSeconds(files) + 30);
    expect(files.get('README.md')).toContain(`has ${fly.kill_timeout} s`);
  });

  test('a new machine is asked whether it is ready before an old one goes', () => {
    expect(fly.deploy.strategy).toBe('bluegreen');
    expect(fly.http_service.checks).toMatchObject([{ method: 'GET', path: '/readyz' }]);
    for (const { interval, timeout } of fly.http_service.checks) expect(timeout).toBeLessThan(interval);
  });

  test('one machine always runs, on the port of the image', () => {
    expect(fly.http_service).toMatchObject({ internal_port: 3000, force_https: true, auto_start_machines: true, min_machines_running: 1 });
    expect(files.get('Dockerfile')).toContain('\nEXPOSE 3000\n');
    expect(fly.http_service.concurrency.soft_limit).toBeLessThan(fly.http_service.concurrency.hard_limit);
    expect(files.get('README.md')).toContain('fly deploy --ha=false');
  });

  test('R041 holds no secret, and its README sets each', () => {
    expect(Object.keys(fly.env).filter((name) => /SECRET|REDIS_URL/.test(name))).toEqual([]);
    expect(files.get('README.md')).toContain('fly secrets set --stage MCP_SECRET="$(openssl rand -base64 32)"');
  });
});

test('what is told is what the answers need and gave', () => {
  const [none, keycloak] = Object.values(variants).map((files) => flyToml.parse(parse(textIn(files))).env);
  expect(none).toEqual({ MCP_PUBLIC_URL: 'https://orders.fly.dev/mcp', TRUSTED_PROXY_HOPS: '2', ALLOW_UNAUTHENTICATED: '' });
  expect(keycloak).toEqual({ MCP_PUBLIC_URL: 'https://orders.fly.dev/mcp', TRUSTED_PROXY_HOPS: '2', KEYCLOAK_ISSUER: 'https://sso.example.com/realms/main' });
  expect(variants['keycloak, redis'].get('README.md')).toContain('MCP_SECRET="$(openssl rand -base64 32)" REDIS_URL="$REDIS_URL"\n');
});

test('what the file is read by finds a misspelt key, a wrong type and a value that flyctl refuses', () => {
  const text = textIn(variants['auth none, memory']);
  for (const [right, wrong] of [['min_machines_running', 'min_machine_running'], ['internal_port = 3000', 'internal_port = "3000"'], ['"bluegreen"', '"rolling-eyes"'], ['[[http_service.checks]]', '[[http_service.http_checks]]'], ['"35s"', '"301s"']] as const) {
    expect(text).toContain(right);
    expect(flyToml.safeParse(parse(text.replace(right, wrong))).success).toBe(false);
  }
});
