import { spawnSync } from 'node:child_process';
import { DockerfileParser } from 'dockerfile-ast';
import type { Dockerfile } from 'dockerfile-ast';
import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { withDefaults } from '../../src/answers/resolve.ts';
import { answersSchema } from '../../src/answers/schema.ts';
import type { Answers } from '../../src/answers/schema.ts';
import { helpers } from '../../src/render/helpers.ts';
import { combinations, planned } from '../matrix/combinations.ts';
import { stringsOf } from '../matrix/syntax.ts';
import { carriers, expected, outline, reproducingCommand } from './readback.ts';
import { anyContact, anyName, anyText, traps } from './texts.ts';

/** Fixed, so that a run is repeated by running it again. */
const seed = 20261120;
const numRuns = 1_000;

/** Seconds of work on a quiet machine; a busy one may take its time. */
const patience = 120_000;

type Texts = Pick<Answers, 'name' | 'title' | 'description'> & { securityContact: string };

const anyTexts: fc.Arbitrary<Texts> = fc.record({ name: anyName, title: anyText(100), description: anyText(1000), securityContact: anyContact });

const visible = traps.filter((trap) => trap.trim() !== '');

const plain = withDefaults(
  { name: 'plain-server', title: 'Plain title', description: 'Plain description.', transport: 'both', deploy: ['docker', 'npm'], namespace: 'com.example', securityContact: 'security@example.com' },
  { name: 'plain-server', packageManager: 'npm' },
);

/** What a file says other than it should: nothing, when every text arrived. */
function misread(answers: Answers): string[] {
  const { files } = planned(answers);
  const truth = expected(answers);
  return Object.entries(carriers).flatMap(([file, read]) => {
    const text = files.get(file);
    if (text === undefined) return [];
    return Object.entries(read(text)).filter(([key, value]) => key in truth && JSON.stringify(value) !== JSON.stringify(truth[key])).map(([key, value]) => `${file} ${key}: ${JSON.stringify(value)}`);
  });
}

/** Files of a platform that runs the server. */
const forPlatform = (file: string): boolean => /^(?:deploy\/|fly\.toml$|wrangler\.jsonc$)/.test(file);

describe('a name or text of any kind ends as that text in every file', () => {
  test('S131 in 1,000 random cases, read back by the parser of each language', () => {
    fc.assert(
      fc.property(anyTexts, (texts) => {
        expect(misread(answersSchema.parse({ ...plain, ...texts }))).toEqual([]);
      }),
      { seed, numRuns, examples: visible.map((trap): [Texts] => [{ name: 'plain-server', title: trap, description: `${trap}x${trap}`, securityContact: 'a@b.example' }]) },
    );
  }, patience);

  test('every kind of file that carries a text is read back, and each says what it carries', () => {
    const { files } = planned(plain);
    const said = Object.entries(carriers).map(([file, read]) => [file, Object.keys(read(files.get(file) ?? '')).filter((key) => key in expected(plain)).toSorted().join(' ')]);
    expect(said).toEqual([
      ['src/server.ts', 'contact description instructions mcpName name title'],
      ['dev/inspect.mjs', 'serverName'],
      ['package.json', 'command description mcpName name'],
      ['server.json', 'description mcpName name title'],
      ['.mcp.json', 'serverName'],
      ['.mcp-gen.json', Object.keys(plain).toSorted().join(' ')],
      ['README.md', 'description title'],
      ['SECURITY.md', 'contact'],
    ]);
  });

  test('no other file changes with a name or text: a new carrier needs a way to be read back', () => {
    const strange = new Set<string>();
    for (const answers of combinations()) {
      const { files } = planned(answers);
      const other = planned({ ...answers, name: '@other/name', title: 'Other', description: 'Different.' }).files;
      // What a platform calls things by is the name in letters that are safe in every language; it has no other text.
      for (const [file, text] of files) if (other.get(file) !== (forPlatform(file) ? text.replaceAll('matrix-server', 'name') : text)) strange.add(file);
    }
    expect([...strange].filter((file) => !Object.hasOwn(carriers, file))).toEqual([]);
  });

  test('S130 no file that carries a text renders it', () => {
    const { files } = planned({ ...plain, title: '{{name}}', description: '{{{description}}} {{#each deploy}}{{this}}{{/each}}' });
    const base = planned({ ...plain, title: 'T', description: 'D' }).files;
    for (const file of Object.keys(carriers)) {
      expect([file, files.get(file)?.split('plain-server').length]).toEqual([file, base.get(file)?.split('plain-server').length]);
    }
    expect(misread({ ...plain, title: '{{name}}', description: '{{{description}}} {{#each deploy}}{{this}}{{/each}}' })).toEqual([]);
  });

  test('S131 no text changes the outline of README.md', () => {
    const structure = outline(planned(plain).files.get('README.md') ?? '');
    fc.assert(
      fc.property(anyText(100), anyText(1000), (title, description) => {
        expect(outline(planned({ ...plain, title, description }).files.get('README.md') ?? '')).toBe(structure);
      }),
      { seed, numRuns: 200 },
    );
  }, patience);

  test('S131 the reproducing command of README.md gives every word back to a POSIX shell', (context) => {
    const cases = fc.sample(anyTexts, { seed, numRuns: 300 }).map((texts) => answersSchema.parse({ ...plain, ...texts }));
    const commands = cases.map((answers) => reproducingCommand(planned(answers).files.get('README.md') ?? ''));
    const { error, stdout, stderr } = spawnSync('sh', ['-s'], { input: `npx() { printf '%s\\0' "$@" END; }\n${commands.join('\n')}\n`, encoding: 'utf8', env: {}, cwd: '/', maxBuffer: 1 << 26 });
    if (error !== undefined && process.env['CI'] !== 'true') return context.skip(`no POSIX shell: ${error.message}`);
    expect({ error, stderr }).toEqual({ error: undefined, stderr: '' });
    const words = stdout.split('END\0').slice(0, -1).map((one) => one.split('\0').slice(0, -1));
    expect(words.length).toBe(cases.length);
    const wrong = cases.filter(({ name, title, description, securityContact }, index) => {
      const [program, , ...given] = words[index] ?? [];
      const has = (flag: string, value: string | undefined) => given.some((word, at) => (word === flag && given[at + 1] === value) || word === `${flag}=${value}`);
      return program !== 'create-mcp-server@0.0.0' || !has('--title', title) || !has('--description', description) || !has('--security-contact', securityContact) || (name.startsWith('@') && !has('--name', name));
    });
    expect(wrong).toEqual([]);
  }, patience);

  test('S137 a line break or control character is refused in every text', () => {
    const controls = [...Array(32).keys(), ...Array.from({ length: 33 }, (_, index) => 127 + index)].map((code) => String.fromCharCode(code));
    const admitted = controls.flatMap((control) =>
      (['name', 'title', 'description', 'namespace', 'securityContact'] as const).filter((key) => answersSchema.safeParse({ ...plain, [key]: `${plain[key]}${control}x.example` }).success).map((key) => `${key} U+${control.charCodeAt(0).toString(16)}`),
    );
    expect(admitted).toEqual([]);
  });
});

