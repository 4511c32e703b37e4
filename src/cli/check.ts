import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beyond, checkRepo, failedRows, tally } from '../check/check.ts';
import type { Row } from '../check/check.ts';
import { inspect } from '../check/inspection.ts';
import { renderReport, reportMark } from '../check/report.ts';
import { parts } from '../check/rule.ts';
import type { Verdict } from '../check/rule.ts';
import { subjectOf, toolsOf } from '../check/subject.ts';
import type { SeenTool } from '../check/subject.ts';
import { deployed } from '../connect/endpoint.ts';
import { ExitCode, UserError, usageError } from '../error.ts';
import { platformState } from '../plan/platform.ts';
import { openRepo } from '../repo/repo.ts';
import type { Repo } from '../repo/repo.ts';
import { inspectTarget } from '../tree/target.ts';
import { Tree } from '../tree/tree.ts';
import { writeTarget } from '../tree/write.ts';
import type { Io } from './io.ts';
import { plain } from './report.ts';
import type { Reporter } from './report.ts';

/** Flags of `mcp-gen check`. */
export interface CheckFlags {
  readonly url?: string;
  readonly tokenStdin?: true;
  readonly strict?: true;
  readonly evidence?: true;
  readonly report?: string;
  readonly json?: true;
}

/** What was looked at: a repository, a running server, or both. */
interface Looked {
  readonly name: string;
  readonly version: string;
  readonly rows: readonly Row[];
  readonly tools: readonly SeenTool[];
  /** False when there was nothing to look at. */
  readonly isComplete: boolean;
  readonly requests: number;
}

/** `mcp-gen check`: is this fit for production? Exit code 3 when a row fails, 1 when the repository could not be loaded or nothing answers. */
export async function check(flags: CheckFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const url = flags.url === undefined ? undefined : deployed(flags.url);
  const repo = repoIn(io.cwd, url !== undefined);
  const file = flags.report === undefined || repo === undefined ? undefined : reportPath(flags.report, repo, io.cwd);
  const token = flags.tokenStdin === true ? await readToken(io) : undefined;
  const inside = repo === undefined ? undefined : await lookInside(repo, io);
  const outside = url === undefined ? undefined : await lookFromOutside(url, token, io);
  const looked = [inside, outside].filter((one) => one !== undefined);
  const rows = looked.flatMap((one) => one.rows);
  const { name = '', version = '' } = looked[0] ?? {};

  report.line(`${report.style('bold', plain(name))} ${plain(version)}`);
  printRows(rows, flags.evidence === true, report);
  if (outside !== undefined) report.line(`${outside.requests} requests were sent to ${plain(outside.name)}, one at a time.`);
  const written = file === undefined || repo === undefined ? [] : await writeReport(file, renderReport({ name, version }, rows, inside?.tools ?? []), repo, io);
  for (const one of written) report.line(`\n${one} says what each verdict rests on, and what was not looked at.`);
  const notChecked = beyond.filter(({ what }) => outside === undefined || what !== 'a running server');
  if (file === undefined) report.line(report.style('dim', `\nNot looked at: ${notChecked.map(({ what }) => what).join('; ')}.${repo === undefined ? '' : ' --report security.md has it all.'}`));
  const failed = failedRows(rows, flags.strict === true);
  report.document({ ok: failed.length === 0, directory: repo?.root ?? null, url: url?.href ?? null, name, version, rows, counts: tally(rows), requests: outside?.requests ?? 0, notChecked, files: written.map((one) => ({ path: one, action: 'write' })) });
  if (failed.length > 0) return ExitCode.pending;
  return looked.every(({ isComplete }) => isComplete) ? ExitCode.done : ExitCode.failed;
}

/** Any server can be asked from outside; then there need be no repository. */
function repoIn(cwd: string, isOptional: boolean): Repo | undefined {
  try {
    return openRepo(cwd);
  } catch (error) {
    if (isOptional && error instanceof UserError && error.code === 'not_a_generated_repo') return undefined;
    throw error;
  }
}

