import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from './spawn.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'create-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe('create', () => {
  test('writes a repository and prints the command that reproduces it', async () => {
    const { code, stdout } = await run('create', ['notes-server', '--yes', '--no-install', '--no-git'], { cwd });
    expect(code).toBe(0);
    expect(existsSync(path.join(cwd, 'notes-server/src/server.ts'))).toBe(true);
    expect(JSON.parse(readFileSync(path.join(cwd, 'notes-server/package.json'), 'utf8'))).toMatchObject({ name: 'notes-server' });
    expect(stdout).toContain('notes-server --transport http --auth oidc --session stateless --deploy docker --package-manager npm');
  });
});
