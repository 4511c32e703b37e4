/** What the caller is told, by kind. The texts are constant: nothing of the token or of an error ever gets into an answer. */
export const ANSWERS = {
  noToken: { status: 401, error: undefined, description: 'An access token is required.' },
  malformed: {
    status: 400,
    error: 'invalid_request',
    description: 'Send exactly one Authorization header: Bearer, one space, the token; no access_token in the URL.',
  },
  invalidToken: { status: 401, error: 'invalid_token', description: 'The access token is not valid for this server.' },
  insufficientScope: {
    status: 403,
    error: 'insufficient_scope',
    description: 'This needs more scopes than the access token has.',
  },
  accessDenied: {
    status: 403,
    error: 'access_denied',
    description: 'This server does not accept this client or this kind of token.',
  },
  unavailable: { status: 503, error: 'temporarily_unavailable', description: 'Tokens cannot be checked at the moment.' },
} as const;

/** A request that is not let through. */
export class Denial extends Error {
  override readonly name = 'Denial';

  /**
   * @param answer - What the caller is told.
   * @param reason - A short code for the log and the audit record; never sent.
   */
  constructor(
    readonly answer: keyof typeof ANSWERS,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}
