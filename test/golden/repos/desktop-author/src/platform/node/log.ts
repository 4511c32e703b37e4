import type { CommonSettings } from '../config/settings.js';
import { createLog, type Log, type LogFields } from '../observe/log.js';
import { auditFile } from './audit_file.js';
import { lineWriter } from './lines.js';

/**
 * The log of a process, and where its audit records go.
 *
 * @param here - What to say on each line of where it was written.
 * @throws {ConfigError}
 */
export function openLog({ LOG_LEVEL: level, AUDIT_FILE: file }: CommonSettings, stream: NodeJS.WriteStream, here?: () => LogFields | undefined): Log {
  const lines = lineWriter(stream);
  return createLog(level, lines, {}, here, file === undefined ? lines : auditFile(file, createLog(level, lines)));
}
