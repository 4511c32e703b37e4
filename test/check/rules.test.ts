import { describe, expect, test } from 'vitest';
import { failedRows } from '../../src/check/check.ts';
import type { Row } from '../../src/check/check.ts';
import type { CallAnswer, Inspection } from '../../src/check/inspection.ts';
import type { Outcome, Rule, Verdict } from '../../src/check/rule.ts';
import { rules } from '../../src/check/rules/index.ts';
import { subjectOf } from '../../src/check/subject.ts';
import { withDefaults } from '../../src/answers/resolve.ts';
import { plan } from '../../src/plan/plan.ts';
import { platformState } from '../../src/plan/platform.ts';
import { openRepo } from '../../src/repo/repo.ts';
import { invoke, scratch } from '../cli/invoke.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ruleOf = (id: string): Rule => rules.find((rule) => rule.id === id) ?? (undefined as never);

/** Judges one rule on a generated repository with what was, supposedly, found by starting it. */
function judged(id: string, inspection: Inspection, files: Readonly<Record<string, string>> = {}, transport: 'http' | 'stdio' = 'http'): Outcome {
  const root = scratch();
  for (const { path: file, contents } of plan(withDefaults({ transport }, { name: 'notes-server', packageManager: 'npm' }), '0.0.0').files()) write(root, file, contents);
  for (const [file, contents] of Object.entries(files)) write(root, file, contents);
  const repo = openRepo(root);
  return ruleOf(id).check(subjectOf(repo, inspection, platformState(repo)));
}

function write(root: string, file: string, contents: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), contents);
}

const surface = { tools: {}, resources: {}, prompts: {} };
const answered: CallAnswer = { request: 'tools/call x', answer: '{"count":1}', isError: false, output: { count: 1 } };
const refused = (more: object = {}): CallAnswer => ({ request: 'tools/call x', answer: 'refused', isError: true, error: { error_class: 'rate_limit', ...more } });
const budget = { ...answered, meta: { 'mcp-gen/budget': { tenant: 2 } } };

function limited(many: readonly CallAnswer[], neighbour: CallAnswer): Inspection {
  const answers = Object.fromEntries(['first', 'again', 'otherArguments', 'withoutKey', 'otherTenant', 'unknownArgument', 'thrown', 'scope', 'unknownTool'].map((name) => [name, answered])) as NonNullable<Inspection['calls']>['answers'];
  return { surface, calls: { canary: 'canary', answers, classes: [], limits: { many, neighbour }, logs: [] } };
}

describe('R170 limits and traces', () => {
  test.each([
    ['no limit', [answered, answered], answered, 'fail'],
    ['a limit that is told in full', [budget, refused({ retry_after_seconds: 20 })], answered, 'pass'],
    ['a limit that does not say when to come back', [budget, refused()], answered, 'warn'],
    ['a limit without a budget', [answered, refused({ retry_after_seconds: 20 })], answered, 'warn'],
    ['a limit that hits the neighbour', [budget, refused({ retry_after_seconds: 20 })], refused(), 'fail'],
  ] as const)('limits: %s', (_, many, neighbour, verdict) => {
    expect(judged('limits', limited(many, neighbour)).verdict).toBe(verdict);
  });

  test.each(['http', 'stdio'] as const)('traces: where the entry opens them, %s', (transport) => {
    const entry = transport === 'http' ? 'src/entry/node.ts' : 'src/entry/stdio.ts';
    expect(judged('traces', { surface }, {}, transport)).toMatchObject({ verdict: 'pass', evidence: [{ at: expect.stringMatching(`^${entry}:\\d+$`) as string }] });
    expect(judged('traces', { surface }, { [entry]: 'serve();\n' }, transport)).toMatchObject({ verdict: 'fail', evidence: [{ at: entry }] });
    expect(judged('traces', { surface }, { 'src/entry/lambda.ts': 'serve();\n' }, transport)).toMatchObject({ verdict: 'fail', evidence: [{ at: 'src/entry/lambda.ts' }] });
  });
});

function answer(status: number, challenge?: string, text = '') {
  return { request: 'POST /mcp', status, answer: text, challenge: challenge ?? null };
}

describe('R078 OAuth', () => {
  const challenge = 'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"';
  const metadata = answer(200, undefined, '{"resource":"x","authorization_servers":["https://issuer.example"]}');
  const http = { anonymous: answer(401, challenge), garbage: answer(401, challenge), evilHost: answer(403), evilOrigin: answer(403), metadata };
  const manifest = { '.mcp-gen.json': JSON.stringify({ version: '0.0.0', answers: { auth: 'oidc' }, files: {} }) };

  test.each<[string, Partial<typeof http>, Verdict]>([
    ['tokens verified, clients told where to get one', {}, 'pass'],
    ['a call without a token answered', { anonymous: answer(200) }, 'fail'],
    ['any token taken', { garbage: answer(200) }, 'fail'],
    ['no way to sign in told', { anonymous: answer(401, 'Bearer') }, 'fail'],
    ['no metadata', { metadata: answer(404) }, 'fail'],
  ])('%s', (_, change, verdict) => {
    expect(judged('oauth', { surface, http: { ...http, ...change } }, manifest).verdict).toBe(verdict);
  });

  test('says nothing about a server on stdio, and nothing is assumed of one that did not start', () => {
    expect(judged('oauth', { surface }, {}, 'stdio').verdict).toBe('n/a');
    expect(judged('limits', { surface }, {}, 'stdio').verdict).toBe('n/a');
    expect(judged('oauth', { surface, httpFault: 'no port' }, manifest)).toMatchObject({ verdict: 'unknown', summary: expect.stringContaining('no port') });
  });
});

describe('mcp-gen check', () => {
  test('--strict also counts warnings and what could not be looked at', () => {
    const rows = (['pass', 'warn', 'fail', 'unknown', 'n/a'] as const).map((verdict) => ({ verdict }) as Row);
    expect(failedRows(rows, false).map(({ verdict }) => verdict)).toEqual(['fail']);
    expect(failedRows(rows, true).map(({ verdict }) => verdict)).toEqual(['warn', 'fail', 'unknown']);
  });

  test('every rule has an id of its own, a reason, and a file called like it', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { why } of rules) expect(why).toMatch(/^[A-Z].{20,}\.$/);
  });

  test('outside of a generated repository it is refused', async () => {
    expect(await invoke('mcp-gen', ['check'], { cwd: scratch() })).toMatchObject({ code: 2, stderr: expect.stringContaining('No .mcp-gen.json') });
  });
});
