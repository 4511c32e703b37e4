import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { ExitCode, UserError, usageError } from '../error.ts';
import { lifeOf } from '../explain/life.ts';
import type { Life } from '../explain/life.ts';
import { linesOf } from '../explain/lines.ts';
import type { Io } from './io.ts';
import { plain } from './report.ts';
import type { Reporter } from './report.ts';

/**
 * `mcp-gen explain`: the life of one call, from the log lines of a server. Needs no repository.
 *
 * @throws {UserError} exit code 1 when no line is of this call or a file can't be read, 2 for what can't be an id
 */
export async function explain(id: string, files: readonly string[], io: Io, report: Reporter): Promise<ExitCode> {
  if (!/^[\w-]{8,128}$/.test(id)) throw usageError('usage', `${JSON.stringify(id.slice(0, 40))} is no correlation id.`, 'It stands in the answer of a failed call, as correlation_id.');
  if (files.length === 0 && io.stdin.isTTY === true) throw usageError('usage', 'There is no log to read.', `Name files, or pipe one in: docker compose logs | mcp-gen explain ${id}`);
  const { lines, dropped, read, broken } = await linesOf(id, files.length === 0 ? [io.stdin] : files.map((file) => opened(file, io))).catch((error: unknown) => {
    throw error instanceof UserError ? error : new UserError('log_unreadable', `The log can't be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  if (lines.length === 0) {
    const hint = `Look in the logs of every instance, at the time of the call, rotated files too (zcat log.gz | mcp-gen explain ${id}). LOG_LEVEL hides no audit record.`;
    throw new UserError('call_not_found', `None of ${read} lines is of call ${id}${broken === 0 ? '' : `; ${broken} are broken`}.`, { hint });
  }
  const life = lifeOf(lines, files);
  report.document({ ok: true, correlation_id: id, ...life, lines: { read, of_this_call: lines.length + dropped, broken } });
  show(id, life, report);
  if (dropped > 0) report.warn(`${dropped} more lines of this call are left out.`);
  if (broken > 0) report.warn(`${broken} of ${read} lines could not be read: cut off, or too long.`);
  return ExitCode.done;
}

function opened(file: string, { cwd }: Io): AsyncIterable<Uint8Array> {
  const at = path.resolve(cwd, file);
  const found = statSync(at, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory()) throw new UserError('log_unreadable', `${file} is no file.`, { hint: 'Name the files that the log is written to, or pipe it in.' });
  return createReadStream(at);
}

function show(id: string, { method, tool, who, began, status, error_class: errorClass, extent, duration_ms: duration, trace_id: trace, steps, first }: Life, report: Reporter): void {
  const took = duration === null ? '' : ` after ${duration} ms`;
  report.line(`${report.style('bold', plain(oneLine([method ?? 'call', tool ?? ''].join(' '))))}, ${id}`);
  const rows = Object.entries({ began, who: facts(who), ended: `${[status, extent, errorClass && `class ${errorClass}`].filter(Boolean).join(', ')}${took}`, trace });
  for (const [key, value] of rows) if (value !== null && value !== '') report.line(`  ${report.style('dim', key.padEnd(6))} ${plain(oneLine(value))}`);
  report.line();
  for (const { at_ms: at, event, level, facts: said } of steps) {
    const severity = level === 'warn' || level === 'error' ? ` ${level}` : '';
    report.line(`  ${report.style('dim', (at === null ? '?' : `+${at} ms`).padStart(9))}  ${plain(oneLine(`${event}${severity}  ${facts(said)}`))}`);
  }
  if (first !== null) report.line(`\n${report.style('yellow', 'first:')} ${plain(first)}`);
}

function facts(of: Life['who']): string {
  return Object.entries(of).map(([key, value]) => `${key}=${value}`).join(' ');
}

/** What a line of the log says can't look like a line of this report, nor turn the order of its letters around. */
function oneLine(text: string): string {
  return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
}
