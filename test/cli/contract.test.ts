import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { documentOf, invoke, scratch, snapshot } from './invoke.ts';
import type { Failure } from './invoke.ts';
import { run } from './spawn.ts';

const quiet = ['--no-install', '--no-git'];
const create = (cwd: string, ...argv: string[]) => invoke('create-mcp-server', argv, { cwd });
const write = (cwd: string, ...argv: string[]) => create(cwd, ...argv, ...quiet);

interface Success {
  readonly ok: true;
  readonly directory: string;
  readonly answers: Record<string, unknown>;
  readonly files: readonly { readonly path: string; readonly action: string }[];
  readonly next: readonly string[];
  readonly warnings: readonly string[];
}

describe('help and version', () => {
  const flags = [
    '--name <', '--title <', '--description <', '--transport <', '--auth <', '--session <', '--deploy <', '--package-manager <', '--namespace <',
    '--security-contact <', '--no-example', '--no-install', '--no-git', '--answers <file>', '-y, --yes', '--overwrite', '--dry-run', '--diff', '--json',
    '--no-interactive', '-v, --version', '-h, --help',
  ];
  test.each([['create-mcp-server', ['--help']], ['mcp-gen', ['create', '--help']]] as const)('%s %j lists every flag of the contract', async (executable, argv) => {
    const { code, stdout, stderr } = await invoke(executable, argv, { cwd: scratch() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const flag of flags) expect(stdout).toContain(flag);
  });

  test.each([['create-mcp-server', ['--version']], ['create-mcp-server', ['-v']], ['mcp-gen', ['--version']], ['mcp-gen', ['create', '--version']]] as const)(
    '%s %j prints the version and nothing else',
    async (executable, argv) => {
      expect(await invoke(executable, argv, { cwd: scratch() })).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    },
  );

  test('render is not shown by mcp-gen --help, create is', async () => {
    const { code, stdout } = await invoke('mcp-gen', ['--help'], { cwd: scratch() });
    expect(code).toBe(0);
    expect(stdout).toContain('create');
    expect(stdout).not.toContain('render');
  });
});

describe('a wrong command line ends with 2, says why and what to do, and creates nothing', () => {
  const rows: readonly [executable: 'create-mcp-server' | 'mcp-gen', argv: readonly string[], message: string, hint: string][] = [
    ['create-mcp-server', ['a-b', '--yes', '--transprt', 'http'], "unknown option '--transprt'.", 'Did you mean --transport? See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--frobnicate'], "unknown option '--frobnicate'.", 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--transport'], "option '--transport <transport>' argument missing.", 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--transport', 'htpp'], '--transport "htpp" must be one of http, stdio, both', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--deploy', 'docker,moon'], '--deploy "moon" must be one of docker, npm', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--deploy', 'npm,npm'], '--deploy must not name a target twice', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--deploy', ' , '], '--deploy must name at least one target', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--title', ' '], '--title must not be empty', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--title', 'x'.repeat(101)], '--title must be at most 100 characters', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--namespace', 'example'], '--namespace must be a reverse domain name such as com.example', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--namespace', `com.${'x'.repeat(128)}`], '--namespace must be at most 128 characters', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', '--yes', '--security-contact', 'http://a.b'], '--security-contact must be an e-mail address or an https URL', 'See create-mcp-server --help'],
    ['create-mcp-server', ['a-b', 'c-d', '--yes'], 'Unexpected argument c-d.', 'One directory, then flags. See --help'],
    ['mcp-gen', ['creat', 'a-b'], "unknown command 'creat'.", 'Did you mean create? See mcp-gen --help'],
    ['mcp-gen', ['--yes'], "unknown option '--yes'.", 'See mcp-gen --help'],
    ['mcp-gen', [], 'mcp-gen needs a command.', 'See mcp-gen --help, or start with: mcp-gen create my-server'],
    ['mcp-gen', ['render', '--out', 'x'], "required option '--answers <file>' not specified.", 'See mcp-gen render --help'],
    ['mcp-gen', ['add'], 'mcp-gen add needs one of: tool, resource, prompt, openapi, deploy, observability.', 'See mcp-gen add --help'],
    ['mcp-gen', ['add', 'openapi'], "missing required argument 'file'.", 'See mcp-gen add openapi --help'],
    ['mcp-gen', ['add', 'deploy', 'systemd'], 'No .mcp-gen.json in', 'Run this inside a repository made by create-mcp-server.'],
    ['mcp-gen', ['add', 'toool'], "unknown command 'toool'.", 'Did you mean tool? See mcp-gen add --help'],
  ];
  test.each(['kubernetes', 'ecs', 'lambda', 'cloud-run'])('R114 --session memory with --deploy %s, which runs several instances', async (target) => {
    const cwd = scratch();
    const ended = await invoke('create-mcp-server', ['a-b', '--yes', '--session', 'memory', '--deploy', target], { cwd });
    expect([ended.code, ended.stdout, snapshot(cwd)]).toEqual([2, '', {}]);
    expect(ended.stderr).toMatch(new RegExp(`--session memory with --deploy ${target}[\\s\\S]*--session redis`));
  });

  test.each(rows)('%s %j', async (executable, argv, message, hint) => {
    const cwd = scratch();
    const { code, stdout, stderr } = await invoke(executable, argv, { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(`\n${hint}\n`);
    expect(snapshot(cwd)).toEqual({});
  });
});