describe('the helper of a language makes a literal that its parser reads back', () => {
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    'json in JSON': (text) => JSON.parse(helpers.json(text)),
    'json in YAML': (text) => (parseYaml(`key: { a: ${helpers.json(text)} }`) as { key: { a: unknown } }).key.a,
    'json in TOML': (text) => parseToml(`key = ${helpers.json(text)}`)['key'],
    'yaml in YAML': (text) => (parseYaml(`key: ${helpers.yaml(text)}\n`) as { key: unknown }).key,
    'ts in TypeScript': (text) => stringsOf('x.ts', `export const x = ${helpers.ts(text)};`)[0],
    'md in a paragraph': (text) => textOf(`before\n\n${helpers.md(text)}\n\nafter\n`, 1),
    'md in a heading': (text) => textOf(`## ${helpers.md(text)}\n`, 0),
    'md in a list': (text) => textOf(`- ${helpers.md(text)}\n`, 0),
    'docker in a Dockerfile': (text) => dockerWord(DockerfileParser.parse(`FROM scratch\nENV key=${helpers.docker(text)}\n`)),
  };

  test.each(Object.keys(readers))('S131 %s', (name) => {
    fc.assert(
      fc.property(anyText(200), (text) => {
        expect(readers[name]?.(text)).toBe(text);
      }),
      { seed, numRuns, examples: visible.map((trap): [string] => [trap]) },
    );
  });

  test.each<[keyof typeof helpers, RegExp]>([['json', /[\u2028\u2029\u202E\u200B\uFEFF]/], ['ts', /[\u2028\u2029\u202E\u200B\uFEFF]/], ['yaml', /[\u2028\u2029\u202E\u200B\uFEFF]/]])('%s shows what an editor would hide', (name, hidden) => {
    expect((helpers[name] as (value: string) => string)('a\u2028\u2029\u202E\u200B\uFEFFb')).not.toMatch(hidden);
  });
});

/** The parser finds where the word ends; what is escaped in it is the rule of BuildKit's shell parser for double quotes. */
function dockerWord(file: Dockerfile): string | undefined {
  const words = file.getENVs().flatMap((env) => env.getProperties());
  const [, quoted] = words.length === 1 ? (/^"(.*)"$/su.exec(words[0]?.getUnescapedValue() ?? '') ?? []) : [];
  return quoted === undefined || /(?<!\\)(?:\\\\)*["$]/.test(quoted) ? undefined : quoted.replaceAll(/\\([\\"$])/g, '$1');
}

/** The text of the n-th block, as long as it is text and nothing else. */
function textOf(markdown: string, index: number): string {
  let node = fromMarkdown(markdown).children[index] as unknown as { children?: { type: string; value?: string }[] };
  while (node.children?.length === 1 && node.children[0]?.type !== 'text') node = node.children[0] as unknown as typeof node;
  return (node.children ?? []).map(({ type, value }) => (type === 'text' ? value : `<${type}>`)).join('');
}
