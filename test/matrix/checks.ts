import { createHash } from 'node:crypto';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { answersSchema } from '../../src/answers/schema.ts';
import { planned, version } from './combinations.ts';
import type { Repo } from './combinations.ts';
import { importsOf, nodeGlobalsOf, parseFile, remembered } from './syntax.ts';

/** What must hold for every planned repository, by the title of its test: each gives one line per fault. */
export const checks: Readonly<Record<string, (repo: Repo) => string[]>> = {
  'every file parses with the parser of its language': ({ files }) => perFile(files, parseFault),
  'R165 no file is empty, has a BOM or a CR, or lacks its last line feed': ({ files }) =>
    perFile(files, (_file, text) => (text.trim() !== '' && !/\r|\uFEFF/.test(text) && text.endsWith('\n') && !text.endsWith('\n\n') ? [] : ['is not clean text'])),
  'S134 no template syntax is left, and the expressions of GitHub workflows are': ({ files }) => [
    ...perFile(files, (_file, text) => (/(?<!\$)\{\{|\{\{[#/^>!~]/.test(text) ? ['holds template syntax'] : [])),
    ...['${{ matrix.node }}', '${{ github.ref }}'].flatMap((one) => (files.get('.github/workflows/ci.yml')?.includes(one) === true ? [] : [`ci.yml lacks ${one}`])),
  ],
  'no value that nobody gave is printed': ({ files }) =>
    perFile(files, (file, text) => (!isScript(file) && /\b(?:undefined|NaN)\b|\[object /.test(text) ? ['prints a missing value'] : [])),
  'two plans of the same answers are equal byte by byte': ({ answers, files }) => (same(planned(answers).files, files) ? [] : ['the second plan differs']),
  'every relative import resolves to a planned file': ({ files }) =>
    scripts(files).flatMap(([file, text]) => imports(file, text).filter(isRelative).flatMap((name) => (files.has(resolved(file, name)) ? [] : [`${file} imports ${name}`]))),
  'every bare import is a dependency of the right kind or a Node.js module': bareImports,
  'every dependency is used': unusedDependencies,
  'src/platform is runtime-neutral outside of node/, stdio/ and lambda/': platformNeutral,
  'nothing under src imports tests, dev/ or a file of its own that is not TypeScript': ({ files }) =>
    scripts(files).filter(([file]) => file.startsWith('src/')).flatMap(([file, text]) =>
      imports(file, text).filter(isRelative).map((name) => resolved(file, name)).filter((to) => to !== 'package.json' && !/^src\/.*\.ts$/.test(to)).map((to) => `${file} imports ${to}`)),
  'package.json is complete: names sorted, versions exact, fields in their order': packageFaults,
  'every script runs files and scripts that exist': scriptFaults,
  'every path that .mcp.json and the Dockerfile name is planned and not ignored': pathFaults,
  'the index files list every item and nothing else': ({ files }) =>
    ['tools', 'resources', 'prompts'].flatMap((kind) => {
      const index = `src/${kind}/index.ts`;
      const items = [...files.keys()].filter((file) => path.posix.dirname(file) === `src/${kind}` && file !== index).toSorted();
      const listed = imports(index, files.get(index) ?? '').map((name) => resolved(index, name));
      return listed.join() === items.join() ? [] : [`${index} lists ${listed.join()}`];
    }),
  'the manifest holds version, answers and the hash of every other file': manifestFaults,
  'every dotfile keeps its dot and its place': ({ files }) => [
    ...['.gitignore', '.gitattributes', '.npmrc', '.oxlintrc.json', '.mcp.json', '.env.example', '.mcp-gen.json', '.github/workflows/ci.yml', '.github/dependabot.yml'].filter((file) => !files.has(file)).map((file) => `${file} is missing`),
    ...[...files.keys()].filter((file) => /(?:^|\/)_[a-z]/.test(file) || file.endsWith('.hbs')).map((file) => `${file} was not renamed`),
  ],
  'no planned file is ignored by the .gitignore of the repository': ({ files }) =>
    [...files.keys()].filter((file) => isIgnored(file, files.get('.gitignore') ?? '')).map((file) => `${file} is ignored`),
  'every command and every link of README.md and AGENTS.md leads somewhere': documentFaults,
};

const parseFault = remembered((file, text) => {
  try {
    parseFile(file, text);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
});

const imports = remembered(importsOf);
const globals = remembered(nodeGlobalsOf);
const isIgnored = remembered((file: string, patterns: string) => ignored(patterns, file));
const links = remembered((_file: string, text: string) => linksOf(text));

function perFile(files: Repo['files'], check: (file: string, text: string) => string[]): string[] {
  return [...files].flatMap(([file, text]) => check(file, text).map((fault) => `${file}: ${fault}`));
}

function isScript(file: string): boolean {
  return /\.(?:ts|mjs)$/.test(file);
}

export function scripts(files: Repo['files']): [file: string, text: string][] {
  return [...files].filter(([file]) => isScript(file));
}

function same(a: Repo['files'], b: Repo['files']): boolean {
  return a.size === b.size && [...a].every(([file, text]) => b.get(file) === text);
}

function isRelative(name: string): boolean {
  return name.startsWith('.');
}

/** The planned file behind a relative import: TypeScript is imported by the name it will have when built. */
function resolved(from: string, name: string): string {
  const target = path.posix.join(path.posix.dirname(from), name);
  return target.replace(/\.js$/, '.ts');
}

interface Manifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export function packageOf({ files }: Repo): Manifest {
  return JSON.parse(files.get('package.json') ?? '') as Manifest;
}

function packageName(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function isBuiltin(name: string): boolean {
  return (name.startsWith('node:') && builtinModules.includes(name.slice('node:'.length))) || name === 'cloudflare:workers';
}

function bareImports(repo: Repo): string[] {
  const { dependencies, devDependencies } = packageOf(repo);
  return scripts(repo.files).flatMap(([file, text]) => {
    // Infrastructure is a package of its own.
    const ofInfrastructure = file.startsWith('deploy/aws/') ? (JSON.parse(repo.files.get('deploy/aws/package.json') ?? '') as Manifest).devDependencies : undefined;
    const allowed = ofInfrastructure ?? (file.startsWith('src/') ? dependencies : { ...dependencies, ...devDependencies });
    return imports(file, text)
      .filter((name) => !isRelative(name) && !isBuiltin(name) && !Object.hasOwn(allowed, packageName(name)))
      .map((name) => `${file} imports ${name}`);
  });
}

function packagesReached(from: readonly [file: string, text: string][]): Set<string> {
  return new Set(from.flatMap(([file, text]) => imports(file, text).map(packageName)));
}

/** Tools are used by their command in a script or by a configuration file; types by the compiler. */
function unusedDependencies(repo: Repo): string[] {
  const { dependencies, devDependencies, scripts: commands } = packageOf(repo);
  const all = scripts(repo.files);
  const inSource = packagesReached(all.filter(([file]) => file.startsWith('src/')));
  const anywhere = packagesReached(all);
  const words = new Set([...Object.values(commands), repo.files.get('.mcp.json') ?? ''].flatMap((text) => text.split(/[^\w@/-]+/)));
  const tool = (name: string) => words.has(name) || name.startsWith('@types/') || (name === 'typescript' && words.has('tsc'));
  return [
    ...Object.keys(dependencies).filter((name) => !inSource.has(name)),
    ...Object.keys(devDependencies).filter((name) => !anywhere.has(name) && !tool(name)),
  ].map((name) => `${name} is declared and never used`);
}

function platformNeutral({ files }: Repo): string[] {
  const ofNode = /^src\/platform\/(?:node|stdio|lambda)\//;
  const neutral = scripts(files).filter(([file]) => file.startsWith('src/platform/') && !ofNode.test(file));
  return neutral.flatMap(([file, text]) => [
    ...imports(file, text)
      .filter((name) => name.startsWith('node:') || name === '@hono/node-server' || (isRelative(name) && ofNode.test(resolved(file, name))))
      .map((name) => `${file} imports ${name}`),
    ...globals(file, text).map((name) => `${file} uses ${name}`),
  ]);
}

const fieldOrder = ['name', 'version', 'description', 'private', 'mcpName', 'license', 'type', 'engines', 'packageManager', 'bin', 'files', 'scripts', 'dependencies', 'devDependencies'];

function packageFaults(repo: Repo): string[] {
  const manifest = packageOf(repo);
  const { dependencies, devDependencies } = manifest;
  const keys = Object.keys(manifest);
  const tables = [dependencies, devDependencies];
  return [
    ...keys.filter((key) => !fieldOrder.includes(key)).map((key) => `the field ${key} has no place`),
    ...(keys.join() === fieldOrder.filter((key) => keys.includes(key)).join() ? [] : ['fields are out of order']),
    ...tables.flatMap((table) => (Object.keys(table).join() === Object.keys(table).toSorted().join() ? [] : ['dependencies are not sorted'])),
    ...tables.flatMap((table) => Object.entries(table)).filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range)).map(([name, range]) => `${name} ${range} is not exact`),
    ...Object.keys(dependencies).filter((name) => Object.hasOwn(devDependencies, name)).map((name) => `${name} is declared twice`),
    ...Object.values(manifest.bin ?? {}).filter((file) => !isBuilt(repo.files, file)).map((file) => `bin ${file} is not built`),
  ];
}

/** `dist/x.js` is what `src/entry/x.ts` becomes. */
function isBuilt(files: Repo['files'], file: string): boolean {
  const entry = /^dist\/(\w+)\.js$/.exec(file)?.[1];
  return entry !== undefined && files.has(`src/entry/${entry}.ts`);
}

/** A word of a command that names a file: built, planned, or a pattern some planned file fits. */
function missingFile(files: Repo['files'], word: string): boolean {
  if (word.endsWith('.mcpb')) return !files.has('dev/bundle.ts');
  if (word.startsWith('dist/')) return !isBuilt(files, word);
  const pattern = glob(word);
  return ![...files.keys()].some((file) => pattern.test(file));
}

function glob(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
}

function filesIn(command: string): string[] {
  return command.split(/[\s`"']+/).filter((word) => /^(?:src|test|dev|dist|deploy)\/[\w./*-]+\.\w+$/.test(word));
}

function scriptsIn(command: string, run: string): string[] {
  return command.split(`${run} `).slice(1).map((rest) => /^[\w:]+/.exec(rest)?.[0] ?? '');
}

/** `npm run`, `pnpm run`: how the answers' package manager runs a script. */
function runner({ answers }: Repo): string {
  return `${answers.packageManager} run`;
}

function scriptFaults(repo: Repo): string[] {
  const { scripts: commands } = packageOf(repo);
  return Object.entries(commands).flatMap(([name, command]) => [
    ...filesIn(command).filter((word) => missingFile(repo.files, word)).map((word) => `${name} runs ${word}`),
    ...scriptsIn(command, runner(repo)).filter((other) => !Object.hasOwn(commands, other)).map((other) => `${name} runs the script ${other}`),
    ...(/\{run\}|(?:npm|pnpm|yarn|bun) run/.test(command.replaceAll(runner(repo), '')) ? [`${name} runs another package manager`] : []),
  ]);
}

function pathFaults({ answers, files }: Repo): string[] {
  const launched = filesIn(files.get('.mcp.json') ?? '').filter((word) => missingFile(files, word)).map((word) => `.mcp.json starts ${word}`);
  const source = files.get('Dockerfile');
  const isWatched = files.get('.github/dependabot.yml')?.includes('package-ecosystem: docker\n') === true;
  const watched = isWatched === (source !== undefined) ? [] : ['dependabot.yml watches a Dockerfile that is not there, or not the one that is'];
  return [...launched, ...watched, ...(source === undefined ? [] : dockerfileFaults(source, files, answers.packageManager))];
}

const lockfiles = { npm: 'package-lock.json', pnpm: 'pnpm-lock.yaml', yarn: 'yarn.lock', bun: 'bun.lock' };

function dockerfileFaults(source: string, files: Repo['files'], packageManager: keyof typeof lockfiles): string[] {
  const dockerignore = files.get('.dockerignore') ?? '';
  const found = DockerfileParser.parse(source);
  const copied = found.getCOPYs().filter((copy) => copy.getFlags().length === 0).flatMap((copy) => copy.getArguments().slice(0, -1).map((word) => word.getValue()));
  const started = [...found.getCMDs(), ...found.getENTRYPOINTs()].flatMap((one) => one.getJSONStrings().map((word) => word.getJSONValue()));
  return [
    // A lockfile is there once someone has installed; `*` at its end says that it may be missing.
    ...copied.filter((word) => !word.endsWith('*') && ![...files.keys()].some((file) => file === word || file.startsWith(`${word}/`))).map((word) => `Dockerfile copies ${word}`),
    ...copied.filter((word) => ignored(dockerignore, word.replace(/\*$/, ''))).map((word) => `.dockerignore hides ${word}`),
    ...(copied.some((word) => word.replace(/\*$/, '') === lockfiles[packageManager]) ? [] : [`Dockerfile does not copy ${lockfiles[packageManager]}`]),
    ...started.flatMap(filesIn).filter((word) => missingFile(files, word)).map((word) => `Dockerfile starts ${word}`),
  ];
}

/** Whether the last pattern that fits a path ignores it; a pattern that fits a folder fits what is in it. Both ignore files agree on this much. */
export function ignored(patterns: string, file: string): boolean {
  const steps = file.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'));
  let verdict = false;
  for (const line of patterns.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
    const pattern = line.replace(/^!/, '').replace(/\/$/, '').replace(/^\*\*\//, '');
    const expression = glob(pattern);
    const fits = steps.some((step) => expression.test(step) || (!pattern.includes('/') && expression.test(path.posix.basename(step))));
    if (fits) verdict = !line.startsWith('!');
  }
  return verdict;
}

function manifestFaults({ answers, files }: Repo): string[] {
  const manifest = JSON.parse(files.get('.mcp-gen.json') ?? '') as { version: string; answers: unknown; files: Record<string, string> };
  const expected = Object.fromEntries([...files].filter(([file]) => file !== '.mcp-gen.json').map(([file, text]) => [file, createHash('sha256').update(text).digest('hex')]));
  return [
    ...(manifest.version === version ? [] : ['names another version']),
    ...(JSON.stringify(answersSchema.parse(manifest.answers)) === JSON.stringify(answersSchema.parse(answers)) ? [] : ['answers differ']),
    ...(JSON.stringify(manifest.files) === JSON.stringify(expected) ? [] : ['hashes differ']),
    ...(Object.keys(manifest).join() === '$schema,version,answers,files' ? [] : ['holds other keys']),
  ].map((fault) => `.mcp-gen.json ${fault}`);
}

function documentFaults(repo: Repo): string[] {
  const { scripts: commands } = packageOf(repo);
  return ['README.md', 'AGENTS.md'].flatMap((document) => {
    const text = repo.files.get(document) ?? '';
    return [
      ...scriptsIn(text, runner(repo)).filter((name) => !Object.hasOwn(commands, name)).map((name) => `${document} runs ${name}`),
      ...filesIn(text).filter((word) => missingFile(repo.files, word)).map((word) => `${document} names ${word}`),
      ...links(document, text).filter((link) => !/^https:|^mailto:|^#/.test(link) && !repo.files.has(link)).map((link) => `${document} links to ${link}`),
    ];
  });
}

interface Node {
  readonly type: string;
  readonly url?: string;
  readonly children?: readonly Node[];
}

function linksOf(markdown: string): string[] {
  const collect = (node: Node): string[] => [...(node.url === undefined ? [] : [node.url]), ...(node.children ?? []).flatMap(collect)];
  return collect(fromMarkdown(markdown));
}
