import type { ProviderInput } from './provider-inputs.ts';

/** One environment variable of the generated server, as `.env.example` documents it. */
export interface EnvironmentVariable {
  readonly name: string;
  /** What the server uses when it is unset; shown commented out. */
  readonly value: string;
  /** One line: meaning and unit. */
  readonly about: string;
}

/** A sign of trouble that an operator may meet, for `docs/operate.md`. Markdown, one line each. */
export interface Operation {
  /** A line of `/readyz`, the message of a refusal, a `decision_reason`, or the name of a log event. */
  readonly sign: string;
  readonly means: string;
  /** The first command or step. */
  readonly first: string;
}

/** Signs of trouble by where they are seen. */
export interface Operations {
  readonly readiness?: readonly Operation[];
  readonly refusals?: readonly Operation[];
  readonly reasons?: readonly Operation[];
  readonly events?: readonly Operation[];
}

/** A titled part of the generated README. */
export interface ReadmeSection {
  readonly title: string;
  readonly body: string;
}

/**
 * Something the user can choose, as data. Reading one object tells everything that the choice does;
 * nothing else in the CLI branches on its id.
 */
export interface Feature<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** The consequence of choosing it, shown beside the option. */
  readonly hint: string;
  /** Overlay folders below `templates/`, copied in this order. */
  readonly templates: readonly string[];
  /** Package names; their versions stand in `templates/package.json`. */
  readonly dependencies?: readonly string[];
  readonly devDependencies?: readonly string[];
  /** Scripts of package.json; `{run}` stands for the package manager's way to run another. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Entries that `build` makes one file of each: names in `src/entry/`. */
  readonly entries?: readonly string[];
  readonly environment?: readonly EnvironmentVariable[];
  readonly operations?: Operations;
}

/** Who signs users in. */
export interface AuthProvider extends Feature {
  /** What it is found by; all of them are needed in production. */
  readonly inputs: readonly ProviderInput[];
}

/** How clients reach the server. */
export interface Transport extends Feature {
  /** Listens on a port. */
  readonly network: boolean;
  /** Can be launched as a child process. */
  readonly stdio: boolean;
  /** Auth provider when none is chosen. */
  readonly defaultAuth: string;
  /** Deploy target when none is chosen. */
  readonly defaultDeploy: string;
  /** What `dev` gives, for the README's first page. */
  readonly start: string;
}

/** Where state lives. */
export interface SessionStore extends Feature {
  /** `none`: no state between calls; `process`: in one instance; `shared`: any instance. */
  readonly reach: 'none' | 'process' | 'shared';
  /** What is kept, and what a restart loses, for the README. */
  readonly keeps: string;
  /** What is lost when, for `docs/operate.md`. */
  readonly lost: { readonly killed: string; readonly store: string; readonly legacy: string };
}

/** Where the server will run. */
export interface DeployTarget extends Feature {
  /** `network`: behind an address; `local`: started by the MCP client; `either`. */
  readonly kind: 'network' | 'local' | 'either';
  /** The platform runs several instances unless told otherwise. */
  readonly severalInstances: boolean;
  /** What speaks against state that instances share, where something does. */
  readonly sharedState?: { readonly severity: 'refused' | 'warned'; readonly why: string };
  /** Scripts of `deploy/aws/package.json`, for a target whose infrastructure is code. */
  readonly infrastructure?: Readonly<Record<string, string>>;
  /** Further overlay folders for a server that listens on a port. */
  readonly networkTemplates?: readonly string[];
  /** Further overlay folders by how far state reaches. */
  readonly stateTemplates?: Readonly<Partial<Record<SessionStore['reach'], readonly string[]>>>;
  /** For a platform that runs several instances, and yet has one place for the state of a process. */
  readonly placed?: {
    /** Where that is, for the README. */
    readonly where: string;
    /** Instead of `use.network`. */
    readonly use: string;
    readonly operations: Operations;
  };
  /** How to use the target, for the README: with a server that listens on a port, and with one that speaks on stdio only. */
  readonly use: { readonly network: string; readonly stdio: string };
}

/** Finds a feature by id. @throws {TypeError} for an id that is not offered: the answers schema admits no other. */
export function byId<F extends Feature>(features: readonly F[], id: string): F {
  const found = features.find((feature) => feature.id === id);
  if (found === undefined) throw new TypeError(`unknown feature ${id}`);
  return found;
}
