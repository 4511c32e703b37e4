import { stripVTControlCharacters } from 'node:util';
import type { IPty } from '@lydell/node-pty';
import { executables, plainEnv } from '../cli/spawn.ts';

/** What a terminal sends for a key. */
export const keys = { enter: '\r', up: '\u001b[A', down: '\u001b[B', left: '\u001b[D', right: '\u001b[C', space: ' ', escape: '\u001b', interrupt: '\u0003', endOfInput: '\u0004', erase: '\u007f' } as const;

type Pty = typeof import('@lydell/node-pty');

/** The pseudo-terminal library, or why it can't be used here: it is native code, and not built for every machine. */
export async function loadPty(): Promise<Pty | string> {
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
  /** A command line of `sh` instead of the executable itself. */
  readonly shell?: string;
}

/** One run of `create-mcp-server` in a pseudo-terminal. Waits for what is shown, never for time. */
export class Terminal {
  /** Everything received, with its escape sequences. */
  raw = '';
  readonly #pty: IPty;
  readonly #exit: Promise<number>;
  #seen = 0;
  #arrived: () => void = () => undefined;
  #over = false;

  constructor(library: Pty, argv: readonly string[], { cwd, env = {}, columns = 100, shell }: TerminalOptions) {
    const settings = Object.fromEntries(Object.entries({ ...plainEnv(), TERM: 'xterm-256color', ...env }).filter((pair): pair is [string, string] => pair[1] !== undefined));
    const [program, words] = shell === undefined ? [process.execPath, [executables.create, ...argv]] : ['/bin/sh', ['-c', shell, process.execPath, executables.create, ...argv]];
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
    for (;;) {
      const at = this.text.indexOf(wanted, this.#seen);
      if (at !== -1) {
        this.#seen = at + wanted.length;
        return;
      }
      if (this.#over || deadline.aborted) throw new Error(`never showed ${JSON.stringify(text)}:\n${stripVTControlCharacters(this.raw)}`);
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
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

/** Independent of the width: frames wrap long lines and draw a bar before each. */
function flat(text: string): string {
  return stripVTControlCharacters(text).replace(/[│┃|\s]+/g, ' ');
}
