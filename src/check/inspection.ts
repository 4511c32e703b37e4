import { inspectScript } from 'virtual:check-scripts';
import type { Surface } from '../../templates/base/dev/changes.ts';
import type { Repo } from '../repo/repo.ts';
import type { Env } from '../run/executable.ts';
import { runInRepo } from '../run/inspect.ts';

/** One call of a tool in memory, and what came back. */
export interface CallAnswer {
  /** As it can be shown: method, tool and arguments. */
  readonly request: string;
  /** The beginning of the text that came back. */
  readonly answer: string;
  readonly isError?: boolean;
  readonly output?: Readonly<Record<string, unknown>>;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** JSON-RPC code of a call that was no call at all. */
  readonly rejected?: number | string;
}

/** One HTTP request in memory, and what came back. */
export interface HttpAnswer {
  readonly request: string;
  readonly status: number;
  readonly answer: string;
  readonly challenge?: string | null;
}

/** Calls of tools that `script/inspect.mjs` puts beside those of the repository. */
export interface Calls {
  /** A secret that was sent as an argument and thrown as an error: it must turn up nowhere. */
  readonly canary: string;
  readonly answers: Readonly<Record<'first' | 'again' | 'otherArguments' | 'withoutKey' | 'otherTenant' | 'unknownArgument' | 'thrown' | 'scope' | 'unknownTool', CallAnswer>>;
  /** One failure of each class that a tool can name. */
  readonly classes: readonly CallAnswer[];
  /** Six calls of a tenant that may make three a minute, and then one of another tenant. */
  readonly limits: { readonly many: readonly CallAnswer[]; readonly neighbour: CallAnswer };
  /** Everything that was logged. */
  readonly logs: readonly string[];
}

/** What could be learned by loading and starting the server in memory; for each part that could not, why. */
export interface Inspection {
  readonly surface?: Surface;
  readonly surfaceFault?: string;
  readonly calls?: Calls;
  readonly callsFault?: string;
  readonly http?: Readonly<Record<'anonymous' | 'garbage' | 'evilHost' | 'evilOrigin' | 'metadata', HttpAnswer>>;
  readonly httpFault?: string;
}

/** Loads and starts the server of a repository, in memory. */
export async function inspect({ root }: Repo, env: Env, signal: AbortSignal): Promise<Inspection> {
  const found = await runInRepo<Inspection>(root, inspectScript, env, signal);
  return 'fault' in found ? { surfaceFault: found.fault } : found;
}
