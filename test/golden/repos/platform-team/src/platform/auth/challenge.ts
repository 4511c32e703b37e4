import { answerJson, refuse } from '../http/answer.js';
import { ANSWERS, type Denial } from './denial.js';

/** Seconds until a client should try again when keys cannot be had. */
const RETRY_AFTER = '5';

/** Turns a denial into an answer; `scopes` are all that the operation needs, as clients have to request them. */
export type Challenge = (denial: Denial, scopes: readonly string[], correlationId: string) => Response;

/**
 * Answers of RFC 6750 section 3 with the parameters of RFC 9728 section 5.1. A
 * request without credentials gets no error code (RFC 6750 section 3.1). An
 * outage is a 503 without a challenge: a 401 would make every client sign in again.
 *
 * @param metadataUrl - Where the protected resource metadata is.
 */
export function createChallenge(metadataUrl: string): Challenge {
  return ({ answer }, scopes, correlationId) => {
    const { status, error, description } = ANSWERS[answer];
    if (status === 503) return unavailable(description, correlationId);
    const parameters = [
      ...(error === undefined ? [] : [`error="${error}"`, `error_description="${description}"`]),
      ...(scopes.length === 0 ? [] : [`scope="${scopes.join(' ')}"`]),
      `resource_metadata="${metadataUrl}"`,
    ];
    return answerJson({ error: error ?? 'invalid_token', error_description: description, correlation_id: correlationId }, status, {
      'www-authenticate': `Bearer ${parameters.join(', ')}`,
      'cache-control': 'no-store',
    });
  };
}

const unavailable = (message: string, correlationId: string): Response =>
  refuse(
    503,
    message,
    'Send the request again with the same token. Operator: the log says which authorization server does not answer.',
    { 'retry-after': RETRY_AFTER },
    { correlationId },
  );
