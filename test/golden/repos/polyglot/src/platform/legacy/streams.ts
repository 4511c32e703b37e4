/** Milliseconds that a client has to come back for what it has missed. */
export const STREAM_MS = 10 * 60_000;

/** The first revision whose clients understand an event without data. */
export const PRIMES_SINCE = '2025-11-25';

/** The entry after the last one of a POST. */
export const END = '{"end":true}';

// Every stream is named after its session, so that no event id can lead into another one.

/** What was said in answer to one POST. */
export const postStream = (sessionId: string, exchangeId: string): string => `post:${sessionId}:${exchangeId}`;

/** What the client has answered. */
export const inboxOf = (sessionId: string): string => `inbox:${sessionId}`;

/** Who has the stream of a GET; also the channel that tells when somebody else has. */
export const leaseOf = (sessionId: string): string => `lease:${sessionId}`;

export const eventId = (stream: string, position: string): string => `${stream}_${position}`;
