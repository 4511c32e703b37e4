import { describe, expect, test } from 'vitest';
import { combinations, label, planned } from './combinations.ts';

/** One repository for each platform that differs: what operators meet does not depend on the rest. */
const repos = [...new Map([...combinations()].filter(({ transport }) => transport === 'http').map((answers) => [`${answers.auth} ${answers.session}`, planned(answers)])).values()];

/** What only a store that can be out of reach brings about. */
const outOfReach = new Set(['Sessions cannot be reached at the moment.', 'change.lost', 'limits.in_process', 'idempotency.not_kept', 'idempotency.not_released']);

/** What only a copy of the provider's metadata brings about, which not every provider needs. */
const ofACopy = new Set(['The metadata of the authorization server is not available.', 'auth.metadata_unavailable']);

/** Cells of a row, and one. */
const cells = (row: string) => row.split('|').length;

const sources = (files: ReadonlyMap<string, string>) => [...files].filter(([file]) => file.startsWith('src/')).map(([, text]) => text).join('\n');

/** Events in the source that are warnings or failures. */
const eventsOf = (source: string) => [...source.matchAll(/\.(?:warn|error|failure)\(\s*(?:otherwise === 'tool_error' \? )?'([\w.]+)'(?: : '([\w.]+)')?/g)].flatMap(([, ...names]) => names.filter((name) => name !== undefined));

/** Codes in the source for what is denied. */
function reasonsOf(source: string): string[] {
  const codes = /(?:\bdeny\((?:[^()?]*\? )?|turnAway\(principal, messages, |new Denial\('\w+', |\binvalid\(|\breason: )'(\w+)'(?: : '(\w+)')?/g;
  const mapped = /const CLAIM_REASONS[^{]+\{([^}]*)\}/.exec(source)?.[1] ?? '';
  return [...[...source.matchAll(codes)].flatMap(([, ...names]) => names), ...[...mapped.matchAll(/'(\w+)'/g)].map(([, name]) => name)].filter((name) => name !== undefined);
}

const explains = (manual: string, reason: string) => new RegExp(`^\\| .*\`${reason}\``, 'm').test(manual);

describe.each(repos.map(({ answers, files }) => [label(answers), answers.session, files] as const))('docs/operate.md, %s', (_, session, files) => {
  const manual = files.get('docs/operate.md') ?? '';
  const source = sources(files);
  const settings = files.get('.env.example') ?? '';
  const isPossible = (sign: string) => (session === 'redis' || !outOfReach.has(sign)) && (settings.includes('OAUTH_METADATA_SHIM=') || !ofACopy.has(sign));

  test('names every refusal of the whole server', () => {
    const refusals = [...source.matchAll(/refuse\(\s*(?:503|429),\s*'([^']+)'/g)].map(([, message = '']) => message);
    expect(refusals.length).toBeGreaterThan(1);
    expect(refusals.filter((message) => isPossible(message) && !manual.includes(`| ${message} |`))).toEqual([]);
  });

  test('names every event that is a warning or a failure', () => {
    const events = eventsOf(source);
    expect(events).toContain('process.crashed');
    expect(events.filter((event) => isPossible(event) && !manual.includes(`\`${event}\``))).toEqual([]);
  });

  test('names every reason for which something is denied', () => {
    const reasons = reasonsOf(source);
    expect(reasons).toEqual(expect.arrayContaining(['loop', 'budget', 'rate_limit', 'concurrency']));
    expect(reasons.filter((reason) => !explains(manual, reason))).toEqual([]);
  });

  test('R111 names every line of readiness that can be false', () => {
    expect(manual).toContain('| `accepting` |');
    expect(manual).toContain('| `services` |');
    expect(manual.includes('| `state` |')).toBe(session === 'redis');
  });

  test('says what each row means and what to do first', () => {
    const rows = manual.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
    for (const row of rows) expect(row.split('|').map((cell) => cell.trim()).filter((cell) => cell !== '').length).toBeGreaterThanOrEqual(2);
    expect(manual).not.toMatch(/undefined|\[object/);
  });

  // In a table a pipe ends the cell, also within code, and escaped it is no command for whoever reads the file itself.
  test('every row has the cells of its header, so no command in it is cut off', () => {
    for (const table of manual.matchAll(/(?:^\|.*\n)+/gm)) {
      const [header = '', ...rows] = table[0].trim().split('\n');
      for (const row of rows) expect([row, cells(row)]).toEqual([row, cells(header)]);
    }
  });

  test('its commands ask for fields that the log has, and it names settings that the server reads', () => {
    const fields = [...manual.matchAll(/jq [^`#]+?'([^']+)'/g)].flatMap(([, filter = '']) => [...filter.matchAll(/(?<![\w)])\.(\w+)/g)].map(([, field = '']) => field));
    expect(fields).toContain('duration_ms');
    expect(fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(source))).toEqual([]);
    const named = [...manual.matchAll(/\b([A-Z][A-Z\d]*_[A-Z\d_]+)\b/g)].map(([, name = '']) => name).filter((name) => !name.endsWith('_'));
    expect(named.filter((name) => !settings.includes(`${name}=`))).toEqual([]);
  });
});

test('docs/operate.md of a server that speaks on stdio only', () => {
  const answers = [...combinations()].find(({ transport }) => transport === 'stdio');
  const stdio = answers === undefined ? new Map<string, string>() : planned(answers).files;
  const manual = stdio.get('docs/operate.md') ?? '';
  const events = eventsOf(sources(stdio)).filter((event) => !outOfReach.has(event));
  expect(events).toEqual(expect.arrayContaining(['process.crashed', 'stdio.skipped']));
  expect(events.filter((event) => !manual.includes(`\`${event}\``))).toEqual([]);
  // Nobody counts its calls: what stays is what the call itself decides.
  const reasons = reasonsOf(sources(stdio)).filter((reason) => !['rate_limit', 'budget'].includes(reason));
  expect(reasons).toContain('loop');
  expect(reasons.filter((reason) => !explains(manual, reason))).toEqual([]);
  expect(manual).not.toMatch(/undefined|\[object|localhost|readyz/);
});