describe('--json', () => {
  test('says what was done in one document of fixed shape', async () => {
    const cwd = scratch();
    const ended = await write(cwd, 'notes-server', '--yes', '--json');
    const document = documentOf<Success>(ended);
    expect({ code: ended.code, stderr: ended.stderr, keys: Object.keys(document) }).toEqual({
      code: 0,
      stderr: '',
      keys: ['ok', 'directory', 'answers', 'files', 'next', 'warnings'],
    });
    expect(document).toMatchObject({ ok: true, directory: path.join(cwd, 'notes-server'), answers: { name: 'notes-server', transport: 'http', auth: 'oidc' } });
    expect(document.files.map((file) => file.path)).toEqual(Object.entries(snapshot(document.directory)).filter(([, contents]) => contents !== null).map(([file]) => file).toSorted());
    expect(new Set(document.files.map(({ action }) => action))).toEqual(new Set(['create']));
    expect(document.next).toEqual(['cd notes-server', 'npm install', 'npm run verify', expect.stringMatching(/^npm run dev/)]);
    expect(document.warnings).toEqual([expect.stringContaining('No OAUTH_ISSUER given')]);
  });

  test('carries warnings in the document, not on stderr', async () => {
    const ended = await write(scratch(), 'notes-server', '--yes', '--transport', 'stdio', '--deploy', 'docker', '--json');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(documentOf<Success>(ended).warnings).toEqual([expect.stringContaining('--transport stdio with --deploy docker')]);
  });

  const failures: readonly [code: string, argv: readonly string[], env?: Record<string, string>][] = [
    ['usage', ['a-b', '--nonsense']],
    ['usage', ['a-b', 'c-d']],
    ['invalid_answers', ['a-b', '--yes', '--transport', 'carrier-pigeon']],
    ['invalid_answers', ['Not A Name', '--yes']],
    ['invalid_answers', ['a-b', '--answers', 'absent.json']],
    ['missing_answers', []],
    ['missing_answers', ['a-b', '--transport', 'http']],
    ['swallowed_flags', ['a-b', 'stdio'], { npm_command: 'init', npm_config_transport: 'true' }],
    ['directory_not_empty', ['full', '--yes']],
    ['unsafe_path', ['full/file', '--yes']],
    ['unsafe_path', ['full/file/below', '--yes']],
  ];
  test.each(failures)('fails with %s for %j: exit 2, message and hint, nothing on disk', async (code, argv, env = {}) => {
    const cwd = scratch();
    mkdirSync(path.join(cwd, 'full'));
    writeFileSync(path.join(cwd, 'full/file'), 'mine');
    const before = snapshot(cwd);
    const ended = await invoke('create-mcp-server', [...argv, '--json'], { cwd, env });
    const document = documentOf<Failure>(ended);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 2, stderr: '' });
    expect(document).toEqual({ ok: false, error: { code, message: expect.stringMatching(/\S/), hint: expect.stringMatching(/\S/) } });
    expect(snapshot(cwd)).toEqual(before);
  });

  test('mcp-gen without a command fails as a document too', async () => {
    const ended = await invoke('mcp-gen', ['--json'], { cwd: scratch() });
    expect({ code: ended.code, error: documentOf<Failure>(ended).error.code }).toEqual({ code: 2, error: 'usage' });
  });
});

