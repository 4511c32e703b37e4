import { styleText } from 'node:util';
import { ExitCode, UserError } from '../error.ts';
import type { Io } from './io.ts';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Whatever a terminal would obey (titles, links, cursor, colours), whole sequences first; line breaks and tabs stay. */
const obeyed = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** What {@link Reporter.style} adds. */
const ownStyle = /^\u001b\[\d{1,2}m$/;

/** Text from outside (a path, an argument, another program's output) as it may be shown in a terminal. */
export function plain(text: string): string {
  return text.replace(obeyed, '');
}

/**
 * The only way a command talks. People read stderr-free text on stdout, errors on stderr;
 * with `--json` stdout carries one document and nothing else.
 */
export class Reporter {
  readonly json: boolean;
  readonly #io: Io;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.json = json;
  }

  /** A line for people; nothing with `--json`. Beside colours, nothing in it can drive the terminal. */
  line(text = ''): void {
    if (!this.json) this.#io.stdout.write(`${text.replace(obeyed, (sequence) => (ownStyle.test(sequence) ? sequence : ''))}\n`);
  }

  /** A line about something that deserves attention; on stderr, so that it never mixes with results. */
  warn(text: string): void {
    if (!this.json) this.#io.stderr.write(`${this.style('yellow', 'warning:', this.#io.stderr)} ${plain(text)}\n`);
  }

  /** The one document of `--json`. */
  document(value: unknown): void {
    if (this.json) this.#io.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** Colour where the stream shows it: NO_COLOR, FORCE_COLOR and pipes are honoured by Node. */
  style(style: Style, text: string, stream: NodeJS.WritableStream = this.#io.stdout): string {
    return styleText(style, text, { stream: stream as NodeJS.WriteStream });
  }

  /** Runs a command's work and turns what it throws into a message and an exit code. */
  async guard(work: () => Promise<ExitCode>): Promise<ExitCode> {
    try {
      return await work();
    } catch (error) {
      return this.#fail(error instanceof UserError ? error : unexpected(error));
    }
  }

  /** A wrong command line. */
  usage(message: string, hint: string): ExitCode {
    return this.#fail(new UserError('usage', message, { exitCode: ExitCode.usage, hint }));
  }

  #fail(error: UserError): ExitCode {
    const message = plain(error.message);
    const hint = error.hint === undefined ? undefined : plain(error.hint);
    this.document({ ok: false, error: { code: error.code, message, hint: hint ?? null } });
    if (!this.json) {
      const label = error.exitCode === ExitCode.cancelled ? this.style('yellow', 'cancelled:', this.#io.stderr) : this.style('red', 'error:', this.#io.stderr);
      this.#io.stderr.write(`${label} ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
    }
    return error.exitCode;
  }
}

function unexpected(error: unknown): UserError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new UserError('internal', `This is a fault of create-mcp-server.\n${stack}`, {
    hint: 'Please report it with the command you ran.',
    cause: error,
  });
}
