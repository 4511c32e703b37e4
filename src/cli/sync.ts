import { ExitCode } from '../error.ts';
import { planSync } from '../plan/sync.ts';
import { withLock } from '../repo/lock.ts';
import { openRepo } from '../repo/repo.ts';
import { recover } from '../tree/staging.ts';
import { inspectTarget } from '../tree/target.ts';
import type { Target } from '../tree/target.ts';
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
  const showOnly = flags.check === true || flags.dryRun === true || flags.diff === true;
  if (showOnly) return show(derived(io.cwd), flags, report);
  const { root } = openRepo(io.cwd);
  return withLock(root, io.signal, async () => {
    recover(root);
    const target = derived(io.cwd);
    await writeTarget(target, io.signal);
    return show(target, flags, report);
  });
}

function derived(cwd: string): Target {
  const { root, itemPaths } = openRepo(cwd);
  return inspectTarget(root, planSync(itemPaths));
}

async function show({ directory, changes }: Target, flags: SyncFlags, report: Reporter): Promise<ExitCode> {
  const pending = changes.filter((change) => change.action !== 'identical');
  await printChanges(pending, flags.diff === true, report);
  if (pending.length === 0) report.line('The index files are up to date.');
  else if (flags.check === true || flags.dryRun === true || flags.diff === true) report.line('Nothing was written. Run mcp-gen sync.');
  report.document({ ok: true, directory, files: changes.map(({ path, action }) => ({ path, action })), next: [], warnings: [] });
  return flags.check === true && pending.length > 0 ? ExitCode.pending : ExitCode.done;
}
