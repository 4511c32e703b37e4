import { stripVTControlCharacters } from 'node:util';
import type { IPty } from '@lydell/node-pty';
import type { TestContext } from 'vitest';
import { scratch } from '../cli/invoke.ts';
import { executables, plainEnv } from '../cli/spawn.ts';

/** What a terminal sends for a key. */
export const keys = { enter: '\r', up: '\u001b[A', down: '\u001b[B', left: '\u001b[D', right: '\u001b[C', space: ' ', escape: '\u001b', interrupt: '\u0003', endOfInput: '\u0004', erase: '\u007f' } as const;

/** What keeps `create` to itself. */
export const quiet = ['--no-install', '--no-git'];

type Pty = typeof import('@lydell/node-pty');

/** The pseudo-terminal library, or why it can't be used here: it is native code, and not built for every machine. */
async function loadPty(): Promise<Pty | string> {
  try {
    return await import('@lydell/node-pty');
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] ?? '' : String(error);
  }
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly executable?: keyof typeof executables;
  /** A command line of `sh` instead of the executable itself. */
  readonly shell?: string;
}

/** One run of an executable, `create-mcp-server` unless told otherwise, in a pseudo-terminal. Waits for what is shown, never for time. */
export class Terminal {
  /** Everything received, with its escape sequences. */
  raw = '';
  readonly #pty: IPty;
  readonly #exit: Promise<number>;
  #seen = 0;
  #arrived: () => void = () => undefined;
  #over = false;

  constructor(library: Pty, argv: readonly string[], { cwd, env = {}, columns = 100, executable = 'create', shell }: TerminalOptions) {
    const settings = Object.fromEntries(Object.entries({ ...plainEnv(), TERM: 'xterm-256color', ...env }).filter((pair): pair is [string, string] => pair[1] !== undefined));
    const [program, words] = shell === undefined ? [process.execPath, [executables[executable], ...argv]] : ['/bin/sh', ['-c', shell, process.execPath, executables[executable], ...argv]];
    this.#pty = library.spawn(program, words, { cwd, env: settings, cols: columns, rows: 50, name: settings['TERM'] ?? '' });
    this.#pty.onData((chunk) => {
      this.raw += chunk;
      this.#arrived();
    });
    this.#exit = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        this.#over = true;
        this.#arrived();
        resolve(signal ? 128 + signal : exitCode);
      });
    });
  }

  /** What a reader sees, without colours, cursor movements and the line breaks of a narrow window. */
  get text(): string {
    return flat(this.raw);
  }

  /** Resolves once `text` was shown after everything that was waited for before. @throws when the program ends or 10 s pass without it. */
  async shows(text: string): Promise<void> {
    const wanted = flat(text);
    const deadline = AbortSignal.timeout(10_000);
    deadline.addEventListener('abort', () => this.#arrived(), { once: true });
    for (;;) {
      const at = this.text.indexOf(wanted, this.#seen);
      if (at !== -1) {
        this.#seen = at + wanted.length;
        return;
      }
      if (this.#over || deadline.aborted) throw new Error(`never showed ${JSON.stringify(text)}:\n${stripVTControlCharacters(this.raw)}`);
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  press(...sequence: string[]): void {
    for (const key of sequence) this.#pty.write(key);
  }

  /** Answers one question: waits for it, then presses. */
  async answer(question: string, ...sequence: string[]): Promise<void> {
    await this.shows(question);
    this.press(...sequence);
  }

  /** Closes the window. */
  hangUp(): void {
    this.#pty.kill('SIGHUP');
  }

  /** The terminal goes away without a signal to this process: its descriptors fail. */
  destroy(): void {
    (this.#pty as unknown as { destroy(): void }).destroy();
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Exit code; a run that does not end within 10 s is killed and fails. */
  async ended(): Promise<number> {
    const deadline = AbortSignal.timeout(10_000);
    const late = new Promise<never>((_resolve, reject) => {
      deadline.addEventListener('abort', () => reject(new Error(`did not end:\n${stripVTControlCharacters(this.raw)}`)), { once: true });
    });
    try {
      return await Promise.race([this.#exit, late]);
    } catch (error) {
      this.#pty.kill('SIGKILL');
      throw error;
    }
  }
}

const library = await loadPty();

/** The body of a test that needs a pseudo-terminal. Without one it says so and is skipped; in CI it fails. */
export function inTerminal(body: (open: (argv?: readonly string[], options?: Partial<TerminalOptions>) => Terminal, cwd: string) => Promise<void>) {
  return async ({ skip, task }: TestContext): Promise<void> => {
    if (typeof library === 'string') {
      const reason = `no pseudo-terminal on this machine (@lydell/node-pty: ${library})`;
      if (process.env['CI'] !== undefined) throw new Error(reason);
      console.warn(`NOT TESTED: ${task.name}: ${reason}`);
      return skip(reason);
    }
    const cwd = scratch();
    const opened: Terminal[] = [];
    try {
      await body((argv = quiet, options = {}) => {
        const terminal = new Terminal(library, argv, { cwd, ...options });
        opened.push(terminal);
        return terminal;
      }, cwd);
    } finally {
      for (const terminal of opened) terminal.destroy();
    }
  };
}

/** Independent of the width: frames wrap long lines and draw a bar before each. */
function flat(text: string): string {
  return stripVTControlCharacters(text).replace(/[│┃|\s]+/g, ' ');
}
