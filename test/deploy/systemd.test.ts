import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { unavailable } from '../tree/command.ts';
import { filesOf, graceSeconds, onDisk } from './repo.ts';
import { caddy, lacking, makeCertificate, nginx } from './site.ts';

const lacks = lacking();
if (lacks !== undefined) unavailable(`${lacks}, to try units and sites,`);
beforeEach((context) => {
  if (lacks !== undefined) context.skip(`not proven on this machine, it lacks ${lacks}`);
});

const variants = {
  'auth none, stateless': filesOf({ transport: 'http', auth: 'none', deploy: ['systemd'] }),
  'okta, memory': filesOf({ transport: 'both', auth: 'okta', session: 'memory', deploy: ['docker', 'systemd'] }),
  'keycloak, redis': filesOf({ transport: 'http', auth: 'keycloak', issuer: 'https://sso.example.com/realms/main', session: 'redis', deploy: ['systemd'] }),
} as const;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function emptyFolder(): string {
  const folder = onDisk(new Map());
  folders.push(folder);
  return folder;
}

const file = (files: ReadonlyMap<string, string>, name: string): string => files.get(`deploy/systemd/${name}`) ?? '';
const unitOf = (files: ReadonlyMap<string, string>): string => file(files, 'server@.service');

/** What every `key=value` of a unit says, in order. */
function said(unit: string, key: string): string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

/** Asks systemd about a unit under the name that it gets, with the programs where this machine has them. */
function analyze(unit: string, ...argv: readonly string[]): { status: number | null; output: string } {
  const at = path.join(emptyFolder(), 'orders@3001.service');
  const curl = execFileSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).trim();
  writeFileSync(at, unit.replaceAll('/usr/bin/node', process.execPath).replaceAll('/usr/bin/curl', curl));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...argv, at], { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}
const verify = (unit: string) => analyze(unit, 'verify', '--man=no');
/** Fails above an exposure of 3 in 10. */
const judge = (unit: string) => analyze(unit, 'security', '--no-pager', '--offline=true', '--threshold=30');

describe.each(Object.entries(variants))('deploy/systemd, %s', (_title, files) => {
  test('R161 the unit is one that systemd takes, and says nothing about', () => {
    expect(verify(unitOf(files))).toEqual({ status: 0, output: '' });
  });

  test('R161 it is exposed by at most 3 in 10, and leaves V8 its compiler', () => {
    expect(judge(unitOf(files)).status).toBe(0);
    expect(said(unitOf(files), 'MemoryDenyWriteExecute')).toEqual([]);
  });

  test('R161 it gives calls the time that the server does', () => {
    const [stop] = said(unitOf(files), 'TimeoutStopSec').map(Number);
    expect(stop).toBeGreaterThan(graceSeconds(files) + 1);
    expect(stop).toBeLessThan(graceSeconds(files) + 30);
  });

  test('R041 secrets are handed over as files, and stand nowhere', () => {
    const names = said(unitOf(files), 'LoadCredential').map((credential) => credential.split(':')[0]);
    expect(names).toEqual(files.get('.env.example')?.includes('REDIS_URL') === true ? ['MCP_SECRET', 'REDIS_URL'] : ['MCP_SECRET']);
    expect(said(unitOf(files), 'Environment')).toEqual(['PORT=%i', ...names.map((name) => `${name}_FILE=%d/${name}`)]);
    expect(file(files, 'settings.env')).not.toMatch(/SECRET|REDIS_URL/);
  });

  test('R160 both sites are what nginx and Caddy take, over the ports of the README', () => {
    const [, ports = ''] = /^for port in ([\d ]+); do/m.exec(files.get('README.md') ?? '') ?? [];
    const instances = Object.fromEntries(ports.split(' ').map((port) => [port, Number(port)]));
    const folder = emptyFolder();
    const place = { folder, port: 24_443, plainPort: 24_080, instances, ...makeCertificate(folder, 'mcp.example.com') };
    for (const { command, check } of [nginx(file(files, 'nginx.conf'), place), caddy(file(files, 'Caddyfile'), place)]) {
      const { status, stdout, stderr } = spawnSync(command, check, { encoding: 'utf8' });
      expect([command, status, `${stdout}${stderr}`]).toEqual([command, 0, expect.stringMatching(/successful|Valid configuration/)]);
    }
    expect(file(files, 'nginx.conf').match(/127\.0\.0\.1:\d+/g)).toHaveLength(Object.keys(instances).length);
  });

  test('a call may be silent until its deadline and a stream between two signs of life, twice over', () => {
    const [, seconds = ''] = /proxy_read_timeout (\d+)s;/.exec(file(files, 'nginx.conf')) ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(2 * 25);
    expect(Number(seconds)).toBeGreaterThan(graceSeconds(files));
    expect(file(files, 'Caddyfile')).not.toMatch(/timeout(?<!health_timeout)/);
  });

  test('nobody but this machine is let in where nobody signs in', () => {
    const open = !files.has('docs/auth.md');
    expect(file(files, 'nginx.conf').includes('deny all;')).toBe(open);
    expect(file(files, 'Caddyfile').includes('respond @others 403')).toBe(open);
  });
});

describe('what is asked finds what is wrong', () => {
  const good = unitOf(variants['keycloak, redis']);
  test.each<[string, (unit: string) => string, string]>([
    ['a key that is none', (unit) => unit.replace('DynamicUser=', 'DynamikUser='), 'DynamikUser'],
    ['a program that is not there', (unit) => unit.replace('ExecStart=/usr/bin/node', 'ExecStart=/usr/bin/no-node'), 'not executable'],
    ['a system call that is none', (unit) => unit.replace('@system-service', '@systems-service'), '@systems-service'],
  ])('%s', (_title, wrong, message) => {
    expect(verify(wrong(good)).output).toContain(message);
  });

  test('a unit that is open to everything', () => {
    expect(judge(good.replace(/\nDynamicUser=[\s\S]*?\n\[Install\]/, '\n[Install]')).status).not.toBe(0);
  });

  test('what several instances share decides how many there are, and whether a call may go on to the next', () => {
    expect(Object.values(variants).map((files) => [file(files, 'nginx.conf').match(/max_fails/g)?.length, file(files, 'nginx.conf').includes('non_idempotent')])).toEqual([[1, false], [1, false], [3, true]]);
    expect(file(variants['keycloak, redis'], 'settings.env')).toContain('\nKEYCLOAK_ISSUER=https://sso.example.com/realms/main\n');
  });
});
