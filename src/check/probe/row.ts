import type { Evidence, Outcome } from '../rule.ts';
import { fail, inapplicable, pass, unknown } from '../rule.ts';
import type { Sight } from './clients.ts';
import type { Answer, Wire } from './wire.ts';

/** What the first requests told, before any row is judged. */
export interface Facts {
  readonly wire: Wire;
  /** The answer to a right request of 2026 without a token, and to the same with the token that was given. */
  readonly anonymous: Answer;
  readonly baseline: Answer;
  readonly initialized: Answer;
  /** Whether it asks for a token. */
  readonly isProtected: boolean;
  /** Whether it answers us: it is open, or the token is good. */
  readonly isAdmitted: boolean;
  readonly speaksModern: boolean;
  readonly speaksLegacy: boolean;
  readonly isLoopback: boolean;
  /** The header that names the session of 2025, where there is one. */
  readonly session: Readonly<Record<string, string>>;
  /** What a real client of each era saw, or what stopped it. */
  readonly modernClient: Sight | Error | undefined;
  readonly legacyClient: Sight | Error | undefined;
}

/** One thing that is asked of a running server. */
export interface ProbeRow {
  readonly id: string;
  readonly title: string;
  /** What goes wrong without it, in one sentence. */
  readonly why: string;
  probe(facts: Facts): Promise<Outcome> | Outcome;
}

/** A request and its answer, on one line each. */
export function shown({ ask, status, text, headers }: Answer): Evidence {
  const { method = 'POST', about, body, url } = ask;
  const what = about ?? `${method} ${url ?? 'the endpoint'}${body === undefined ? '' : ` ${body.slice(0, 80)}`}`;
  const challenge = headers['www-authenticate'];
  return { text: `${what} -> ${status === 0 ? text : `${status} ${challenge ?? text.slice(0, 160)}`}` };
}

/** Answers of which each must be right in some way: all of them, or those that are not. */
export function judged(summary: string, expected: readonly (readonly [answer: Answer, isRight: boolean])[], fault: string, paste?: string): Outcome {
  const wrong = expected.filter(([, isRight]) => !isRight);
  return wrong.length === 0 ? pass(summary, expected.map(([answer]) => shown(answer))) : fail(`${fault}: ${wrong.map(([{ ask }]) => ask.about ?? 'a request').join(', ')}`, wrong.map(([answer]) => shown(answer)), paste);
}

/** For rows that need an answer to a right request. */
export function admitted({ isAdmitted, wire }: Facts, probe: () => Promise<Outcome>): Promise<Outcome> | Outcome {
  return isAdmitted ? probe() : unknown(wire.token === undefined ? 'the server wants a token: --token-stdin' : 'the server refused the token');
}

/** For rows on the revision without sessions. */
export function inModern(facts: Facts, probe: () => Promise<Outcome>): Promise<Outcome> | Outcome {
  return admitted(facts, async () => (facts.speaksModern ? probe() : inapplicable('it does not speak 2026-07-28')));
}

/** For rows on the revisions with sessions. */
export function inLegacy(facts: Facts, probe: () => Promise<Outcome>): Promise<Outcome> | Outcome {
  return admitted(facts, async () => (facts.speaksLegacy ? probe() : inapplicable('it does not serve clients of 2025')));
}

export function isRefusal({ status }: Answer): boolean {
  return status >= 400 && status < 500;
}
