import type { FileAction, FileChange } from '../tree/target.ts';
import type { Reporter } from './report.ts';

const colours = { create: 'green', overwrite: 'yellow', identical: 'dim' } as const satisfies Record<FileAction, string>;

/** One line per file: what would happen, or happened, to it; with a unified diff when asked. */
export async function printChanges(changes: readonly FileChange[], withDiff: boolean, report: Reporter): Promise<void> {
  const createTwoFilesPatch = withDiff ? (await import('diff')).createTwoFilesPatch : undefined;
  for (const { path, action, contents, previous } of changes) {
    report.line(`${report.style(colours[action], action.padEnd(9))} ${path}`);
    if (createTwoFilesPatch !== undefined && action !== 'identical') {
      report.line(createTwoFilesPatch(previous === undefined ? '/dev/null' : path, path, previous ?? '', contents));
    }
  }
}
