import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { StdioServerHandle } from '@modelcontextprotocol/server/stdio';
import type { Runtime } from '../runtime.js';

/** What running calls get when the client has gone, in milliseconds. */
const GRACE_MS = 5_000;

/** stdin that never ends: at its end the SDK would cut off the calls that were asked before. */
export function openStdin(): Readable {
  return process.stdin.pipe(new PassThrough(), { end: false });
}

/** Ends the process with its client: when stdin closes, or on a signal. A second signal exits at once. */
export function exitWithClient(connection: StdioServerHandle, runtime: Runtime): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    // What was just read becomes a call, and its answer a line of stdout, within a turn of the event loop.
    await nextTurn();
    await Promise.race([runtime.activity.idle(), sleep(GRACE_MS)]);
    await nextTurn();
    await connection.close();
    await runtime.services.close?.();
    await runtime.telemetry?.close();
    // An empty write comes back when everything before it has been written.
    process.stdout.write('', () => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  process.stdin.once('end', () => void stop());
}
