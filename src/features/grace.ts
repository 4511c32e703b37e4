/** What calls get to finish after SIGTERM, in milliseconds: the default of `SHUTDOWN_GRACE_MS`. */
export const graceMs = 30_000;

/** What a platform waits before it kills, in seconds: the same, and time for streams to end. Every target takes it from here. */
export const stopSeconds = graceMs / 1_000 + 5;

/**
 * How long nothing may come from a server that is well, in seconds: what proxies wait. A call may be silent until its
 * deadline, if that is 25 s at most; what may take longer is streamed.
 */
export const silenceSeconds = 2 * (graceMs / 1_000);
