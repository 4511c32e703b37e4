import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Network } from './network.ts';
import type { Image } from './store.ts';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the image's own command. */
  readonly argv?: readonly string[];
  /** Without one there is not even a loopback. */
  readonly network?: Network;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A running container. */
export interface Container {
  /** The process that is number 1 inside, as this machine numbers it. */
  readonly pid: number;
  output(): string;
  /** A second command in it, with its user and its environment. */
  exec(argv: readonly string[]): Promise<Ended>;
  /** @throws when it is not running. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it, if it has not ended by itself. */
  stop(): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

/** Programs every container may use as devices. */
const DEVICES = 'null zero full random urandom';

/**
 * What `docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt
 * no-new-privileges` does, by hand. Everything is `exec`: the program of the
 * image ends up as process 1. Arguments: root, working folder, user, group, command.
 */
const ENTER = `
root=$1 folder=$2 user=$3 group=$4; shift 4
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in ${DEVICES}; do : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+sys_chroot,+setuid,+setgid \\
  unshare --root "$root" --wd "$folder" --setgid "$group" --setuid "$user" -- "$@"
`;

/** The words that run an image, for whoever spawns them. */
export function containerCommand({ config, root }: Image, { env = {}, argv, network }: RunOptions): readonly [string, ...string[]] {
  const [user, group] = identity(config.User);
  const words = argv ?? [...(config.Entrypoint ?? []), ...config.Cmd];
  const namespaces = ['--mount', '--pid', '--fork', '--ipc', '--uts', ...(network ? [] : ['--net'])];
  return [
    'env',
    '-i',
    ...environment(config.Env, env),
    ...(network ? ['ip', 'netns', 'exec', network.inside] : []),
    'unshare',
    ...namespaces,
    ...['sh', '-euc', ENTER, 'sh'].concat(root, config.WorkingDir, user, group, words),
  ];
}

/** Starts an image; a server in it may need a moment before it answers. */
export function start(image: Image, options: RunOptions): Container {
  const [program, ...argv] = containerCommand(image, options);
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, output }));
  });
  let running = true;
  child.once('exit', () => (running = false));
  const first = (): number => {
    const pid = running ? Number.parseInt(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'), 10) : 0;
    // A signal to 0 would go to this very process and its group.
    if (!(pid > 1)) throw new Error(`The container is not running:\n${output}`);
    return pid;
  };
  const { config } = image;
  return {
    get pid() {
      return first();
    },
    output: () => output,
    ended,
    signal: (signal) => {
      process.kill(first(), signal);
    },
    stop: () => {
      try {
        process.kill(first(), 'SIGKILL');
      } catch {
        // It ended in this moment; if it never got as far as a first process, its parent is what there is.
        child.kill('SIGKILL');
      }
      return ended;
    },
    exec: (words) => {
      const [user, group] = identity(config.User);
      const enter = ['nsenter', '--target', String(first()), '--mount', '--net', '--pid', '--ipc', '--uts', '--root', '--wd', '--setgid', group, '--setuid', user];
      return new Promise((resolve) => {
        execFile('env', ['-i', ...environment(config.Env, options.env), ...enter, '--', ...words], { timeout: 10_000 }, (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code ?? -1) : 0, output: stdout + stderr });
        });
      });
    },
  };
}

/** Runs an image to its end, which has to come within ten seconds. */
export async function runToEnd(image: Image, options: RunOptions): Promise<Ended> {
  const container = start(image, options);
  const timer = setTimeout(() => void container.stop(), 10_000);
  const ended = await container.ended;
  clearTimeout(timer);
  return ended;
}

/** User and group as numbers; Docker reads an image that says nothing as root. */
function identity(user = ''): readonly [string, string] {
  const [id = '', group] = user.split(':');
  return [id || '0', group ?? (id || '0')];
}

function environment(base: readonly string[], extra: Readonly<Record<string, string>> = {}): string[] {
  return [...base, ...Object.entries(extra).map(([name, value]) => `${name}=${value}`)];
}
