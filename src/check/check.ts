import { packageManagers } from '../features/index.ts';
import type { Outcome, Rule, Verdict } from './rule.ts';
import { rules } from './rules/index.ts';
import type { Subject } from './subject.ts';

/** A rule and what it found. */
export interface Row extends Outcome {
  readonly id: string;
  readonly part: Rule['part'];
  readonly title: string;
  readonly why: string;
}

/** What this command never looks at, whatever it finds, and what does. */
export const beyond: readonly { readonly what: string; readonly how: string }[] = [
  { what: 'a running server', how: 'mcp-gen check --url <endpoint> asks it from outside' },
  { what: 'the identity provider', how: 'mcp-gen check auth reads its metadata and keys, and the ways clients can register' },
  { what: 'what src/services does with the tenant it is given', how: 'read it, and test it with two tenants' },
  { what: 'known faults of dependencies', how: 'npm audit' },
  { what: 'secrets in the history of the repository, the host and its network', how: 'scanners of their own' },
  { what: 'load', how: 'try how many calls it stands, and what a slow upstream does to them' },
];

/** Applies every rule. A rule that throws has not passed. */
export function checkRepo(subject: Subject): Row[] {
  const { run } = packageManagers.find(({ id }) => id === subject.repo.manifest.answers.packageManager) ?? packageManagers[0];
  return rules.map((rule) => {
    const { paste, ...outcome } = judged(rule, subject);
    return { id: rule.id, part: rule.part, title: rule.title, why: rule.why, ...outcome, ...(paste === undefined ? {} : { paste: paste.replaceAll('npm run', run) }) };
  });
}

function judged(rule: Rule, subject: Subject): Outcome {
  try {
    return rule.check(subject);
  } catch (error) {
    return { verdict: 'unknown', summary: `the rule itself failed: ${error instanceof Error ? error.message : String(error)}`, evidence: [] };
  }
}

/** The rows that decide the exit code. @param strict warnings, and what could not be looked at, count too. */
export function failedRows(rows: readonly Row[], strict: boolean): Row[] {
  return rows.filter(({ verdict }) => verdict === 'fail' || (strict && (verdict === 'warn' || verdict === 'unknown')));
}

/** How many rows have each verdict. */
export function tally(rows: readonly { readonly verdict: Verdict }[]): Readonly<Record<Verdict, number>> {
  const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length;
  return { pass: count('pass'), warn: count('warn'), fail: count('fail'), unknown: count('unknown'), 'n/a': count('n/a') };
}
