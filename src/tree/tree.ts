import { UserError } from '../error.ts';

/** One planned file. Paths are relative, POSIX, without `.` or `..` segments. */
export interface TreeFile {
  readonly path: string;
  readonly contents: string;
}

/**
 * The planned contents of a repository, in memory.
 * Whoever plans adds files; the writer, the dry run, the diff and the tests read them.
 */
export class Tree {
  readonly #files = new Map<string, string>();

  /** @throws {UserError} `unsafe_path` for a path that could leave the root; `internal` for a path added twice. */
  add(path: string, contents: string): this {
    assertRelativePath(path);
    if (this.#files.has(path)) throw new UserError('internal', `Two templates write ${path}.`);
    this.#files.set(path, contents);
    return this;
  }

  get(path: string): string | undefined {
    return this.#files.get(path);
  }

  /** All files, sorted by path in code unit order, so that two plans compare byte by byte. */
  files(): TreeFile[] {
    return [...this.#files]
      .map(([path, contents]) => ({ path, contents }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/** @throws {UserError} `unsafe_path` unless `path` is relative, POSIX, stays below the root and out of `.git`. */
export function assertRelativePath(path: string): void {
  if (!isRelativePath(path)) throw new UserError('unsafe_path', `Refusing the path ${JSON.stringify(path)}: it is not inside the repository.`);
}

/** Whether a path can only lead below the root, and not into `.git`, which is never ours. */
export function isRelativePath(path: string): boolean {
  if (/[\\\0]|^[A-Za-z]:/.test(path)) return false;
  return path.split('/').every((segment) => !['', '.', '..', '.git'].includes(segment.toLowerCase()));
}
