import { spawnSync } from 'node:child_process';

/** Programs an image is built and run with, and the Debian package of each. */
const needed = {
  buildah: 'buildah',
  busybox: 'busybox-static',
  ip: 'iproute2',
  mount: 'mount',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  unshare: 'util-linux',
} as const;

/** What this machine lacks to build an image and to run it isolated, or undefined. */
export function lacking(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'Linux and root (namespaces, mounts)';
  const absent = Object.entries(needed).filter(([program]) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (absent.length > 0) return absent.map(([program, debian]) => `${program} (Debian package ${debian})`).join(', ');
  const name = `mcp-try-${process.pid}`;
  const allowed = [
    ['unshare', '--mount', '--net', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'],
    ['ip', 'netns', 'add', name],
    ['ip', 'netns', 'delete', name],
  ].every(([program = '', ...argv]) => spawnSync(program, argv).status === 0);
  return allowed ? undefined : 'the right to make mount, network and process namespaces';
}
