import { autocompleteMultiselect, confirm, isCancel, multiselect, select, text } from '@clack/prompts';
import { cancelled } from '../error.ts';

/** One thing that can be chosen; `ruledOut` says why it can't be now. */
export interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint: string;
  readonly ruledOut?: string | undefined;
}

/**
 * The questions. Cancelling one (Ctrl-C, Esc) and a stdin that ends both throw {@link cancelled}:
 * the library itself would return a symbol for the first and never settle for the second.
 */
export class Ask {
  readonly #stdinEnded: Promise<never>;
  readonly #signal: AbortSignal;

  constructor(stdin: NodeJS.ReadableStream, signal: AbortSignal) {
    this.#signal = signal;
    this.#stdinEnded = new Promise<never>((_resolve, reject) => {
      for (const event of ['end', 'close', 'error']) stdin.once(event, () => reject(cancelled()));
    });
    this.#stdinEnded.catch(() => undefined);
  }

  text(message: string, initial: string, fault: (value: string) => string | undefined): Promise<string> {
    return this.#settle(text({ message, placeholder: initial, defaultValue: initial, signal: this.#signal, validate: (value) => fault(value === undefined || value === '' ? initial : value) }));
  }

  /** A text that may be left for later: then undefined. */
  async optional(message: string, example: string, fault: (value: string) => string | undefined): Promise<string | undefined> {
    const typed = trimmed(await this.#settle(text({ message, placeholder: example, defaultValue: '', signal: this.#signal, validate: (value) => (trimmed(value) === '' ? undefined : fault(trimmed(value))) })));
    return typed === '' ? undefined : typed;
  }

  /** Words between spaces or commas; none is an answer too. */
  async words(message: string, placeholder: string, fault: (words: readonly string[]) => string | undefined): Promise<string[]> {
    return split(await this.#settle(text({ message, placeholder, defaultValue: '', signal: this.#signal, validate: (value) => fault(split(value)) })));
  }

  one<T extends string>(message: string, options: readonly Option<T>[]): Promise<T> {
    return this.#settle(select<string>({ message, options: options.map(shown), signal: this.#signal })) as Promise<T>;
  }

  some<T extends string>(message: string, options: readonly Option<T>[], initial: readonly T[], required = true): Promise<T[]> {
    const asked = multiselect<string>({ message, options: options.map(shown), initialValues: [...initial], required, signal: this.#signal });
    return this.#settle(asked) as Promise<T[]>;
  }

  /** Several of many, found by typing a part of their name or hint. */
  async search(message: string, options: readonly Option<string>[], fault: (chosen: readonly string[]) => string | undefined): Promise<string[]> {
    const asked = autocompleteMultiselect<string>({ message, options: options.map(shown), maxItems: 12, required: true, signal: this.#signal, filter: holds, validate: (chosen) => fault([chosen ?? []].flat()) });
    return this.#settle(asked);
  }

  /** Whether somebody agrees; not unless they say so. */
  agree(message: string): Promise<boolean> {
    return this.#settle(confirm({ message, initialValue: false, signal: this.#signal }));
  }

  yes(message: string): Promise<boolean> {
    return this.#settle(confirm({ message, initialValue: true, active: 'Yes', inactive: 'No, an empty server', signal: this.#signal }));
  }

  async #settle<T>(asked: Promise<T>): Promise<Exclude<T, symbol>> {
    const answer = await Promise.race([asked, this.#stdinEnded]);
    if (isCancel(answer)) throw cancelled();
    return answer as Exclude<T, symbol>;
  }
}

const trimmed = (value: string | undefined): string => (value ?? '').trim();

/** Whether an option has every word that was typed. */
function holds(typed: string, { label = '', hint = '' }: { label?: string; hint?: string }): boolean {
  return typed.toLowerCase().split(/\s+/).every((word) => `${label} ${hint}`.toLowerCase().includes(word));
}

function split(line: string | undefined): string[] {
  return (line ?? '').split(/[\s,]+/).filter((word) => word !== '');
}

function shown<T extends string>({ value, label, hint, ruledOut }: Option<T>) {
  return ruledOut === undefined ? { value, label, hint } : { value, label, hint: ruledOut, disabled: true };
}
