import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { finish } from '../scratch.ts';
import type { Store } from './store.ts';

/** Where the certificate bundle of this machine is kept in the image: a registry may sit behind a private authority. */
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** Loaded by name at run time, so `ldd` does not list them: name resolution of glibc. */
const LOADED_LATER = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];

/**
 * Makes a stand-in for the official image of that name: the same Node.js, npm,
 * corepack and yarn 1 on the same PATH over a busybox, so that no image registry is
 * needed. Its environment leads package managers to this machine's registry.
 */
export async function makeNodeImage(store: Store, name: string, folder: string): Promise<void> {
  const rootfs = path.join(folder, 'rootfs');
  const at = (file: string): string => {
    const target = path.join(rootfs, file);
    mkdirSync(path.dirname(target), { recursive: true });
    return target;
  };
  for (const empty of ['dev', 'proc', 'sys', 'root', 'home/node', 'run', 'tmp', 'var/tmp']) mkdirSync(path.join(rootfs, empty), { recursive: true });
  for (const shared of ['tmp', 'var/tmp']) chmodSync(path.join(rootfs, shared), 0o1777);

  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  copyFileSync(busybox, at('bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', at(`bin/${applet}`));
  symlinkSync('../../bin/env', at('usr/bin/env'));

  const modules = await install(path.join(folder, 'programs'), 'node@24', 'npm@11.21.2', 'corepack@0.36.0', 'yarn@1.22.22');
  const node = path.join(modules, '.bin/node');
  copyFileSync(node, at('usr/local/bin/node'));
  for (const [program, script] of [['npm', 'npm/bin/npm-cli.js'], ['npx', 'npm/bin/npx-cli.js'], ['corepack', 'corepack/dist/corepack.js'], ['yarn', 'yarn/bin/yarn.js']] as const) {
    const owner = path.dirname(script).split('/')[0] ?? '';
    cpSync(path.join(modules, owner), at(`usr/local/lib/node_modules/${owner}`), { recursive: true, verbatimSymlinks: true });
    symlinkSync(`../lib/node_modules/${script}`, at(`usr/local/bin/${program}`));
  }
  const libraries = (await finish('ldd', [node], folder)).match(/\/\S+/g) ?? [];
  const besideLibc = path.dirname(libraries.find((library) => path.basename(library) === 'libc.so.6') ?? '/lib');
  for (const library of [...libraries, ...LOADED_LATER.map((file) => path.join(besideLibc, file))]) {
    if (existsSync(library)) copyFileSync(library, at(library));
  }

  writeFileSync(at('etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n');
  writeFileSync(at('etc/group'), 'root:x:0:\nnode:x:1000:\n');
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  const environment: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    NPM_CONFIG_REGISTRY: registry,
    COREPACK_NPM_REGISTRY: registry.replace(/\/$/, ''),
    YARN_NPM_REGISTRY_SERVER: registry,
  };
  const bundle = process.env['NODE_EXTRA_CA_CERTS'] ?? BUNDLE;
  if (existsSync(bundle)) {
    copyFileSync(bundle, at(BUNDLE));
    Object.assign(environment, { NODE_EXTRA_CA_CERTS: BUNDLE, NPM_CONFIG_CAFILE: BUNDLE });
  }
  const recipe = path.join(folder, 'base.Dockerfile');
  const settings = Object.entries(environment).map(([key, value]) => `ENV ${key}="${value}"\n`).join('');
  writeFileSync(recipe, `FROM scratch\nCOPY . /\n${settings}CMD ["node"]\n`);
  await store.build(rootfs, name, ['--file', recipe]);
  rmSync(rootfs, { recursive: true, force: true });
}

/** Installs npm packages, and runs the script of `node` that puts the binary in place. @returns their `node_modules`. */
async function install(folder: string, ...packages: string[]): Promise<string> {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  await finish('npm', ['install', '--ignore-scripts=false', '--no-audit', '--no-fund', '--prefer-offline', ...packages], folder);
  return path.join(folder, 'node_modules');
}
