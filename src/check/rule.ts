import type { Subject } from './subject.ts';

/**
 * `warn`: worth a decision. `unknown`: could not be looked at, which is never taken for a pass.
 * `n/a`: says nothing about this server.
 */
export type Verdict = 'pass' | 'warn' | 'fail' | 'unknown' | 'n/a';

/** What a verdict rests on: a place in the repository, or a request and its answer. */
export interface Evidence {
  readonly text: string;
  /** `src/tools/create_note.ts:7`. */
  readonly at?: string | undefined;
}

export interface Outcome {
  readonly verdict: Verdict;
  /** One line. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  /** The line or command that mends it. */
  readonly paste?: string | undefined;
}

/** The production checklist, the design of the tools, the state of the repository itself, and what a running server answers. */
export const parts = { checklist: 'Production checklist', design: 'Design of the tools', repository: 'Repository', server: 'Running server', provider: 'Identity provider' } as const;

/** One row. A rule is a file of its own that looks at one thing. */
export interface Rule {
  /** Stable: scripts name it. */
  readonly id: string;
  readonly part: keyof typeof parts;
  readonly title: string;
  /** What goes wrong without it, in one sentence. */
  readonly why: string;
  check(subject: Subject): Outcome;
}

export function pass(summary: string, evidence: readonly Evidence[] = []): Outcome {
  return { verdict: 'pass', summary, evidence };
}

export function warn(summary: string, evidence: readonly Evidence[], paste?: string): Outcome {
  return { verdict: 'warn', summary, evidence, paste };
}

export function fail(summary: string, evidence: readonly Evidence[], paste?: string): Outcome {
  return { verdict: 'fail', summary, evidence, paste };
}

export function unknown(reason: string): Outcome {
  return { verdict: 'unknown', summary: reason, evidence: [] };
}

export function inapplicable(reason: string): Outcome {
  return { verdict: 'n/a', summary: reason, evidence: [] };
}

/** A request and its answer as evidence. */
export function exchange({ request, answer, status }: { readonly request: string; readonly answer: string; readonly status?: number }): Evidence {
  return { text: `${request} -> ${status === undefined ? '' : `${status} `}${answer}` };
}

/** `2 tools`, `1 tool`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
