import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { invoke, snapshot } from '../cli/invoke.ts';
import { inTerminal, keys, quiet } from './terminal.ts';

const questions = {
  name: 'What is the tool called?',
  effect: 'What does calling it do?',
  when: 'When should a model use it?',
  returns: 'What comes back?',
  blastRadius: 'How much can one call change at most?',
  fields: 'Which arguments does it take?',
  scopes: 'Which scopes must a caller have?',
} as const;

async function generated(cwd: string, ...argv: string[]): Promise<string> {
  await invoke('create-mcp-server', ['notes-server', '--yes', ...quiet, ...argv], { cwd });
  return path.join(cwd, 'notes-server');
}

describe('mcp-gen add in a terminal', () => {
  test('R022 asks when to call, what it takes and what comes back', inTerminal(async (open, cwd) => {
    const repo = await generated(cwd);
    const terminal = open(['add', 'tool'], { executable: 'gen', cwd: repo });
    await terminal.answer(questions.name, 'cancel_order', keys.enter);
    await terminal.answer(questions.effect, keys.enter);
    await terminal.answer(questions.when, 'Call this to cancel one order.', keys.enter);
    await terminal.answer(questions.returns, 'The cancelled order.', keys.enter);
    await terminal.answer(questions.blastRadius, 'one order of the caller.', keys.enter);
    await terminal.answer(questions.fields, 'id:uuid:required, note', keys.enter);
    await terminal.answer(questions.scopes, keys.down, keys.space, keys.enter);
    expect(await terminal.ended()).toBe(0);
    const text = readFileSync(path.join(repo, 'src/tools/cancel_order.ts'), 'utf8');
    for (const line of ["when: 'Call this to cancel one order.'", "returns: 'The cancelled order.'", "effect: 'write'", "blastRadius: 'one order of the caller.'", "scopes: ['notes:write']", 'id: z.uuid()', 'note: z.string()']) expect(text).toContain(line);
  }));

  test('a wrong name and a wrong field are told while they can be corrected', inTerminal(async (open, cwd) => {
    const terminal = open(['add', 'tool'], { executable: 'gen', cwd: await generated(cwd) });
    await terminal.answer(questions.name, 'Orders', keys.enter);
    await terminal.shows('For example get_orders');
    terminal.press(...Array.from('Orders', () => keys.erase), 'list_orders', keys.enter);
    await terminal.answer(questions.effect, keys.enter);
    await terminal.answer(questions.when, keys.enter);
    await terminal.answer(questions.returns, keys.enter);
    await terminal.answer(questions.fields, 'id:money', keys.enter);
    await terminal.shows('the type must be one of');
    terminal.press(keys.interrupt);
    expect(await terminal.ended()).toBe(130);
  }));

  test('a flag given skips its question; a reading tool has no blast radius; an empty server takes any scope', inTerminal(async (open, cwd) => {
    const repo = await generated(cwd, '--no-example');
    const terminal = open(['add', 'tool', 'list_orders', '--when', 'Call this to list orders.', '--field', 'limit:integer'], { executable: 'gen', cwd: repo });
    await terminal.answer(questions.effect, keys.enter);
    await terminal.answer(questions.returns, keys.enter);
    await terminal.answer(questions.scopes, 'orders:read', keys.enter);
    expect(await terminal.ended()).toBe(0);
    for (const skipped of [questions.name, questions.when, questions.fields, questions.blastRadius]) expect(terminal.text).not.toContain(skipped);
    expect(readFileSync(path.join(repo, 'src/tools/list_orders.ts'), 'utf8')).toContain("scopes: ['orders:read']");
  }));

  test('a resource is asked for its URI, and its variables for their types', inTerminal(async (open, cwd) => {
    const repo = await generated(cwd, '--no-example');
    const terminal = open(['add', 'resource', 'order'], { executable: 'gen', cwd: repo });
    await terminal.answer(questions.when, keys.enter);
    await terminal.answer(questions.returns, keys.enter);
    await terminal.answer('Which URI?', 'shop://order/{id}', keys.enter);
    await terminal.answer('Of which type are the variables', 'id:uuid:required', keys.enter);
    await terminal.answer(questions.scopes, keys.enter);
    expect(await terminal.ended()).toBe(0);
    expect(readFileSync(path.join(repo, 'src/resources/order.ts'), 'utf8')).toContain("uri: 'shop://order/{id}'");
  }));

  test('a request to an API is asked for, and its method says what calling it does', inTerminal(async (open, cwd) => {
    const repo = await generated(cwd, '--no-example');
    const terminal = open(['add', 'tool', 'cancel_order', '--kind', 'upstream', '--when', 'Call this to cancel an order.', '--scope', 'a'], { executable: 'gen', cwd: repo });
    await terminal.answer('What is the API called?', 'shop', keys.enter);
    await terminal.answer('Which request does it make?', 'DELETE /orders/{id}', keys.enter);
    await terminal.answer(questions.effect, keys.enter);
    for (const question of [questions.returns, questions.blastRadius, questions.fields]) await terminal.answer(question, keys.enter);
    expect(await terminal.ended()).toBe(0);
    const text = readFileSync(path.join(repo, 'src/tools/cancel_order.ts'), 'utf8');
    for (const line of ["effect: 'destructive'", "callApi(upstream('shop')", "path: '/orders/{id}'", 'params: { id: args.id }']) expect(text).toContain(line);
  }));

  test('operations of a document are found by typing and picked with Tab', inTerminal(async (open, cwd) => {
    const repo = await generated(cwd, '--no-example');
    const terminal = open(['add', 'openapi', fileURLToPath(new URL('../openapi/fixtures/github.json', import.meta.url)), '--upstream', 'github'], { executable: 'gen', cwd: repo });
    await terminal.answer('Which of them shall agents be able to do?', 'issue for repo');
    await terminal.shows('list_issues_for_repo');
    terminal.press('\t', keys.enter);
    await terminal.shows('1 picked');
    expect(await terminal.ended()).toBe(0);
    expect(readFileSync(path.join(repo, 'src/tools/index.ts'), 'utf8')).toMatch(/\[\w+\]/);
  }));

  for (const flag of ['--yes', '--no-interactive', '--json']) {
    test(`asks nothing with ${flag}`, inTerminal(async (open, cwd) => {
      const terminal = open(['add', 'tool', 'list_orders', flag], { executable: 'gen', cwd: await generated(cwd) });
      expect(await terminal.ended()).toBe(0);
      expect(terminal.text).not.toContain('?');
    }));
  }

  test('cancelled at any question it leaves the repository as it was', inTerminal(async (open, cwd) => {
    const repo = await generated(cwd);
    const before = snapshot(repo);
    for (const depth of [0, 1, 2]) {
      const terminal = open(['add', 'tool', 'list_orders'], { executable: 'gen', cwd: repo });
      for (const question of [questions.effect, questions.when].slice(0, depth)) await terminal.answer(question, keys.enter);
      await terminal.answer([questions.effect, questions.when, questions.returns][depth] ?? '', keys.escape);
      expect(await terminal.ended()).toBe(130);
      expect(snapshot(repo)).toEqual(before);
    }
  }));
});
