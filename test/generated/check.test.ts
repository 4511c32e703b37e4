import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { checkRepo } from '../../src/check/check.ts';
import type { Row } from '../../src/check/check.ts';
import { inspect } from '../../src/check/inspection.ts';
import type { Verdict } from '../../src/check/rule.ts';
import { rules } from '../../src/check/rules/index.ts';
import { subjectOf } from '../../src/check/subject.ts';
import { platformState } from '../../src/plan/platform.ts';
import { openRepo } from '../../src/repo/repo.ts';
import { version } from '../../src/version.ts';
import { documentOf, invoke } from '../cli/invoke.ts';
import { copyRepo, writeIndexes } from './wire/probe.ts';

const fresh = path.join(inject('workspace'), 'check-fresh');
const repo = path.join(inject('workspace'), 'check');

/** Replaces texts in a file. @throws when one is not there. */
function edit(file: string, ...changes: readonly (readonly [from: string | RegExp, to: string])[]): void {
  const at = path.join(repo, file);
  for (const [from, to] of changes) {
    const before = readFileSync(at, 'utf8');
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${file} has no ${from}`);
    writeFileSync(at, after);
  }
}

function add(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(repo, file)), { recursive: true });
  writeFileSync(path.join(repo, file), text);
}

/** A tool that keeps every rule. */
const good = (name: string, input = "id: z.string().max(64).describe('Identifier of the thing, at most 64 characters')") => `import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: '${name}',
  title: 'Good',
  when: 'Call this to find one thing by its identifier.',
  returns: 'The identifier of the thing.',
  effect: 'read',
  scopes: ['notes:read'],
  input: z.strictObject({ ${input} }),
  output: z.object({ id: z.string().describe('Identifier of the thing') }),
  run: () => ({ id: 'x' }),
});
`;

/** Adds tools and lists them. */
function tools(sources: Readonly<Record<string, string>>): void {
  for (const [name, source] of Object.entries(sources)) add(`src/tools/${name}.ts`, source);
  writeIndexes(repo);
}

/** @param relock whether the changed surface was taken into tools.lock.json, as `npm run lock -- --unreleased` does. */
async function checked(relock = true): Promise<Row[]> {
  const opened = openRepo(repo);
  const inspection = await inspect(opened, process.env, new AbortController().signal);
  expect(inspection.surfaceFault).toBeUndefined();
  if (relock) writeFileSync(path.join(repo, 'tools.lock.json'), JSON.stringify({ ...inspection.surface, version: '0.1.0' }));
  return checkRepo(subjectOf(opened, inspection, platformState(opened)));
}

const verdicts = (rows: readonly Row[]) => Object.fromEntries(rows.map(({ id, verdict }) => [id, verdict]));

/** Breaks one rule each. What edits the platform is told by the rule `platform` as well, as a warning. */
const breaks: Readonly<Record<string, readonly [verdict: Verdict, evidence: RegExp, mutate: () => void, relock?: false]>> = {
  limits: ['fail', /all were answered/, () => edit('src/platform/http/limit.ts', ["if (refusedBy === 'tenant' && level)", 'if (level && level.limit < 0)'])],
  oauth: ['fail', /POST \/mcp .* 200/, () => edit('.mcp-gen.json', ['"auth": "none"', '"auth": "oidc"'])],
  redirects: ['fail', /^src\/sign_in\.ts:2 /, () => add('src/sign_in.ts', "// where people come back to\nexport const path = '/oauth/callback';\n")],
  'strict-schemas': ['fail', /^src\/tools\/find_thing\.ts:\d+ input\.id: needs \.max\(\)/, () => tools({ find_thing: good('find_thing', "id: z.string().describe('Identifier of the thing')") })],
  'semantic-validation': ['fail', /^src\/tools\/delete_note\.ts:\d+ /, () => edit('src/tools/delete_note.ts', [/ {2}async check[^]*?\n {2}\},\n/, ''])],
  idempotency: ['fail', /mcp-gen-check-key.*-> \{"count":2\}/, () => edit('src/platform/call/pipeline.ts', ['idempotencyKey === undefined ||', 'idempotencyKey === undefined || tool.name ||'])],
  'error-classes': ['fail', /mcp_gen_probe_throw .*canary/, () => edit('src/platform/call/error.ts', ["message: 'The server could not complete this request.'", 'message: String(error)'])],
  traces: ['fail', /^src\/entry\/node\.ts never opens/, () => edit('src/entry/node.ts', [/sendsTelemetry\(config\) \?.*/, 'undefined;'])],
  audit: ['fail', /one line with "event":"mcp\.audit"/, () => edit('src/platform/call/pipeline.ts', ["record.end({ status, errorClass: body.error_class });", ''])],
  tenants: ['fail', /takes the argument tenant_id/, () => tools({ find_thing: good('find_thing', "tenant_id: z.string().max(9).describe('Whose thing it is, at most 9 characters')") })],
  versioning: ['fail', /^tools\.lock\.json breaking tool search_notes: input\.query was removed/, () => edit('src/tools/search_notes.ts', ['query: z', 'words: z'], ['{ query, limit', '{ words, limit'], ['search(query', 'search(words']), false],
  'blast-radius': ['fail', /^src\/tools\/create_note\.ts:\d+ /, () => edit('src/tools/create_note.ts', ["'adds one note of the caller.'", "''"])],
  description: ['fail', /search_notes: does not say what comes back/, () => edit('src/tools/search_notes.ts', [/returns: '[^']*'/, "returns: ''"])],
  name: ['fail', /^src\/tools\/lookup\.ts:\d+ lookup must be a verb and a noun/, () => tools({ lookup: good('lookup') })],
  lookalikes: ['fail', /search_notes looks like search_n0tes/, () => tools({ search_n0tes: good('search_n0tes') })],
  count: ['fail', /find_thing_a/, () => tools(Object.fromEntries(Array.from('abcdefghijklm', (letter) => [`find_thing_${letter}`, good(`find_thing_${letter}`)])))],
  annotations: ['fail', /delete_note says readOnlyHint false, destructiveHint false/, () => edit('src/platform/define/tool.ts', ["destructiveHint: effect === 'destructive'", 'destructiveHint: false'])],
  deadlines: ['fail', /^src\/tools\/search_notes\.ts:\d+ may take longer than 60 s/, () => edit('src/tools/search_notes.ts', ["effect: 'read',", "effect: 'read',\n  timeoutMs: 60_001,"])],
  hints: ['fail', /^src\/tools\/delete_note\.ts:\d+ "find_notes" is no tool/, () => edit('src/tools/delete_note.ts', ['Call search_notes', 'Call find_notes'])],
  'stated-bounds': ['fail', /query: says 200, its schema 100/, () => edit('src/tools/search_notes.ts', ['max(200)', 'max(100)'])],
  'hidden-text': ['fail', /<U\+200B>/, () => edit('src/prompts/summarize_notes.ts', ['Use this to', 'Use this\u200B to'])],
  'header-secrets': ['fail', /api_key: never mirror a secret/, () => tools({ find_thing: good('find_thing', "api_key: z.string().max(64).describe('Key of the account, at most 64 characters').meta({ 'x-mcp-header': 'Key' })") })],
  'provider-neutral': ['fail', /not at the root of its input/, () => tools({ find_thing: good('find_thing').replace(' }),\n  output', " }).meta({ not: {} }),\n  output") })],
  finished: ['warn', /^src\/tools\/find_thing\.ts:\d+ To be replaced/, () => tools({ find_thing: good('find_thing').replace('  run:', '  // To be replaced.\n  run:') })],
  platform: ['warn', /^src\/platform\/runtime\.ts changed/, () => edit('src/platform/runtime.ts', [/$/, '// mine\n'])],
  indexes: ['fail', /^src\/tools\/index\.ts /, () => add('src/tools/find_thing.ts', good('find_thing'))],
};

describe('mcp-gen check on a generated repository', () => {
  let before: Readonly<Record<string, Verdict>>;
  beforeAll(async () => {
    copyRepo('http-notes', fresh);
    // The workspace is planned as version 0.0.0, and only a repository of this version can be compared with what it makes.
    const manifest = path.join(fresh, '.mcp-gen.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"version": "0.0.0"', `"version": "${version}"`));
  });
  beforeEach(() => {
    rmSync(repo, { recursive: true, force: true });
    cpSync(fresh, repo, { recursive: true });
  });

  test('R170 says of each row whether it holds, and what that rests on', async () => {
    const rows = await checked(false);
    before = verdicts(rows);
    // Nobody signs in to this repository.
    expect(rows.filter(({ verdict }) => verdict !== 'pass').map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['oauth warn']);
    expect(rows.filter(({ part }) => part === 'checklist')).toHaveLength(12);
    expect(rows.filter(({ part, evidence }) => part === 'checklist' && evidence.length === 0).map(({ id }) => id)).toEqual(['redirects']);
  });

  test('every rule is broken below', () => {
    expect(Object.keys(breaks).toSorted()).toEqual(rules.map(({ id }) => id).toSorted());
  });

  /** Rows of the requirements that one rule stands for. */
  const proved: Readonly<Record<string, string>> = { R022: 'description', R025: 'count', R030: 'name', R168: 'versioning', R169: 'blast-radius', R171: 'provider-neutral' };

  test.each(Object.keys(breaks).map((id) => [['R170', ...Object.keys(proved).filter((row) => proved[row] === id)].join(' '), id] as const))('%s %s: broken, exactly that rule says so, with evidence and a line to paste', async (_, id) => {
    const [verdict, evidence, mutate, relock = true] = breaks[id] ?? ['fail', /^$/, () => undefined];
    mutate();
    const rows = await checked(relock);
    const row = rows.find((one) => one.id === id);
    expect(row?.verdict).toBe(verdict);
    expect(row?.evidence.map(({ at, text }) => (at === undefined ? text : `${at} ${text}`)).join('\n')).toMatch(new RegExp(evidence, 'm'));
    expect(row?.paste).toMatch(/\S/);
    const others = Object.entries(verdicts(rows)).filter(([other, found]) => other !== id && found !== before[other]).map(([other, found]) => `${other} ${found}`);
    expect(others.filter((other) => other !== 'platform warn')).toEqual([]);
  });

  test('R051 a tool that asks an API and does not say so is found, with the line to write', async () => {
    tools({ find_thing: good('find_thing').replace("run: () => ({ id: 'x' })", "async run({ id }, { upstream }) {\n    await upstream('crm').fetch('/things');\n    return { id };\n  }") });
    expect((await checked()).find(({ id }) => id === 'annotations')).toMatchObject({ verdict: 'fail', evidence: [{ at: expect.stringMatching(/^src\/tools\/find_thing\.ts:\d+$/) as string }], paste: 'openWorld: true,' });
    edit('src/tools/find_thing.ts', ["effect: 'read',", "effect: 'read',\n  openWorld: true,"]);
    expect((await checked()).find(({ id }) => id === 'annotations')).toMatchObject({ verdict: 'pass' });
  });

  test('a broken row is exit code 3, in text and in --json', async () => {
    edit('src/tools/create_note.ts', [/when: '[^']*'/, "when: ''"]);
    const ended = await invoke('mcp-gen', ['check', '--json'], { cwd: path.join(repo, 'src') });
    const { ok, rows, counts } = documentOf<{ ok: boolean; rows: Row[]; counts: Record<Verdict, number> }>(ended);
    expect({ code: ended.code, ok, description: verdicts(rows)['description'] }).toEqual({ code: 3, ok: false, description: 'fail' });
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(rules.length);
    const shown = await invoke('mcp-gen', ['check'], { cwd: repo });
    expect(shown.stdout).toMatch(/FAIL {2}Three-part description +\d+ description[^\n]*\n +src\/tools\/create_note\.ts:8 {2}create_note: does not say when/);
  });

  test('R150 --report says what was not looked at, and writes over no file but its own', async () => {
    const report = path.join(repo, 'security.md');
    for (let round = 0; round < 2; round++) expect((await invoke('mcp-gen', ['check', '--report', 'security.md'], { cwd: repo })).code).toBe(0);
    const text = readFileSync(report, 'utf8');
    expect(text).toMatch(/## What was not looked at\n\n- A running server: /);
    expect(text).toMatch(/\| `delete_note` \| destructive \| removes one note of the caller/);
    for (const { title } of rules) expect(text).toContain(`| ${title} |`);
    writeFileSync(report, '# Mine\n');
    const refused = await invoke('mcp-gen', ['check', '--report', 'security.md'], { cwd: repo });
    expect({ code: refused.code, text: readFileSync(report, 'utf8') }).toEqual({ code: 2, text: '# Mine\n' });
    expect((await invoke('mcp-gen', ['check', '--report', '../outside.md'], { cwd: repo })).code).toBe(2);
    expect(existsSync(path.join(path.dirname(repo), 'outside.md'))).toBe(false);
  });

  test('what can\'t be loaded is said, and never taken for a pass', async () => {
    writeFileSync(path.join(repo, 'src/tools/create_note.ts'), 'export default {{{');
    const ended = await invoke('mcp-gen', ['check', '--json', '--strict'], { cwd: repo });
    const { rows } = documentOf<{ rows: Row[] }>(ended);
    expect(rows.filter(({ verdict }) => verdict === 'unknown').length).toBeGreaterThan(15);
    expect(rows.find(({ id }) => id === 'strict-schemas')?.summary).toMatch(/^src could not be loaded: .*create_note\.ts/);
    expect(ended.code).toBe(3);
  });

  test('a server that needs a setting to start is told which; its tools are looked at all the same', async () => {
    edit('src/config.ts', ['commonSettings.extend({})', "commonSettings.extend({ NOTES_TOKEN: z.string().meta({ description: 'opens the notes', example: 'secret' }) })"], ['import type * as z', 'import * as z']);
    const rows = await checked();
    expect(rows.find(({ id }) => id === 'audit')).toMatchObject({ verdict: 'unknown', summary: expect.stringContaining('NOTES_TOKEN: is required and not set') });
    expect(rows.find(({ id }) => id === 'strict-schemas')).toMatchObject({ verdict: 'pass' });
  });

  test('never calls a tool of the repository, and leaves nothing behind', async () => {
    edit('src/tools/create_note.ts', ['async run({ text }, { write, idempotencyKey }) {', "async run({ text }, { write, idempotencyKey }) {\n    (await import('node:fs')).writeFileSync('called', '');"]);
    await checked();
    expect(existsSync(path.join(repo, 'called'))).toBe(false);
  });
});

describe('a repository that people sign in to', () => {
  beforeEach(() => {
    rmSync(repo, { recursive: true, force: true });
    copyRepo('auth-oidc', repo);
    edit('.mcp-gen.json', ['"version": "0.0.0"', `"version": "${version}"`]);
  });

  test('R170 passes', async () => {
    const rows = await checked(false);
    expect(rows.filter(({ verdict }) => verdict !== 'pass').map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([]);
    expect(rows.find(({ id }) => id === 'oauth')?.evidence.map(({ text }) => text).join('\n')).toMatch(/POST \/mcp tools\/list \{\} -> 401/);
  });

  test.each<[string, () => void, RegExp]>([
    ['the gate of a server that nobody signs in to', () => cpSync(path.join(inject('workspace'), 'http-notes/src/platform/auth/gate.ts'), path.join(repo, 'src/platform/auth/gate.ts')), /a call without a valid token is answered/],
    ['a challenge that tells nobody where to sign in', () => edit('src/platform/auth/challenge.ts', ['`resource_metadata="${metadataUrl}"`,', '']), /does not tell clients where to sign in/],
    ['metadata that is not served', () => edit('src/platform/auth/gate.ts', [/addResourceMetadata\(\n[^]*?\n {6}\);\n/, '']), /the protected-resource metadata \(RFC 9728\) is not served/],
  ])('R170 oauth: %s', async (_, mutate, summary) => {
    mutate();
    const rows = await checked(false);
    expect(rows.find(({ id }) => id === 'oauth')).toMatchObject({ verdict: 'fail', summary: expect.stringMatching(summary), paste: expect.stringMatching(/\S/) });
    expect(rows.filter(({ id, verdict }) => verdict === 'fail' && id !== 'oauth').map(({ id }) => id)).toEqual([]);
  });
});

test('without its dependencies a repository is not passed', async () => {
  const bare = path.join(path.dirname(inject('workspace')), `bare-${path.basename(inject('workspace'))}`);
  cpSync(fresh, bare, { recursive: true });
  try {
    const { stdout } = await invoke('mcp-gen', ['check', '--json'], { cwd: bare });
    expect((JSON.parse(stdout) as { rows: Row[] }).rows.find(({ id }) => id === 'audit')?.summary).toContain('its dependencies are not installed');
  } finally {
    rmSync(bare, { recursive: true, force: true });
  }
});
