import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { finish } from '../scratch.ts';

/** What an image says about how to run it, in Docker's own names. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  readonly StopSignal?: string;
  readonly Healthcheck?: { readonly Test: readonly string[]; readonly Interval: number; readonly Timeout: number; readonly Retries: number };
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** A built image, its files mounted. */
export interface Image {
  readonly config: ImageConfig;
  readonly root: string;
}

/** One layer: the paths in it and all its bytes. */
export interface Layer {
  readonly files: readonly string[];
  readonly bytes: Buffer;
}

/** A private image store; nothing is pulled into it. */
export interface Store {
  /** @returns what the build printed. */
  build(context: string, tag: string, argv?: readonly string[]): Promise<string>;
  open(tag: string): Promise<Image>;
  /** The layers that `tag` adds to the image it stands on, and its configuration with the history, as text. */
  added(tag: string, base: string): Promise<{ layers: readonly Layer[]; config: string }>;
  close(): void;
}

/** What `buildah inspect` says that is read here. */
interface Inspected {
  readonly Docker: { readonly config: ImageConfig; readonly rootfs: { readonly diff_ids: readonly string[] } };
}

/** @param folder - An existing folder for everything that the store writes. */
export function openStore(folder: string): Store {
  const place = ['--root', path.join(folder, 'store'), '--runroot', path.join(folder, 'run')];
  // Overlay mounts need a file system that can carry them; copying every layer always works.
  const driver = ['overlay', 'vfs'].find((name) => spawnSync('buildah', [...place, '--storage-driver', name, 'info']).status === 0) ?? 'vfs';
  const argv = [...place, '--storage-driver', driver];
  const env = { ...process.env, BUILDAH_ISOLATION: 'chroot', TMPDIR: folder };
  const buildah = (...rest: string[]): Promise<string> => finish('timeout', ['--kill-after=5', '110', 'buildah', ...argv, ...rest], folder, env);

  const inspect = async (tag: string): Promise<Inspected> => JSON.parse(await buildah('inspect', '--type', 'image', tag)) as Inspected;

  return {
    build: (context, tag, rest = []) => buildah('build', '--format', 'docker', '--network', 'host', '--pull-never', '--tag', tag, ...rest, context),
    open: async (tag) => {
      const { config } = (await inspect(tag)).Docker;
      const container = (await buildah('from', '--pull-never', tag)).trim();
      return { config, root: (await buildah('mount', container)).trim() };
    },
    added: async (tag, base) => {
      const blobs = path.join(folder, 'pushed');
      await buildah('push', '--quiet', '--disable-compression', tag, `dir:${blobs}`);
      const { Docker: inspected } = await inspect(tag);
      const below = (await inspect(base)).Docker.rootfs.diff_ids.length;
      // Uncompressed, so the digest of the file is the one that the image names.
      const own = inspected.rootfs.diff_ids.slice(below).map(async (digest) => {
        const archive = path.join(blobs, digest.replace('sha256:', ''));
        return { files: (await finish('tar', ['-tf', archive], folder)).trim().split('\n'), bytes: readFileSync(archive) };
      });
      return { layers: await Promise.all(own), config: JSON.stringify(inspected) };
    },
    close: () => {
      spawnSync('buildah', [...argv, 'umount', '--all']);
      spawnSync('buildah', [...argv, 'rm', '--all']);
      // The driver keeps a mount of its own folder.
      spawnSync('umount', [path.join(folder, 'store', driver)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
