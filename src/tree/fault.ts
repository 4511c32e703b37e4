import { UserError } from '../error.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EEXIST: 'something appeared there meanwhile',
  ENOTEMPTY: 'something appeared there meanwhile',
  ENOTDIR: 'something appeared there meanwhile',
  ENOENT: 'something disappeared there meanwhile',
  EXDEV: 'a part of it is on another file system',
  ELOOP: 'its symbolic links go round in circles',
  ENAMETOOLONG: 'its path is too long',
};

/** The system's error code (`ENOSPC`, `EACCES`, ...), or an empty string. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What the system refused, as a `write_failed` a user can act on; anything else comes back as it is. */
export function explained(error: unknown, verb: 'read' | 'write', directory: string, hint: string): unknown {
  if (error instanceof UserError || !(error instanceof Error && 'syscall' in error)) return error;
  return new UserError('write_failed', `Could not ${verb} ${directory}: ${reasons[codeOf(error)] ?? error.message}.`, { hint, cause: error });
}

/** Runs `work`, which only reads, and explains what the system refuses. */
export function reading<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explained(error, 'read', directory, 'Nothing was written.');
  }
}