async function lookInside(repo: Repo, io: Io): Promise<Looked> {
  const inspection = await inspect(repo, io.env, io.signal);
  const subject = subjectOf(repo, inspection, platformState(repo));
  return {
    name: repo.manifest.answers.name ?? path.basename(repo.root),
    version: String(subject.manifest['version'] ?? ''),
    rows: checkRepo(subject),
    tools: inspection.surface === undefined ? [] : toolsOf(inspection.surface),
    isComplete: inspection.surface !== undefined,
    requests: 0,
  };
}

async function lookFromOutside(url: URL, token: string | undefined, io: Io): Promise<Looked> {
  const { probe } = await import('../check/probe/probe.ts');
  const { rows, requests } = await probe(url, token, io.signal);
  return { name: url.href, version: '', rows, tools: [], isComplete: rows.some(({ verdict }) => verdict !== 'unknown'), requests };
}

/** On stdin, because everybody on the machine can read a command line. @throws {UserError} for what can't be a token. */
export async function readToken({ stdin }: Io): Promise<string> {
  let text = '';
  for await (const chunk of stdin) if ((text += String(chunk)).length > 16_384) break;
  const token = text.trim().replace(/^Bearer /i, '');
  if (!/^[\w.~+/=-]{1,16384}$/.test(token)) throw usageError('usage', 'There is no token on stdin.', 'For example: printf %s "$TOKEN" | mcp-gen check --url ... --token-stdin');
  return token;
}

const signs: Readonly<Record<Verdict, readonly [word: string, style: 'green' | 'yellow' | 'red' | 'dim']>> = {
  pass: ['pass', 'green'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
  unknown: ['?', 'yellow'],
  'n/a': ['-', 'dim'],
};

/** Lines of evidence under one row of the table; the rest is in --json and --report. */
const shown = 6;

/** One line per row; under those that need someone, what they rest on and the line that mends it. */
export function printRows(rows: readonly Row[], withEvidence: boolean, report: Reporter): void {
  const width = Math.max(...rows.map(({ title }) => title.length));
  for (const [part, heading] of Object.entries(parts)) {
    const inPart = rows.filter((row) => row.part === part);
    if (inPart.length > 0) report.line(`\n${report.style('bold', heading)}`);
    for (const row of inPart) {
      const [word, style] = signs[row.verdict];
      report.line(`  ${report.style(style, word.padEnd(4))}  ${row.title.padEnd(width)}  ${plain(row.summary)}`);
      if (!withEvidence && row.verdict !== 'fail' && row.verdict !== 'warn') continue;
      for (const { at, text } of row.evidence.slice(0, shown)) report.line(report.style('dim', `        ${plain([at, oneLine(text)].filter((word_) => word_ !== undefined).join('  '))}`));
      if (row.evidence.length > shown) report.line(report.style('dim', `        and ${row.evidence.length - shown} more`));
      if (row.paste !== undefined) report.line(`        ${report.style('cyan', plain(row.paste))}`);
    }
  }
  const { pass, warn, fail, unknown } = tally(rows);
  report.line(`\n${pass} pass, ${warn} ${warn === 1 ? 'warning' : 'warnings'}, ${fail} failed${unknown === 0 ? '' : `, ${unknown} could not be looked at`}`);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** Relative to the root and POSIX. @throws {UserError} outside of the repository, or where something stands that is no report. */
function reportPath(named: string, { root }: Repo, cwd: string): string {
  const absolute = path.resolve(cwd, named);
  const relative = path.relative(root, absolute);
  if (!named.endsWith('.md') || relative.startsWith('..') || path.isAbsolute(relative)) throw usageError('usage', `--report ${JSON.stringify(named).slice(0, 80)} must be a .md file in this repository.`, 'For example --report security.md');
  // On a disk that takes them for the same, security.md is SECURITY.md.
  if (existsSync(absolute) && !readFileSync(absolute, 'utf8').startsWith(reportMark)) throw usageError('already_exists', `${relative} exists and is no report of this command.`, 'Choose another name.');
  return relative.split(path.sep).join('/');
}

async function writeReport(file: string, contents: string, { root }: Repo, io: Io): Promise<string[]> {
  await writeTarget(inspectTarget(root, new Tree().add(file, contents)), io.signal);
  return [file];
}
