import path from 'node:path';
import { parseEnv } from 'node:util';
import { DockerfileParser } from 'dockerfile-ast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { Visitor, parseSync } from 'oxc-parser';
import type { Expression, Program } from 'oxc-parser';
import { parse as parseToml } from 'smol-toml';
import { parseDocument } from 'yaml';

/** Parses a script with oxc. @throws for the first error in it. */
export function parseScript(file: string, source: string): Program {
  const { program, errors } = parseSync(file, source);
  const [first] = errors;
  if (first !== undefined) throw new Error(`${first.message}\n${first.codeframe ?? ''}`);
  return program;
}

const instructions = 'FROM ARG ENV RUN CMD ENTRYPOINT COPY ADD WORKDIR USER EXPOSE LABEL VOLUME STOPSIGNAL HEALTHCHECK SHELL ONBUILD'.split(' ');

/** Lines of one shape each: what reads these files ignores what it does not understand, so the shape is the parser. */
const lineShapes: Readonly<Record<string, RegExp>> = {
  '.gitignore': /^(?:#.*|!?[\w.*/-]+)?$/,
  '.dockerignore': /^(?:#.*|!?[\w.*/-]+)?$/,
  '.gitattributes': /^(?:#.*|[\w.*/-]+(?: -?[\w-]+(?:=\w+)?)+)?$/,
  '.npmrc': /^(?:#.*|[\w-]+=\S+)?$/,
  'server@.service': /^(?:#.*|\[\w+\]|[A-Z]\w+=.*)?$/,
  // nginx and Caddy themselves take them in test/deploy.
  'nginx.conf': /^ *(?:#.*|\}|[a-z_]+.*[;{])?$/,
  Caddyfile: /^ *(?:#.*|\}|[@a-z][\w.@]*(?: .+)?)?$/,
};

const byExtension: Readonly<Record<string, (file: string, source: string) => unknown>> = {
  '.ts': parseScript,
  '.mjs': parseScript,
  '.json': (_file, source) => JSON.parse(source) as unknown,
  // JSON with comments is an expression of JavaScript.
  '.jsonc': (file, source) => parseScript(`${file}.js`, `(${source})`),
  '.yml': yaml,
  '.yaml': yaml,
  '.toml': (_file, source) => parseToml(source),
  '.md': (_file, source) => fromMarkdown(source),
  '.example': (_file, source) => environment(source),
  '.env': (_file, source) => environment(source),
};

/** Parses a file with the parser of its language. @throws when it does not parse, or when nobody here knows its language. */
export function parseFile(file: string, source: string): void {
  const name = path.posix.basename(file);
  const shape = lineShapes[name];
  if (shape !== undefined) return assertLines(source, shape);
  if (name === 'Dockerfile') return dockerfile(source);
  const parse = byExtension[path.posix.extname(name)];
  if (parse === undefined) throw new Error('no parser of the matrix knows this kind of file: add one to test/matrix/syntax.ts');
  parse(file, source);
}

function yaml(_file: string, source: string): void {
  const { errors, warnings } = parseDocument(source, { uniqueKeys: true, strict: true });
  const [first] = [...errors, ...warnings];
  if (first !== undefined) throw first;
}

function dockerfile(source: string): void {
  const found = DockerfileParser.parse(source).getInstructions().map((one) => one.getKeyword());
  const stranger = found.find((keyword) => !instructions.includes(keyword));
  if (stranger !== undefined) throw new Error(`${stranger} is no instruction of a Dockerfile`);
  if (found.find((keyword) => keyword !== 'ARG') !== 'FROM') throw new Error('a Dockerfile starts with FROM');
}

/** A commented-out variable counts: taking the `#` away must give a line that dotenv parsers read. */
function environment(source: string): void {
  assertLines(source, /^(?:#.*|[A-Z][A-Z0-9_]*=.*)?$/);
  for (const [, name, value] of environmentLines(source)) {
    if (parseEnv(`${name}=${value}`)[name ?? ''] !== value) throw new Error(`${name} does not read back as ${JSON.stringify(value)}`);
  }
}

/** Every `NAME=value` of an `.env.example`, commented out or not. */
export function environmentLines(source: string): RegExpExecArray[] {
  return [...source.matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/gm)] as RegExpExecArray[];
}

function assertLines(source: string, shape: RegExp): void {
  const wrong = source.split('\n').find((line) => !shape.test(line));
  if (wrong !== undefined) throw new Error(`can't read the line ${JSON.stringify(wrong)}`);
}

/** Everything a script imports or re-exports, also by `import()` and as a type. */
export function importsOf(file: string, source: string): string[] {
  const found: string[] = [];
  const take = (node: { source: { type: string; value?: unknown } | null }) => {
    if (node.source === null) return;
    // A test may import what it found on the disk; the server may not.
    if (node.source.type === 'Literal') found.push(String(node.source.value));
    else if (file.startsWith('src/')) found.push('./<computed>');
  };
  new Visitor({
    ImportDeclaration: take,
    ExportAllDeclaration: take,
    ExportNamedDeclaration: take,
    ImportExpression: take,
    TSImportType: take,
  }).visit(parseScript(file, source));
  return found;
}

/** Every string a script holds: literals and the fixed parts of templates. */
export function stringsOf(file: string, source: string): string[] {
  const found: string[] = [];
  new Visitor({
    Literal: (node) => {
      if (typeof node.value === 'string') found.push(node.value);
    },
    TemplateElement: (node) => void found.push(node.value.cooked ?? node.value.raw),
  }).visit(parseScript(file, source));
  return found;
}

/** A script without its comments. */
export function codeOf(file: string, source: string): string {
  const { comments } = parseSync(file, source);
  return comments.toReversed().reduce((code, { start, end }) => code.slice(0, start) + code.slice(end), source);
}

const nodeGlobals = new Set(['process', 'Buffer', 'global', 'require', 'setImmediate']);

/** Globals that only Node.js has, where a script reads or calls them. */
export function nodeGlobalsOf(file: string, source: string): string[] {
  const found: string[] = [];
  const take = (node: Expression) => {
    if (node.type === 'Identifier' && nodeGlobals.has(node.name)) found.push(node.name);
  };
  new Visitor({
    MemberExpression: ({ object }) => take(object),
    CallExpression: ({ callee }) => take(callee),
    NewExpression: ({ callee }) => take(callee),
  }).visit(parseScript(file, source));
  return found;
}

/** One check per different text: most files are the same in hundreds of combinations. */
export function remembered<T>(check: (file: string, source: string) => T): (file: string, source: string) => T {
  const known = new Map<string, Map<string, T>>();
  return (file, source) => {
    const texts = known.get(file) ?? new Map<string, T>();
    known.set(file, texts);
    if (!texts.has(source)) texts.set(source, check(file, source));
    return texts.get(source) as T;
  };
}
