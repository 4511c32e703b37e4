import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'vitest';
import { stringify } from 'yaml';
import { scratch } from '../cli/invoke.ts';

/** What promtool says. @throws when it finds a fault */
export function promtool(context: TestContext, ...argv: string[]): string {
  try {
    return execFileSync('promtool', argv, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string };
    if (code !== 'ENOENT') throw new Error(`promtool ${argv.join(' ')}\n${stdout}${stderr}`, { cause: error });
    if (process.env['CI'] !== undefined) throw new Error('promtool is needed in CI: it is in the package prometheus', { cause: error });
    return context.skip('no promtool (apt-get install prometheus)');
  }
}

/** A file of YAML that promtool can read. */
export function file(name: string, contents: unknown): string {
  const at = path.join(scratch(), name);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, stringify(contents, { lineWidth: 0 }));
  return at;
}
