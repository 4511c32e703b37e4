import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withDefaults } from '../../src/answers/resolve.ts';
import type { PartialAnswers } from '../../src/answers/resolve.ts';
import { plan } from '../../src/plan/plan.ts';

/** The files of a repo called `@acme/orders`, planned in memory. */
export function filesOf(answers: PartialAnswers): ReadonlyMap<string, string> {
  const tree = plan(withDefaults({ name: '@acme/orders', ...answers }, { name: 'orders', packageManager: 'npm' }), '0.0.0');
  return new Map(tree.files().map(({ path: file, contents }) => [file, contents]));
}

/** Puts files below a new folder outside of any project. @returns the folder. */
export function onDisk(files: ReadonlyMap<string, string>): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'deploy-')));
  for (const [file, contents] of files) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), contents);
  }
  return folder;
}

/** What `SHUTDOWN_GRACE_MS` is unless it is set, in seconds: read from what owners read. */
export function graceSeconds(files: ReadonlyMap<string, string>): number {
  const [, ms = ''] = /^# SHUTDOWN_GRACE_MS=(\d+)$/m.exec(files.get('.env.example') ?? '') ?? [];
  return Number(ms) / 1_000;
}
