import type { StdioServerHandle } from '@modelcontextprotocol/server/stdio';
import type { Runtime } from '../runtime.js';

/** What running calls get when the client has gone, in milliseconds. */
const GRACE_MS = 5_000;

/** Ends the process with its client: when stdin closes, or on a signal. A second signal exits at once. */
export function exitWithClient(connection: StdioServerHandle, runtime: Runtime): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    // Answers to what was asked before the end still go out.
    await Promise.race([runtime.idle(), new Promise((resolve) => setTimeout(resolve, GRACE_MS))]);
    await connection.close();
    await runtime.services.close?.();
    // An empty write comes back when everything before it has been written.
    process.stdout.write('', () => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  process.stdin.once('end', () => setImmediate(() => void stop()));
}
