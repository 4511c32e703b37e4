import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Programs that a repo for `systemd` is proven with, and the Debian package of each. */
const needed = { 'systemd-analyze': 'systemd', nginx: 'nginx-light', caddy: 'caddy', openssl: 'openssl', curl: 'curl' } as const;

/** What this machine lacks of them, or undefined. */
export function lacking(): string | undefined {
  const absent = Object.entries(needed).filter(([program]) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  return absent.length === 0 ? undefined : absent.map(([program, debian]) => `${program} (Debian package ${debian})`).join(', ');
}

/** A certificate that nobody signed but its own key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export function makeCertificate(folder: string, host: string): Certificate {
  const made = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', ...subject, '-keyout', made.key, '-out', made.certificate], { stdio: 'pipe' });
  return made;
}

/** Where a site of the repo is put up for a test. */
export interface Place extends Certificate {
  readonly folder: string;
  /** Listens here with TLS. */
  readonly port: number;
  /** Listens here without. */
  readonly plainPort: number;
  /** Where the instances are, by the ports that the site names. */
  readonly instances: Readonly<Record<number, number>>;
}

/** A command line; what it runs stays in the foreground. */
export interface Proxy {
  readonly command: string;
  readonly check: readonly string[];
  readonly serve: readonly string[];
}

/** Everything of the site stays, but ports and the paths of the certificate. */
export function nginx(site: string, { folder, port, plainPort, certificate, key, instances }: Place): Proxy {
  const placed = replaced(toInstances(site, instances), [
    [/(?<=listen (?:\[::\]:)?)443(?= ssl;)/g, String(port)],
    [/(?<=listen (?:\[::\]:)?)80(?=;)/g, String(plainPort)],
    [/(?<=ssl_certificate )[^;]+/g, certificate],
    [/(?<=ssl_certificate_key )[^;]+/g, key],
  ]);
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
  const config = path.join(folder, 'nginx.conf');
  const spool = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${folder}/${what};`).join(' ');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(path.join(folder, 'site.conf'), placed);
  writeFileSync(config, `daemon off; ${user} worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/logs/error.log;\nevents {}\nhttp { access_log off; ${spool} include site.conf; }\n`);
  const argv = ['-p', folder, '-c', config];
  return { command: 'nginx', check: [...argv, '-t'], serve: argv };
}

/** Everything of the site stays, but ports and where the certificate comes from. */
export function caddy(site: string, { folder, port, certificate, key, instances }: Place): Proxy {
  const placed = replaced(toInstances(site, instances), [[/^mcp\.example\.com \{$/gm, `mcp.example.com:${port} {\n  tls ${certificate} ${key}`]]);
  const config = path.join(folder, 'Caddyfile');
  writeFileSync(config, `{\n  admin off\n  auto_https disable_redirects\n}\n${placed}`);
  const argv = ['--config', config, '--adapter', 'caddyfile'];
  return { command: 'caddy', check: ['validate', ...argv], serve: ['run', ...argv] };
}

function toInstances(site: string, instances: Place['instances']): string {
  return replaced(site, Object.entries(instances).map(([named, real]) => [new RegExp(`(?<=127\\.0\\.0\\.1:)${named}\\b`, 'g'), String(real)]));
}

/** @throws when there is nothing to replace: the test would try something else than the site. */
function replaced(text: string, changes: readonly (readonly [RegExp, string])[]): string {
  return changes.reduce((changed, [pattern, value]) => {
    if (changed.search(pattern) < 0) throw new Error(`nothing matches ${String(pattern)}`);
    return changed.replace(pattern, () => value);
  }, text);
}
