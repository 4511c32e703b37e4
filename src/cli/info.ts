import { listed } from '../answers/resolve.ts';
import { ExitCode } from '../error.ts';
import { platformState } from '../plan/platform.ts';
import type { PlatformState } from '../plan/platform.ts';
import { driftOf, platformFolder } from '../repo/drift.ts';
import { itemKinds, itemsOf } from '../repo/index-files.ts';
import { openRepo } from '../repo/repo.ts';
import type { Io } from './io.ts';
import { plain } from './report.ts';
import type { Reporter } from './report.ts';

/** `mcp-gen info`: which version made this repository, with which answers, and what was edited since. */
export async function info(io: Io, report: Reporter): Promise<ExitCode> {
  const repo = openRepo(io.cwd);
  const { version, answers } = repo.manifest;
  const items = Object.fromEntries(itemKinds.map((kind) => [kind, itemsOf(kind, repo.itemPaths)]));
  const drift = driftOf(repo);
  const platform = platformState(repo);
  const rows: [string, string][] = [
    ...Object.entries(answers).filter(([key]) => !['name', 'description'].includes(key)).map(([key, value]): [string, string] => [key, Array.isArray(value) ? value.join(', ') : String(value)]),
    ...Object.entries(items).map(([kind, names]): [string, string] => [kind, names.length === 0 ? 'none' : `${names.length}: ${listed(names)}`]),
    ['platform', platformLine(platform, version)],
    ['edited', listOrNone(outsidePlatform(drift.edited), `of ${drift.generated} generated files`)],
    ['missing', listOrNone(outsidePlatform(drift.missing))],
  ];
  const width = Math.max(...rows.map(([key]) => key.length));
  report.line(`${report.style('bold', plain(answers.name ?? 'This server'))}, made by create-mcp-server ${version}`);
  for (const [key, value] of rows) report.line(`  ${report.style('dim', key.padEnd(width))}  ${plain(value)}`);
  report.document({ ok: true, directory: repo.root, version, answers, items, edited: outsidePlatform(drift.edited), missing: outsidePlatform(drift.missing), platform });
  return ExitCode.done;
}

function outsidePlatform(files: readonly string[]): string[] {
  return files.filter((file) => !file.startsWith(`${platformFolder}/`));
}

function listOrNone(files: readonly string[], of = ''): string {
  return files.length === 0 ? 'nothing' : [String(files.length), of].filter((word) => word !== '').join(' ') + `: ${listed(files)}`;
}

/** What can be said of `src/platform` in one line. */
export function platformLine({ identical, comparedWith, changed, missing, added }: PlatformState, version: string): string {
  const source = comparedWith === 'release' ? `release ${version}` : `what release ${version} wrote down`;
  if (identical) return `identical to ${source}`;
  const parts = Object.entries({ changed, missing, added }).filter(([, files]) => files.length > 0);
  return `differs from ${source}: ${parts.map(([what, files]) => `${listed(files)} ${what}`).join('; ')}`;
}
