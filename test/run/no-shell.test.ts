import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Visitor, parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** What in a source text starts a process in another way than execa with an absolute path and a list of arguments. */
function faults(file: string, text: string): string[] {
  const found: string[] = [];
  const note = (fault: string): void => void found.push(`${file}: ${fault}`);
  const { program, module, errors } = parseSync(file, text);
  expect(errors).toEqual([]);
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => ({ from: text.slice(start + 1, end - 1), names: ['*'] }));
  const fixed = module.staticImports.map(({ moduleRequest, entries }) => ({ from: moduleRequest.value, names: entries.map((entry) => entry.importName.name ?? '*') }));
  for (const { from, names } of [...fixed, ...dynamic]) {
    if (/^(?:node:)?(?:child_process|cluster|worker_threads|vm|repl)$/.test(from)) note(`imports ${from}`);
    if (from !== 'execa') continue;
    if (!file.startsWith('run/')) note('imports execa outside src/run');
    for (const name of names.filter((one) => one !== 'execa')) note(`imports ${name} of execa`);
  }
  new Visitor({
    Property({ key, value }) {
      const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : '';
      const forbidden = file.startsWith('run/') ? ['shell', 'preferLocal', 'localDir', 'node'] : ['shell'];
      if (forbidden.includes(name) && !(value.type === 'Literal' && value.value === false)) note(`has the option ${name}`);
    },
    CallExpression({ callee, arguments: [program_, argv] }) {
      if (callee.type === 'Identifier' && ['eval', 'require', 'Function'].includes(callee.name)) note(`calls ${callee.name}`);
      if (callee.type === 'MemberExpression' && callee.property.type === 'Identifier' && ['binding', '_linkedBinding', 'dlopen'].includes(callee.property.name)) note(`calls ${callee.property.name}`);
      if (callee.type !== 'Identifier' || callee.name !== 'execa') return;
      if (program_?.type !== 'Identifier') note('runs a program that findExecutable did not find');
      if (argv?.type !== 'ArrayExpression') note('runs a program without a list of arguments');
    },
  }).visit(program);
  return found;
}

describe('child processes', () => {
  test('S156 src never uses a shell: only execa, in src/run, with a program that was looked up and a list of arguments', () => {
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
    expect(files).toContain(path.join('run', 'git.ts'));
    expect(files.flatMap((file) => faults(file.replaceAll(path.sep, '/'), readFileSync(path.join(src, file), 'utf8')))).toEqual([]);
  });

  test('S156 every program that is run comes from findExecutable, or is the Node.js that runs us', () => {
    const files = readdirSync(path.join(src, 'run')).map((file) => [file, readFileSync(path.join(src, 'run', file), 'utf8')] as const);
    const programs = files.flatMap(([file, text]) => [...text.matchAll(/\bexeca\((\w+)/g)].map((match) => ({ file, text, program: match[1] ?? '' })));
    expect(programs.length).toBeGreaterThan(2);
    for (const { text, program } of programs) expect(text).toMatch(new RegExp(`const ${program} = (?:findExecutable\\(|process\\.execPath;)`));
  });

  test.each([
    `import { execa } from 'execa'; const git = ''; execa(git, ['x'], { shell: true });`,
    `import { execa } from 'execa'; const git = '', shell = '/bin/sh'; execa(git, ['x'], { shell });`,
    `import { execa } from 'execa'; const git = ''; execa(git, ['x'], { 'shell': process.env.SHELL });`,
    `import { execa } from 'execa'; execa('git', ['x']);`,
    `import { execa } from 'execa'; const name = ''; execa(\`git \${name}\`);`,
    `import { execa } from 'execa'; const git = ''; execa(git);`,
    `import { execa } from 'execa'; const git = ''; execa(git, ['x'], { preferLocal: true });`,
    `import { execaCommand } from 'execa'; execaCommand('git init');`,
    `import { $ } from 'execa'; await $\`git init\`;`,
    `import * as all from 'execa'; all.execaCommand('git init');`,
    `import { exec } from 'node:child_process'; exec('git init');`,
    `import child from 'child_process'; child.exec('git init');`,
    `const { exec } = await import('node:child_process'); exec('git init');`,
    `const { exec } = require('node:child_process'); exec('git init');`,
  ])('S156 would find %s', (text) => {
    expect(faults('run/planted.ts', text)).not.toEqual([]);
  });
});
