import { ExitCode } from '../error.ts';
import { planSync } from '../plan/sync.ts';
import { openRepo } from '../repo/repo.ts';
import { recover } from '../tree/staging.ts';
import { inspectTarget } from '../tree/target.ts';
import { writeTarget } from '../tree/write.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';
import { printChanges } from './changes.ts';

/** Flags of `mcp-gen sync`. */
export interface SyncFlags {
  check?: true;
  dryRun?: true;
  diff?: true;
}

/** `mcp-gen sync`: re-derives the index files from the item folders. `--check` only reports, and exits 3 when something is pending. */
export async function sync(flags: SyncFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const { root, itemPaths } = openRepo(io.cwd);
  const showOnly = flags.check === true || flags.dryRun === true || flags.diff === true;
  if (!showOnly) recover(root);
  const target = inspectTarget(root, planSync(itemPaths));
  const pending = target.changes.filter((change) => change.action !== 'identical');
  if (!showOnly) await writeTarget(target, io.signal);
  await printChanges(pending, flags.diff === true, report);
  if (pending.length === 0) report.line('The index files are up to date.');
  else if (showOnly) report.line('Nothing was written. Run mcp-gen sync.');
  report.document({ ok: true, directory: root, files: target.changes.map(({ path, action }) => ({ path, action })), next: [], warnings: [] });
  return flags.check === true && pending.length > 0 ? ExitCode.pending : ExitCode.done;
}
