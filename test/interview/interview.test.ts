import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch, snapshot } from '../cli/invoke.ts';
import { inTerminal, keys, quiet } from './terminal.ts';
import type { TerminalOptions } from './terminal.ts';

const questions = {
  directory: 'Where should the server be created?',
  transport: 'How will clients reach the server?',
  auth: 'Who signs users in?',
  issuer: 'OAUTH_ISSUER?',
  session: 'Where does state live?',
  deploy: 'Where will it run?',
  example: 'Start with the notes example?',
} as const;

const answersOf = (cwd: string, directory = 'mcp-server') =>
  (JSON.parse(readFileSync(path.join(cwd, directory, '.mcp-gen.json'), 'utf8')) as { answers: Record<string, unknown> }).answers;

const cursorShown = (raw: string) => raw.lastIndexOf('\u001b[?25h') > raw.lastIndexOf('\u001b[?25l');

describe('the interview', () => {
  test('asks for what is open and takes the defaults with Enter', inTerminal(async (open, cwd) => {
    const terminal = open();
    for (const question of Object.values(questions)) await terminal.answer(question, keys.enter);
    expect(await terminal.ended()).toBe(0);
    expect(answersOf(cwd)).toMatchObject({ name: 'mcp-server', transport: 'http', auth: 'oidc', session: 'stateless', deploy: ['docker'], example: true });
    expect(terminal.text).toContain('mcp-server --transport http --auth oidc --session stateless --deploy docker --package-manager npm --yes');
    expect(answersOf(cwd)).not.toHaveProperty('issuer');
    expect(terminal.text).toContain('warning: No OAUTH_ISSUER given');
  }));

  test('says what it does not ask because an earlier answer rules the others out, and why', inTerminal(async (open) => {
    const terminal = open(['a-server', '--transport', 'stdio', ...quiet]);
    await terminal.shows('Where does state live? Nowhere (stateless)');
    await terminal.shows('Memory, Redis: --transport stdio with --session redis: one process serves one client');
    await terminal.answer(questions.deploy, keys.interrupt);
    expect(await terminal.ended()).toBe(130);
  }));

  test('takes every other choice by its keys, and shows its consequence first', inTerminal(async (open, cwd) => {
    const terminal = open();
    await terminal.answer(questions.directory, 'crm-notes', keys.enter);
    await terminal.shows(questions.transport);
    await terminal.shows('remote: one endpoint for many users');
    terminal.press(keys.down);
    await terminal.shows('local: the MCP client starts it as a child process');
    terminal.press(keys.down);
    await terminal.shows('one set of tools, two entries');
    terminal.press(keys.enter);
    await terminal.shows(questions.auth);
    await terminal.shows('any authorization server that issues JWT access tokens');
    terminal.press(keys.down, keys.down);
    await terminal.shows('a custom authorization server per MCP server');
    terminal.press(keys.enter);
    await terminal.shows('OKTA_ISSUER?');
    terminal.press('https://example.okta.com', keys.enter);
    await terminal.shows('ends in /oauth2/');
    terminal.press('/oauth2/default', keys.enter);
    await terminal.shows(questions.session);
    await terminal.shows('every request stands alone');
    terminal.press(keys.down);
    await terminal.shows('sessions and handles in one process');
    terminal.press(keys.down);
    await terminal.shows('sessions and handles in Redis or Valkey');
    terminal.press(keys.enter);
    await terminal.shows(questions.deploy);
    await terminal.shows('a hardened image and a compose file');
    terminal.press(keys.down);
    await terminal.shows('started with npx by the MCP client');
    terminal.press(keys.space, keys.enter);
    await terminal.answer(questions.example, keys.right, keys.enter);
    expect(await terminal.ended()).toBe(0);
    expect(answersOf(cwd, 'crm-notes')).toMatchObject({ name: 'crm-notes', transport: 'both', auth: 'okta', issuer: 'https://example.okta.com/oauth2/default', session: 'redis', deploy: ['docker', 'npm'], example: false });
  }));

  test('stdio: the default target is npm; a doubtful one is warned about', inTerminal(async (open, cwd) => {
    const terminal = open();
    await terminal.answer(questions.directory, keys.enter);
    await terminal.answer(questions.transport, keys.down, keys.enter);
    await terminal.shows('Who signs users in? None');
    await terminal.answer(questions.deploy, keys.space, keys.enter);
    await terminal.answer(questions.example, keys.enter);
    await terminal.shows('warning: --transport stdio with --deploy docker');
    expect(await terminal.ended()).toBe(0);
    expect(answersOf(cwd)).toMatchObject({ transport: 'stdio', deploy: expect.arrayContaining(['npm', 'docker']) as unknown });
  }));

  test('never leaves without a target', inTerminal(async (open, cwd) => {
    const terminal = open(['a-server', '--transport', 'http', '--auth', 'none', '--session', 'stateless', ...quiet]);
    await terminal.answer(questions.deploy, keys.space, keys.enter);
    await terminal.shows('Please select at least one option');
    terminal.press(keys.space, keys.enter);
    await terminal.answer(questions.example, keys.enter);
    expect(await terminal.ended()).toBe(0);
    expect(answersOf(cwd, 'a-server')).toMatchObject({ deploy: ['docker'] });
  }));

  const flags: readonly [question: keyof typeof questions, argv: readonly string[]][] = [
    ['directory', ['given-server']],
    ['transport', ['--transport', 'both']],
    ['auth', ['--auth', 'none']],
    ['issuer', ['--auth', 'oidc', '--issuer', 'https://auth.example.com']],
    ['session', ['--session', 'redis']],
    ['deploy', ['--deploy', 'docker']],
    ['example', ['--no-example']],
  ];
  for (const [skipped, argv] of flags) {
    test(`does not ask ${JSON.stringify(questions[skipped])} when ${argv[0]} is given`, inTerminal(async (open) => {
      const terminal = open([...argv, ...quiet]);
      // A provider that is given is not asked for; without one there is nothing to find it by.
      const alsoSkipped = { auth: 'issuer', issuer: 'auth' }[skipped as string];
      const others = Object.entries(questions).filter(([key]) => key !== skipped && key !== alsoSkipped);
      for (const [, question] of others) await terminal.answer(question, keys.enter);
      expect(await terminal.ended()).toBe(0);
      expect(terminal.text).not.toContain(questions[skipped]);
    }));
  }

  for (const argv of [['-y'], ['a-server', '--no-interactive', '--transport', 'http', '--auth', 'none', '--session', 'stateless', '--deploy', 'docker']]) {
    test(`asks nothing with ${argv.join(' ')}`, inTerminal(async (open) => {
      const terminal = open([...argv, ...quiet]);
      expect(await terminal.ended()).toBe(0);
      expect(terminal.text).not.toContain('?');
    }));
  }

  test('the command it prints asks nothing, in a terminal too', inTerminal(async (open) => {
    const first = open(['a-server', '--transport', 'stdio', ...quiet]);
    await first.answer(questions.deploy, keys.enter);
    await first.answer(questions.example, keys.right, keys.enter);
    expect(await first.ended()).toBe(0);
    const words = / npx create-mcp-server@\S+ (.*--yes)/.exec(first.text)?.[1]?.split(' ') ?? [];
    const second = open([...words, '--dry-run'], { cwd: scratch() });
    expect(await second.ended()).toBe(0);
    expect(second.text).not.toContain(questions.example);
  }));

  const faults: readonly [typed: string, said: string][] = [
    ['My Server', 'Call it my-server'],
    ['../../Etc', 'Call it etc'],
    ['con', "can't be created on every system"],
    ['full', 'is not empty: it holds "notes.txt"'],
    ['full/notes.txt', 'is a file'],
  ];
  test('S125 refuses a directory in the prompt, says what to type instead and takes the correction', inTerminal(async (open, cwd) => {
    mkdirSync(path.join(cwd, 'full'));
    writeFileSync(path.join(cwd, 'full/notes.txt'), 'mine');
    const terminal = open(['--transport', 'http', '--auth', 'none', '--session', 'stateless', '--deploy', 'docker', '--no-example', ...quiet]);
    await terminal.shows(questions.directory);
    for (const [typed, said] of faults) {
      terminal.press(typed, keys.enter);
      await terminal.shows(said);
      terminal.press(keys.erase.repeat(typed.length));
    }
    terminal.press('fixed-server', keys.enter);
    expect(await terminal.ended()).toBe(0);
    expect(Object.keys(snapshot(cwd)).filter((file) => !file.includes('/'))).toEqual(['fixed-server', 'full']);
  }));

  test('a directory that was typed as an argument is judged before the first question', inTerminal(async (open, cwd) => {
    mkdirSync(path.join(cwd, 'full'));
    writeFileSync(path.join(cwd, 'full/notes.txt'), 'mine');
    for (const [argument, said] of faults.filter(([typed]) => typed !== '../../Etc')) {
      const terminal = open([argument, ...quiet]);
      await terminal.shows(said);
      expect(await terminal.ended()).toBe(2);
      expect(terminal.text).not.toContain(questions.transport);
    }
  }));

  test('is drawn in a narrow window as well', inTerminal(async (open) => {
    const terminal = open(quiet, { columns: 40 });
    for (const question of Object.values(questions)) await terminal.answer(question, keys.enter);
    expect(await terminal.ended()).toBe(0);
  }));

  test('is coloured, and plain with NO_COLOR', inTerminal(async (open) => {
    // eslint-disable-next-line no-control-regex
    const colour = /\u001b\[(?:3[1-7]|9\d)m/;
    for (const [env, coloured] of [[{}, true], [{ NO_COLOR: '1' }, false]] as const) {
      const terminal = open(quiet, { env });
      await terminal.answer(questions.directory, 'coloured', keys.enter);
      await terminal.answer(questions.transport, keys.interrupt);
      expect(await terminal.ended()).toBe(130);
      expect(colour.test(terminal.raw)).toBe(coloured);
    }
  }));
});

describe('a cancelled interview', () => {
  const order = Object.values(questions);

  for (const [index, question] of order.entries()) {
    for (const key of ['interrupt', 'escape'] as const) {
      test(`at ${JSON.stringify(question)} by ${key}: 130, nothing on disk, cursor back`, inTerminal(async (open, cwd) => {
        const terminal = open();
        for (const earlier of order.slice(0, index)) await terminal.answer(earlier, keys.enter);
        await terminal.answer(question, keys[key]);
        expect(await terminal.ended()).toBe(130);
        expect(terminal.text).toContain('cancelled: Cancelled. Nothing was written.');
        expect(cursorShown(terminal.raw)).toBe(true);
        expect(snapshot(cwd)).toEqual({});
      }));
    }

    test(`at ${JSON.stringify(question)} by end of input (Ctrl-D): 130, nothing on disk`, inTerminal(async (open, cwd) => {
      const terminal = open();
      for (const earlier of order.slice(0, index)) await terminal.answer(earlier, keys.enter);
      await terminal.answer(question, keys.endOfInput);
      expect(await terminal.ended()).toBe(130);
      expect(snapshot(cwd)).toEqual({});
    }));
  }

  test('by closing the window: ends with 130, nothing on disk', inTerminal(async (open, cwd) => {
    const terminal = open(quiet, { shell: 'trap : HUP; "$0" "$@"; echo "code $?" > ended-$$; mv ended-$$ ended' });
    await terminal.shows(questions.directory);
    terminal.destroy();
    await expect.poll(() => snapshot(cwd)['ended'], { timeout: 10_000 }).toBe('code 130\n');
    expect(Object.keys(snapshot(cwd))).toEqual(['ended']);
  }));

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`by ${signal}: 130, nothing on disk, cursor back`, inTerminal(async (open, cwd) => {
      const terminal = open();
      await terminal.answer(questions.directory, keys.enter);
      await terminal.shows(questions.transport);
      process.kill(terminal.pid, signal);
      expect(await terminal.ended()).toBe(130);
      expect(cursorShown(terminal.raw)).toBe(true);
      expect(snapshot(cwd)).toEqual({});
    }));
  }
});

