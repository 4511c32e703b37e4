import { missingScopes, type Principal } from '../principal.js';
import { StateFull, StateUnavailable } from '../state/port.js';
import { DeadlinePassed } from './deadline.js';
import { ResultTooLong } from './result.js';

/** What went wrong, in the only words a client ever gets. */
export type ErrorClass =
  | 'validation'
  | 'not_found'
  | 'permanent'
  | 'transient'
  | 'authorization'
  | 'rate_limit'
  | 'conflict'
  | 'internal';

/** One argument that was refused. `path` is dotted; the value is never repeated. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export interface ToolErrorOptions {
  /** What to do instead, in one sentence a model can act on. */
  readonly hint?: string;
  readonly retryAfterSeconds?: number;
  readonly fieldErrors?: readonly FieldError[];
  /** Defaults to true for `transient` and `rate_limit`, false otherwise. */
  readonly retryable?: boolean;
}

/**
 * A failure whose text may reach the client. Anything else that is thrown is
 * answered with a fixed text and a correlation id, so a message from a driver
 * or an upstream can never leak.
 */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  private constructor(
    readonly errorClass: Exclude<ErrorClass, 'internal'>,
    message: string,
    readonly options: ToolErrorOptions = {},
  ) {
    super(message);
  }

  /** The arguments are wrong; the model can correct them. */
  static readonly validation = ToolError.#maker('validation');
  /** Unknown, or not the caller's: the two must look alike. */
  static readonly notFound = ToolError.#maker('not_found');
  /** Trying again will not help. */
  static readonly permanent = ToolError.#maker('permanent');
  /** Trying again later may help. */
  static readonly transient = ToolError.#maker('transient');
  /** The caller may not do this. */
  static readonly authorization = ToolError.#maker('authorization');
  /** Too much at once; say when to come back. */
  static readonly rateLimit = ToolError.#maker('rate_limit');
  /** The state has changed, or another call is in the way. */
  static readonly conflict = ToolError.#maker('conflict');

  static #maker(errorClass: ToolError['errorClass']) {
    return (message: string, options?: ToolErrorOptions): ToolError => new ToolError(errorClass, message, options);
  }
}

/**
 * The last door before a handler. Over HTTP the gate has answered 403 before.
 *
 * @throws {ToolError} class `authorization`
 */
export function assertScopes(principal: Principal, scopes: readonly string[]): void {
  if (missingScopes(principal, scopes).length === 0) return;
  throw ToolError.authorization('The caller lacks a scope that this needs.', { hint: `It needs: ${scopes.join(' ')}` });
}

/** The error object on the wire. */
export interface ErrorBody {
  readonly error_class: ErrorClass;
  readonly message: string;
  readonly retryable: boolean;
  readonly retry_after_seconds?: number;
  readonly hint?: string;
  readonly field_errors?: readonly FieldError[];
  readonly correlation_id: string;
}

/** Turns anything thrown into what a client may see. */
export function toErrorBody(thrown: unknown, correlationId: string): ErrorBody {
  const error = known(thrown);
  if (!(error instanceof ToolError)) {
    return {
      error_class: 'internal',
      message: 'The server could not complete this request.',
      retryable: false,
      hint: `Report correlation id ${correlationId} to the operator of this server.`,
      correlation_id: correlationId,
    };
  }
  const { hint, retryAfterSeconds, fieldErrors, retryable } = error.options;
  return {
    error_class: error.errorClass,
    message: error.message,
    retryable: retryable ?? (error.errorClass === 'transient' || error.errorClass === 'rate_limit'),
    ...(retryAfterSeconds !== undefined && { retry_after_seconds: retryAfterSeconds }),
    ...(hint !== undefined && { hint }),
    ...(fieldErrors !== undefined && { field_errors: fieldErrors }),
    correlation_id: correlationId,
  };
}

/** Failures of the platform's own that have an answer of their own. */
function known(thrown: unknown): unknown {
  if (thrown instanceof DeadlinePassed) {
    return ToolError.transient(thrown.message, {
      hint: 'It may still take effect. Repeat it with the same idempotency_key, where there is one, or ask for less.',
    });
  }
  if (thrown instanceof ResultTooLong) {
    return ToolError.permanent('The result of this call is too long to send.', {
      hint: 'Ask for less: a narrower query, a smaller limit, one page at a time. If the call changes data, it has done so.',
    });
  }
  if (thrown instanceof StateUnavailable) {
    return ToolError.transient('The state store of this server does not answer.', {
      hint: 'Repeat the call, with the same idempotency_key where there is one.',
      retryAfterSeconds: 2,
    });
  }
  if (thrown instanceof StateFull) return ToolError.rateLimit('The state store of this server is full.', { retryAfterSeconds: 60 });
  return thrown;
}
