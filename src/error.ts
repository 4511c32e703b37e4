/** Process exit codes (CONTRACT section 1). */
export const ExitCode = { done: 0, failed: 1, usage: 2, pending: 3, cancelled: 130 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Stable machine-readable reasons, as `error.code` of `--json`. */
export type ErrorCode =
  | 'invalid_answers'
  | 'refused_combination'
  | 'missing_answers'
  | 'swallowed_flags'
  | 'usage'
  | 'directory_not_empty'
  | 'unsafe_path'
  | 'write_failed'
  | 'install_failed'
  | 'not_a_generated_repo'
  | 'other_version'
  | 'invalid_item'
  | 'invalid_document'
  | 'too_many_tools'
  | 'already_exists'
  | 'locked'
  | 'check_failed'
  | 'call_failed'
  | 'call_not_found'
  | 'log_unreadable'
  | 'cancelled'
  | 'internal';

export interface UserErrorOptions {
  /** What to do about it: a command, a flag or a value to use instead. */
  hint?: string;
  exitCode?: ExitCode;
  cause?: unknown;
}

/** A failure the user can act on: printed as message and hint, never as a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(code: ErrorCode, message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? ExitCode.failed;
  }
}

/** Wrong flags, values or answers: exit code 2. */
export function usageError(code: ErrorCode, message: string, hint?: string): UserError {
  return new UserError(code, message, { exitCode: ExitCode.usage, ...(hint === undefined ? {} : { hint }) });
}

/** Ctrl-C, Esc or a closed stdin: exit code 130. */
export function cancelled(message = 'Cancelled. Nothing was written.'): UserError {
  return new UserError('cancelled', message, { exitCode: ExitCode.cancelled });
}

/** What a check has against something, as one line to show beside a question; undefined when nothing. */
export function faultOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return `${error.message} ${error.hint ?? ''}`;
    throw error;
  }
}