describe('S161 no interview', () => {
  const rows: readonly [title: string, options: Partial<TerminalOptions>][] = [
    ['when stdin is no terminal', { shell: '"$0" "$@" </dev/null' }],
    ['when stdout is no terminal', { shell: '"$0" "$@" | cat; exec "$0" "$@" > /dev/null' }],
    ['in CI', { env: { CI: 'true' } }],
    ['in CI that calls itself otherwise', { env: { CI: '1' } }],
    ['on a dumb terminal', { env: { TERM: 'dumb' } }],
  ];
  for (const [title, options] of rows) {
    test(`${title}: 2, naming what is missing`, inTerminal(async (open, cwd) => {
      const terminal = open(quiet, options);
      expect(await terminal.ended()).toBe(2);
      expect(terminal.text).toContain('Missing the directory, --transport, --auth, --session, --deploy');
      expect(snapshot(cwd)).toEqual({});
    }));
  }

  test('with --json, which answers with a document', inTerminal(async (open, cwd) => {
    const terminal = open(['a-server', '--json']);
    expect(await terminal.ended()).toBe(2);
    expect(JSON.parse(terminal.raw)).toMatchObject({ ok: false, error: { code: 'missing_answers' } });
    expect(snapshot(cwd)).toEqual({});
  }));

  test('CI=false is no CI', inTerminal(async (open) => {
    const terminal = open(quiet, { env: { CI: 'false' } });
    await terminal.answer(questions.directory, keys.interrupt);
    expect(await terminal.ended()).toBe(130);
  }));
});
