import { describe, expect, test } from 'vitest';
import { deployTargets, sessionStores } from '../../src/features/index.ts';
import { filesOf } from './repo.ts';

/** The README's section on a target. */
function sectionOf(files: ReadonlyMap<string, string>, title: string): string {
  return files.get('README.md')?.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? '';
}

describe.each(deployTargets)('$id', ({ id, title, kind }) => {
  test('R159 the README says what it costs, and so what runs while nobody calls', () => {
    expect(sectionOf(filesOf({ transport: 'http', auth: 'none', deploy: [id] }), title)).toMatch(/\bCost: /);
    const overStdio = kind === 'network' ? undefined : sectionOf(filesOf({ transport: 'stdio', deploy: [id] }), title);
    expect(overStdio ?? 'Cost: as above').toMatch(/\bCost: /);
  });

  test('the README says what of it was never seen to work', () => {
    expect(sectionOf(filesOf({ transport: 'http', auth: 'none', deploy: [id] }), title)).toMatch(/Checked without |linted\s+here and run\s+nowhere/);
  });
});

/** How load balancers are told to bring a caller back to where it was: nginx, Caddy, Kubernetes, AWS, Google, Fly. */
const affinity = /sessionAffinity|session[-_]affinity|sticky|stickiness|ip_hash|\bhash \$|lb_policy (?!round_robin)\w+|fly-replay|fly-prefer-region/i;

test.each(sessionStores.map(({ id }) => id))('R110 no target asks for callers to come back to the same instance: %s', (session) => {
  const deploy = deployTargets.map(({ id }) => id).filter((id) => session === 'stateless' || ['docker', 'systemd', 'fly', 'npm'].includes(id) || (session === 'redis' && id !== 'cloudflare'));
  const files = [...filesOf({ transport: 'http', auth: 'none', session, deploy })].filter(([file]) => /^deploy\/|^compose|toml$|jsonc$/.test(file));
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter(([, text]) => affinity.test(text)).map(([file]) => file)).toEqual([]);
});

test.each(['sessionAffinity: ClientIP', 'ip_hash;', 'lb_policy client_ip_hash', 'stickinessCookieDuration: Duration.days(1)', 'run.googleapis.com/sessionAffinity: "true"', 'hash $http_mcp_session_id consistent;'])('what asks would be found: %s', (line) => {
  expect(affinity.test(line)).toBe(true);
});

test('R154 the manual of a server on the network says from when on a gateway is worth it', () => {
  const manual = filesOf({ transport: 'http', auth: 'okta', deploy: ['docker'] }).get('docs/operate.md') ?? '';
  expect(manual).toMatch(/^\| from about five servers on, or callers outside of your company \| yes: /m);
});