describe('--dry-run and --diff', () => {
  test.each([['--dry-run'], ['--diff'], ['--dry-run', '--json'], ['--diff', '--json'], ['--diff', '--overwrite']])('%j leaves the disk as it is', async (...argv) => {
    const cwd = scratch();
    mkdirSync(path.join(cwd, 'there'));
    writeFileSync(path.join(cwd, 'there/README.md'), 'mine');
    const before = snapshot(cwd);
    for (const directory of ['new-server', 'deep/er/new-server', ...(argv.includes('--overwrite') ? ['there'] : [])]) {
      expect((await create(cwd, directory, '--yes', ...argv)).code).toBe(0);
    }
    expect(snapshot(cwd)).toEqual(before);
  });

  test('show the files that a real run writes, and --diff their contents', async () => {
    const cwd = scratch();
    const planned = documentOf<Success>(await create(cwd, 'notes-server', '--yes', '--dry-run', '--json'));
    const diff = await create(cwd, 'notes-server', '--yes', '--diff');
    const written = documentOf<Success>(await write(cwd, 'notes-server', '--yes', '--json'));
    expect(planned.files).toEqual(written.files);
    expect(planned.answers).toEqual(written.answers);
    expect(diff.stdout).toContain('+  "name": "notes-server",');
    expect(diff.stdout).toContain(`${written.files.length} to create, 0 to overwrite, 0 identical`);
  });

  test('tell apart what would be created, replaced and left alone', async () => {
    const cwd = scratch();
    await write(cwd, 'notes-server', '--yes');
    writeFileSync(path.join(cwd, 'notes-server/README.md'), 'mine\n');
    const { stdout } = await create(cwd, 'notes-server', '--yes', '--overwrite', '--diff');
    expect(stdout).toMatch(/^overwrite README\.md$/m);
    expect(stdout).toMatch(/^identical package\.json$/m);
    expect(stdout).toContain('\n-mine\n');
    expect(readFileSync(path.join(cwd, 'notes-server/README.md'), 'utf8')).toBe('mine\n');
  });
});

describe('--answers', () => {
  const plain = { transport: 'stdio', auth: 'none', session: 'stateless', deploy: ['npm'], title: 'From the file', example: false };

  test('takes JSON in the shape of the answers', async () => {
    const cwd = scratch();
    writeFileSync(path.join(cwd, 'answers.json'), JSON.stringify(plain));
    const ended = await write(cwd, 'a-server', '--answers', 'answers.json', '--json');
    expect(documentOf<Success>(ended).answers).toMatchObject({ ...plain, name: 'a-server' });
  });

  test('takes a .mcp-gen.json, which gives the same repository again', async () => {
    const cwd = scratch();
    await write(cwd, 'first/notes-server', '--yes', '--transport', 'both', '--title', 'Déjà "vu"');
    await write(cwd, 'second/notes-server', '--answers', 'first/notes-server/.mcp-gen.json');
    expect(snapshot(path.join(cwd, 'second'))).toEqual(snapshot(path.join(cwd, 'first')));
  });

  test('loses to flags, answer by answer', async () => {
    const cwd = scratch();
    writeFileSync(path.join(cwd, 'answers.json'), JSON.stringify({ ...plain, name: 'from-file' }));
    const ended = await write(cwd, 'a-server', '--answers', 'answers.json', '--transport', 'both', '--name', 'from-flag', '--json');
    expect(documentOf<Success>(ended).answers).toMatchObject({ name: 'from-flag', transport: 'both', title: 'From the file', deploy: ['npm'] });
  });

  test('names the directory with --yes, and still wants it named without', async () => {
    const cwd = scratch();
    writeFileSync(path.join(cwd, 'answers.json'), JSON.stringify({ ...plain, name: '@acme/from-file' }));
    expect(await create(cwd, '--answers', 'answers.json')).toMatchObject({ code: 2, stderr: expect.stringContaining('Missing the directory,') as string });
    expect((await write(cwd, '--answers', 'answers.json', '--yes')).code).toBe(0);
    expect(existsSync(path.join(cwd, 'from-file/package.json'))).toBe(true);
  });
});

const occupied = () => {
  const cwd = scratch();
  mkdirSync(path.join(cwd, 'there'));
  writeFileSync(path.join(cwd, 'there/README.md'), 'mine');
  writeFileSync(path.join(cwd, 'there/notes.txt'), 'mine');
  return cwd;
};

