import { onHangUp } from './hang-up.ts';

/** Lowest Node.js that the bundle and the generated servers run on. */
const floor = [20, 19] as const;

/** `create-mcp-server ... | head`, or a terminal that was closed: nobody is left to tell. */
const readerGone = new Set(['EPIPE', 'EIO']);

/** Version gate, then the program. Nothing newer than the gate itself is loaded before it. */
export async function start(executable: 'create-mcp-server' | 'mcp-gen'): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < floor[0] || (major === floor[0] && minor < floor[1])) {
    process.stderr.write(`${executable} needs Node.js ${floor.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org\n`);
    process.exitCode = 1;
    return;
  }
  const controller = new AbortController();
  const cancel = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, cancel);
  onHangUp(cancel);
  // Ctrl-D closes a prompt's readline without an answer, and then there is nothing left to wait for.
  process.on('beforeExit', cancel);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', (error: NodeJS.ErrnoException) => void (readerGone.has(error.code ?? '') || process.exit(1)));
  const { run } = await import('../cli/program.ts');
  // Node makes stdin when it is first looked at, and most command lines never do.
  let looked = false;
  const io = {
    get stdin() {
      looked = true;
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
  };
  process.exitCode = await run(executable, process.argv.slice(2), io);
  // A prompt that was left open keeps stdin, and with it the process, alive.
  if (looked) process.stdin.unref?.();
}
