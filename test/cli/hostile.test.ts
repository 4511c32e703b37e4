import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke, scratch, snapshot } from './invoke.ts';
import { plainEnv, run } from './spawn.ts';

const quiet = ['--no-install', '--no-git'];

async function refused(argv: readonly string[], cwd: string) {
  const before = snapshot(cwd);
  const ended = await invoke('create-mcp-server', [...argv, ...quiet], { cwd });
  expect(snapshot(cwd)).toEqual(before);
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: '' });
  expect(ended.stderr).not.toContain('fault of create-mcp-server');
  return ended.stderr;
}

describe('names', () => {
  const names: readonly [row: string, name: string, suggestion: string | undefined][] = [
    ['S125', '../x', 'x-server'], ['S125', '/abs', 'abs'], ['S125', 'a/b', 'a-b'], ['S125', '..', undefined], ['S125', '.', undefined], ['S125', '', undefined],
    ['S126', 'MyServer', 'myserver'], ['S126', 'my server', 'my-server'], ['S126', '.hidden', 'hidden'], ['S126', '_private', 'private'],
    ['S126', 'a'.repeat(215), 'a'.repeat(64)], ['S126', 'naïve', 'naive'], ['S126', 'сервер', undefined], ['S126', 'node_modules', 'node-modules-server'],
    ['S126', 'fs', 'fs-server'], ['S126', 'http', 'http-server'], ['S126', 'worker_threads', 'worker-threads'],
    ['S127', '-rf', 'rf'], ['S127', '-', undefined], ['S127', 'constructor', 'constructor-server'], ['S127', 'server.js', 'server-js'], ['S127', '$(id)', 'id'],
    ['S127', 'a-', 'a-server'], ['S127', '1st-server', 'st-server'],
    ['S128', 'con', 'con-server'], ['S128', 'nul', 'nul-server'], ['S128', 'aux', 'aux-server'], ['S128', 'com1', 'com1-server'], ['S128', 'lpt9', 'lpt9-server'],
    ['S128', '@con/a-server', 'con-a-server'], ['S128', 'server.', 'server'], ['S128', 'server ', 'server'], ['S128', 'a'.repeat(260), 'a'.repeat(64)],
    ['S129', '@../b', 'b-server'], ['S129', '@a/../b', 'a-b'], ['S129', '@acme/b/c', 'acme-b-c'], ['S129', '@/b', 'b-server'], ['S129', '@acme/', 'acme'],
    ['S129', '@modelcontextprotocol/server', 'modelcontextprotocol-server'],
  ];
  test.each(names)('%s refuses the name %j and suggests %j', async (_row, name, suggestion) => {
    const stderr = await refused(['a-server', '--yes', `--name=${name}`], scratch());
    expect(stderr).toMatch(/--name (?:must|is)/);
    expect(stderr).toContain(suggestion === undefined ? '\nSee create-mcp-server --help\n' : `\nFor example ${suggestion}\n`);
  });

  test.each(names.filter(([, name]) => !/^-|^$|^\.|\//.test(name)))('%s refuses the directory %j as the name, or as a directory', async (_row, name) => {
    const stderr = await refused([name, '--yes'], scratch());
    expect(stderr).toMatch(/can't be the package name|can't be created on every system/);
  });

  test('S127 takes a lone - for a directory, and refuses it', async () => {
    expect(await refused(['-', '--yes'], scratch())).toContain("can't be the package name");
  });

  test('S125 refuses an empty directory', async () => {
    expect(await refused(['', '--yes'], scratch())).toContain("can't be created on every system");
  });

  test('S129 a scoped name creates the directory of its second half, below the working directory', async () => {
    const cwd = scratch();
    expect((await invoke('create-mcp-server', ['--name', '@acme/crm-notes', '--yes', ...quiet], { cwd })).code).toBe(0);
    expect(Object.keys(snapshot(cwd)).filter((file) => !file.includes(path.sep))).toEqual(['crm-notes']);
    expect(JSON.parse(readFileSync(path.join(cwd, 'crm-notes/package.json'), 'utf8'))).toMatchObject({ name: '@acme/crm-notes' });
  });
});