describe('a directory that is not empty', () => {
  test.each([['--yes'], ['-y'], ['-y', '--dry-run'], ['--transport', 'http', '--auth', 'none', '--session', 'stateless', '--deploy', 'docker']])(
    'is refused with %j, naming what is there',
    async (...argv) => {
      const cwd = occupied();
      const before = snapshot(cwd);
      const { code, stderr } = await write(cwd, 'there', ...argv);
      expect(code).toBe(2);
      expect(stderr).toContain('"README.md", "notes.txt"');
      expect(stderr).toContain('add --overwrite to replace README.md');
      expect(snapshot(cwd)).toEqual(before);
    },
  );

  test('is taken with --overwrite, which lists what it replaces and keeps the rest', async () => {
    const cwd = occupied();
    const { code, stdout } = await write(cwd, 'there', '--yes', '--overwrite');
    expect(code).toBe(0);
    expect(stdout.match(/^overwrite .*$/gm)).toEqual(['overwrite README.md']);
    expect(readFileSync(path.join(cwd, 'there/notes.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(path.join(cwd, 'there/README.md'), 'utf8')).not.toBe('mine');
  });

  test('may hold a .git', async () => {
    const cwd = scratch();
    mkdirSync(path.join(cwd, 'there/.git'), { recursive: true });
    expect((await write(cwd, 'there', '--yes')).code).toBe(0);
  });
});

describe('mcp-gen', () => {
  test('create writes what create-mcp-server writes', async () => {
    const [one, other] = [scratch(), scratch()];
    const argv = ['notes-server', '--yes', '--transport', 'both', '--deploy', 'docker,npm', ...quiet];
    const first = await invoke('create-mcp-server', argv, { cwd: one });
    const second = await invoke('mcp-gen', ['create', ...argv], { cwd: other });
    expect(second).toEqual({ ...first, stdout: first.stdout.replaceAll(one, other) });
    expect(snapshot(other)).toEqual(snapshot(one));
  });

  test('render writes complete answers and nothing else', async () => {
    const cwd = scratch();
    await write(cwd, 'notes-server', '--yes');
    const { code } = await invoke('mcp-gen', ['render', '--answers', 'notes-server/.mcp-gen.json', '--out', 'again'], { cwd });
    expect(code).toBe(0);
    expect(snapshot(path.join(cwd, 'again'))).toEqual(snapshot(path.join(cwd, 'notes-server')));
  });

  test('render refuses incomplete answers, naming what is missing, and a directory that is not empty', async () => {
    const cwd = scratch();
    writeFileSync(path.join(cwd, 'answers.json'), '{"name":"a-server","transport":"http"}');
    const incomplete = await invoke('mcp-gen', ['render', '--answers', 'answers.json', '--out', 'again'], { cwd });
    expect(incomplete).toMatchObject({ code: 2, stderr: expect.stringContaining('lacks title, description, auth, session, deploy, packageManager, example') as string });
    await write(cwd, 'notes-server', '--yes');
    expect(await invoke('mcp-gen', ['render', '--answers', 'notes-server/.mcp-gen.json', '--out', '.'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not empty') as string,
    });
    expect(existsSync(path.join(cwd, 'again'))).toBe(false);
  });
});

describe('the built executables', () => {
  test('ignore a -- as the first word: package managers differ in whether it reaches us', async () => {
    const cwd = scratch();
    expect((await run('create', ['--', 'notes-server', '--yes', ...quiet], { cwd })).code).toBe(0);
    expect(existsSync(path.join(cwd, 'notes-server/package.json'))).toBe(true);
  });

  test.each([
    ['plain on a pipe', {}, false],
    ['coloured with FORCE_COLOR', { FORCE_COLOR: '1' }, true],
    ['plain with NO_COLOR', { NO_COLOR: '1' }, false],
  ])('are %s', async (_title, env, coloured) => {
    const cwd = scratch();
    const done = await run('create', ['notes-server', '--yes', '--dry-run'], { cwd, env });
    const failed = await run('create', ['notes-server', '--nonsense'], { cwd, env });
    expect([done.stdout.includes('\u001b['), failed.stderr.includes('\u001b[')]).toEqual([coloured, coloured]);
  });
});

test('a description that server.json could not carry is refused, and says what to do', async () => {
  const description = 'x'.repeat(101);
  const { code, stdout } = await run('create', ['long-server', '--yes', '--json', '--namespace', 'com.example', '--description', description], { cwd: scratch() });
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'refused_combination', hint: expect.stringContaining('--description') as string } });
});
