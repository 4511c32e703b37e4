/** The longest a call may take unless the tool says otherwise, in milliseconds. Below every common proxy's idle timeout. */
export const DEFAULT_TIMEOUT_MS = 25_000;

/** Thrown when the client has gone away or cancelled; nobody reads the answer. */
export class CallCancelled extends Error {
  override readonly name = 'CallCancelled';
}

/** Thrown when the deadline has passed before the handler was done. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  /** @param timeoutMs - The deadline in milliseconds. */
  constructor(readonly timeoutMs: number) {
    super(`The call took longer than ${timeoutMs / 1_000} s.`);
  }
}

/**
 * Runs `work` until it settles, the deadline passes, or the client cancels.
 * `work` gets a signal for the last two; a handler that ignores it can no
 * longer hold up the answer.
 *
 * @param timeoutMs - Milliseconds from now.
 * @throws {@link DeadlinePassed} or {@link CallCancelled}; otherwise what `work` throws.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  client: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    const stop = (reason: Error): void => {
      controller.abort(reason);
      reject(reason);
    };
    onAbort = () => stop(new CallCancelled('The client cancelled the call.'));
    timer = setTimeout(() => stop(new DeadlinePassed(timeoutMs)), timeoutMs);
    if (client.aborted) onAbort();
    else client.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([stopped, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    client.removeEventListener('abort', onAbort);
  }
}
