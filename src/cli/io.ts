/** What a command gets from outside, so that a test can hand it something else. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Someone is there to answer: CI can offer a terminal with nobody before it, and a dumb one can't show a prompt. */
export function canAsk({ stdin, stdout, env }: Io): boolean {
  const ci = !['', '0', 'false', undefined].includes(env['CI']);
  return stdin.isTTY === true && stdout.isTTY === true && !ci && env['TERM'] !== 'dumb';
}