describe('directories', () => {
  test.each(['con', 'nul.txt', 'AUX', 'com1', 'server.', 'server ', 'a:b', 'a*b', 'a'.repeat(260), `a/${'b'.repeat(260)}/c`, 'con/a-server', 'tab\there', 'bell\u0007'])(
    'S128 refuses %j on every system, whatever the name is',
    async (directory) => {
      expect(await refused([directory, '--yes', '--name', 'a-server'], scratch())).toContain("can't be created on every system");
    },
  );

  test('S127 a directory with a leading hyphen is never printed as something that would be a flag', async () => {
    const cwd = scratch();
    const { code, stdout } = await invoke('create-mcp-server', ['./-x', '--yes', '--name', 'a-server', ...quiet], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('cd ./-x\n');
    expect(stdout).toMatch(/npx create-mcp-server@\S+ \.\/-x --name a-server/);
  });
});

describe('answers files', () => {
  const hostile: readonly [title: string, contents: string | Buffer, message: string][] = [
    ['unknown keys', '{"transport":"http","apiKey":"sk-secret"}', 'unknown answer "apiKey"'],
    ['a thousand unknown keys', JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1]))), '995 more'],
    ['__proto__', '{"__proto__":{"transport":"http"}}', 'unknown answer "__proto__"'],
    ['__proto__ beside answers', '{"answers":{},"__proto__":{}}', 'unknown keys: "__proto__"'],
    ['__proto__ in answers', '{"answers":{"__proto__":{"polluted":true}}}', 'unknown answer "__proto__"'],
    ['constructor', '{"constructor":{"prototype":{}}}', 'unknown answer "constructor"'],
    ['more than 64 KiB', `{"title":"${'x'.repeat(65_536)}"}`, 'is larger than 64 KiB'],
    ['deep nesting of a value', `{"transport":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 'transport a list must be one of http, stdio, both'],
    ['deep nesting of an unknown key', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'unknown answer "a"'],
    ['thousands of wrong values', `{"deploy":[${Array.from({ length: 5_000 }, (_, index) => `"t${index}"`).join()}]}`, 'more.'],
    ['a number for a text', '{"title":1}', 'title must be text'],
    ['a text for a switch', '{"example":"no"}', 'example must be true or false'],
    ['a text for a list', '{"deploy":"npm"}', 'deploy must be a list'],
    ['an object for a text', '{"namespace":{}}', 'namespace must be text'],
    ['null', '{"transport":null}', 'transport null must be one of'],
    ['answers that are null', '{"answers":null}', 'the answers must be an object'],
    ['answers that are a list', '{"answers":[]}', 'the answers must be an object'],
    ['a path for a name', '{"name":"../../etc"}', 'name must be 2 to 64'],
    ['a path for a choice', '{"transport":"../../../templates/secret"}', 'transport "../../../templates/secret" must be one of'],
    ['a path as a deploy target', '{"deploy":["../../etc"]}', 'deploy "../../etc" must be one of'],
    ['line breaks in a text', '{"title":"a\\nb"}', 'title must not contain control characters or line breaks'],
    ['a lone surrogate', '{"title":"\\ud800"}', 'title must be well-formed Unicode'],
    ['a list', '[]', 'must hold one JSON object'],
    ['a bare null', 'null', 'must hold one JSON object'],
    ['code', 'module.exports = { transport: "http" }', 'is not JSON'],
    ['comments', '{/* http */}', 'is not JSON'],
    ['nothing', '', 'is not JSON'],
    ['binary', Buffer.from([0, 159, 146, 150, 255]), 'is not JSON'],
  ];
  test.each(hostile)('S147 refuses %s in one short message', async (_title, contents, message) => {
    const cwd = scratch();
    writeFileSync(path.join(cwd, 'answers.json'), contents);
    const stderr = await refused(['a-server', '--yes', '--answers', 'answers.json'], cwd);
    expect(stderr).toContain(message);
    expect(stderr).toContain('answers.json');
    expect(stderr.length).toBeLessThan(900);
    expect(stderr).not.toContain('sk-secret');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each([['a directory', '.', 'is not a regular file'], ['a device', '/dev/zero', 'is not a regular file'], ['a file that is not there', 'absent.json', "can't be read (ENOENT)"]])(
    'S147 refuses %s',
    async (_title, file, message) => {
      expect(await refused(['a-server', '--yes', '--answers', file], scratch())).toContain(message);
    },
  );

  test('S147 does not wait for a pipe that nobody writes to', async () => {
    const cwd = scratch();
    execFileSync('mkfifo', [path.join(cwd, 'pipe')]);
    const { code, stderr } = await run('create', ['a-server', '--yes', '--answers', 'pipe'], { cwd, timeoutMs: 5_000 });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is not a regular file') });
    expect(existsSync(path.join(cwd, 'a-server'))).toBe(false);
  });

  test('a byte order mark, as some editors write it, is no fault', async () => {
    const cwd = scratch();
    writeFileSync(path.join(cwd, 'answers.json'), '\uFEFF{"title":"Marked"}');
    expect((await invoke('create-mcp-server', ['a-server', '--yes', '--answers', 'answers.json', ...quiet], { cwd })).code).toBe(0);
  });
});

test('S148 nothing of the environment, the machine or the directory ends in the repository', async () => {
  const cwd = path.join(scratch(), 'qzx9secret-parent');
  mkdirSync(cwd);
  const secrets = { OPENAI_API_KEY: 'sk-qzx9secret-1', AWS_SECRET_ACCESS_KEY: 'qzx9secret-2', NPM_TOKEN: 'npm_qzx9secret-3', OAUTH_ISSUER: 'https://qzx9secret-4.example', MCP_SECRET: 'qzx9secret-5', USER: 'qzx9secret-6', npm_config_init_author_name: 'qzx9secret-7', EMAIL: 'qzx9secret-8@example.com' };
  const { code } = await run('create', ['notes-server', '--yes', '--transport', 'both', '--no-install'], { cwd, env: secrets });
  expect(code).toBe(0);
  const { username, homedir } = userInfo();
  const tells = ['qzx9secret', homedir, ...[hostname(), username].filter((one) => one.length > 4)];
  const telling = Object.entries(snapshot(path.join(cwd, 'notes-server'))).filter(([file, contents]) => tells.some((tell) => `${file}\n${contents ?? ''}`.includes(tell)));
  expect(telling).toEqual([]);
});

describe('S160 terminal escapes never reach the terminal', () => {
  const title = '\u001b]0;owned\u0007';
  const colour = '\u001b[31m';
  const c1 = '\u009b2J';
  // eslint-disable-next-line no-control-regex
  const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

  test.each([
    ['an unknown flag', [`--${title}${colour}${c1}`]],
    ['an unknown command', [`${title}${colour}${c1}`]],
    ['a second directory', ['create', 'a-b', `${title}${colour}${c1}`]],
    ['a wrong value', ['create', 'a-b', '--transport', `${title}${colour}${c1}`]],
    ['a directory', ['create', `${title}${colour}${c1}`, '--yes']],
    ['a name', ['create', 'a-b', '--yes', '--name', `${title}${colour}${c1}`]],
    ['an answers file', ['create', 'a-b', '--yes', '--answers', `${title}${colour}${c1}`]],
    ['a render directory', ['render', '--answers', 'absent', '--out', `${title}${colour}${c1}`]],
  ] as const)('echoed from %s', async (_title, argv) => {
    const { code, stdout, stderr } = await invoke('mcp-gen', argv, { cwd: scratch() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(obeyed);
  });

  test('echoed from the names of what is in the way, and from an answers file', async () => {
    const cwd = scratch();
    mkdirSync(path.join(cwd, 'full'));
    writeFileSync(path.join(cwd, `full/${title}${c1}`), '');
    writeFileSync(path.join(cwd, 'answers.json'), JSON.stringify({ [`${title}${c1}`]: 1, transport: `${title}${c1}` }));
    expect((await invoke('create-mcp-server', ['full', '--yes'], { cwd })).stderr).not.toMatch(obeyed);
    expect((await invoke('create-mcp-server', ['new', '--yes', '--answers', 'answers.json'], { cwd })).stderr).not.toMatch(obeyed);
  });

  test('echoed from the folders above, in results as well as in failures', async () => {
    const cwd = path.join(scratch(), `${title}${colour}${c1}`);
    mkdirSync(cwd);
    const argvs = [['a-server', '--yes', ...quiet], ['a-server', '--yes'], ['b-server', '--yes', '--dry-run']];
    for (const argv of argvs) {
      const { stdout, stderr } = await invoke('create-mcp-server', argv, { cwd });
      expect(stdout.replaceAll(colour, '') + stderr).not.toMatch(obeyed);
    }
  });
});

test('plainEnv keeps what npm and CI say out of spawned tests', () => {
  expect(Object.keys(plainEnv()).filter((key) => /^npm_|^CI$/.test(key))).toEqual([]);
});
