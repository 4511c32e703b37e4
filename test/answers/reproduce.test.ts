import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../src/answers/rules.ts';
import type { Answers } from '../../src/answers/schema.ts';
import { authProviders, deployTargets, packageManagers, sessionStores, transports } from '../../src/features/index.ts';
import { invoke, scratch, snapshot } from '../cli/invoke.ts';

const ids = <Id extends string>(features: readonly { readonly id: Id }[]) => features.map((feature) => feature.id);

/** Any text the schema admits, with what shells, flags and templates trip over more often than chance would. */
const awkward = fc.constantFrom("'", '"', '`', '$(id)', '$HOME', '\\', '--', '-y', '{{name}}', '}}', '${x}', '!', '*', '~', '#', '&', ';', '%', '=', ' ', '😀', 'é', '\u202e', '\u2028', '<b>', '```');
const text = (maxLength: number) =>
  fc
    .array(fc.oneof(awkward, fc.string({ unit: 'grapheme', maxLength: 6 })), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join(''))
    .filter((value) => value.trim() !== '' && value.length <= maxLength && !/[\p{Cc}\p{Cs}]/u.test(value));

const valid: fc.Arbitrary<Partial<Answers>> = fc
  .record(
  {
    name: fc.constantFrom('notes-server', '@acme/crm-notes', 'z9'),
    title: text(100),
    description: text(1000),
    transport: fc.constantFrom(...ids(transports)),
    auth: fc.constantFrom(...ids(authProviders)),
    session: fc.constantFrom(...ids(sessionStores)),
    deploy: fc.shuffledSubarray(ids(deployTargets), { minLength: 1 }),
    packageManager: fc.constantFrom(...ids(packageManagers)),
    example: fc.boolean(),
    namespace: fc.constantFrom('com.example', 'io.github.some-one'),
    securityContact: fc.constantFrom('security@example.com', 'https://example.com/security?a=b&c=d'),
  },
  { requiredKeys: [] },
  )
  .filter((answers) => refusal(answers) === undefined);

/** The words a POSIX shell makes of a line. */
function shellWords(line: string): string[] {
  const words = execFileSync('sh', ['-c', `set -- ${line}\nprintf '%s\\0' "$@"`], { encoding: 'utf8' });
  return words.split('\0').slice(0, -1);
}

/** Creates from an answers file, then again with the command that was printed, as a shell reads it. */
async function twice(answers: Partial<Answers>, directory: string) {
  const cwd = scratch();
  writeFileSync(path.join(cwd, 'answers.json'), JSON.stringify(answers));
  const first = await invoke('create-mcp-server', [directory, '--answers', 'answers.json', '--yes', '--no-install', '--no-git'], { cwd });
  expect(first).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') as string });
  const command = first.stdout.trimEnd().split('\n').at(-1) ?? '';
  const [npx, program, ...argv] = shellWords(command);
  expect([npx, program]).toEqual(['npx', expect.stringMatching(/^create-mcp-server@\d/)]);
  const elsewhere = scratch();
  // Without --yes of our own: the printed command has to be complete.
  const second = await invoke('create-mcp-server', [...argv, '--no-install', '--no-git'], { cwd: elsewhere });
  expect(second).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') as string });
  expect(second.stdout).toContain(`  ${command.trim()}\n`);
  expect(snapshot(path.join(elsewhere, directory))).toEqual(snapshot(path.join(cwd, directory)));
}

describe('the command that is printed', () => {
  test('gives byte-equal repositories for any valid answers, read by a real shell', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(valid, fc.constantFrom('my-app', 'notes-server', 'deep/er/app-two'), twice), { numRuns: 40 });
  });

  test.each([
    ['a quote', { title: "it's \"quoted\"" }],
    ['a title that looks like a flag', { title: '--json', description: '-y' }],
    ['a substitution', { description: '$(touch owned) `id` $HOME' }],
    ['a template', { title: '{{name}} ${x}' }],
    ['a scope', { name: '@acme/notes' }],
    ['no example', { example: false }],
    ['targets in another order', { deploy: ['npm', 'docker'] as Answers['deploy'] }],
  ])('holds for %s', async (_title, answers) => {
    await twice(answers, 'my-app');
  });

  test('holds in the working directory itself', async () => {
    const cwd = path.join(scratch(), 'my-app');
    mkdirSync(cwd);
    const { stdout } = await invoke('create-mcp-server', ['.', '--yes', '--no-install', '--no-git'], { cwd });
    expect(stdout).toMatch(/npx create-mcp-server@\S+ \. --transport http/);
    expect(stdout).not.toContain('cd ');
  });
});
