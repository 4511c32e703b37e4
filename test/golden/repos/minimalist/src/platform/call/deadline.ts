/** The longest a call may take unless the tool says otherwise, in milliseconds. Below every common proxy's idle timeout. */
export const DEFAULT_TIMEOUT_MS = 25_000;

/** The client has gone away or cancelled; nobody reads the answer. */
export class CallCancelled extends Error {
  override readonly name = 'CallCancelled';
}

/** The deadline has passed before the handler was done. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  /** @param timeoutMs - The deadline in milliseconds. */
  constructor(readonly timeoutMs: number) {
    super(`The call took longer than ${timeoutMs / 1_000} s.`);
  }
}

/** The time one call has, and its end. */
export class Deadline {
  readonly #client: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #passed: DeadlinePassed | undefined;
  #over = false;

  /** @param client - Aborts when the client cancels; absent where the SDK hands none. */
  constructor(readonly timeoutMs: number, client: AbortSignal | undefined) {
    this.#client = client;
  }

  /** Aborts at the deadline and when the client cancels. Made on demand: most handlers never ask. */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    if (this.#passed) controller.abort(this.#passed);
    else if (this.#over || this.#client?.aborted) controller.abort(new CallCancelled());
    // The SDK closes the connection of an answered request: that is no cancellation.
    else this.#client?.addEventListener('abort', () => this.#over || controller.abort(new CallCancelled()), { once: true });
    return controller.signal;
  }

  /** Whether the answer has been given. */
  get isOver(): boolean {
    return this.#over || this.#client?.aborted === true;
  }

  /** @throws {@link DeadlinePassed} or {@link CallCancelled} once the call is over. */
  throwIfOver(): void {
    if (this.#passed) throw this.#passed;
    if (this.#over || this.#client?.aborted) throw new CallCancelled();
  }

  /**
   * Waits for `work`, but no longer than the deadline: a handler that ignores
   * the signal cannot hold up the answer.
   *
   * @throws {@link DeadlinePassed}, {@link CallCancelled}, or what `work` throws.
   */
  async limit<T>(work: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#passed = new DeadlinePassed(this.timeoutMs);
        this.#controller?.abort(this.#passed);
        reject(this.#passed);
      }, this.timeoutMs);
    });
    try {
      const value = await Promise.race([work(), late]);
      if (this.#client?.aborted) throw new CallCancelled();
      return value;
    } finally {
      clearTimeout(timer);
      this.#over = true;
    }
  }
}
