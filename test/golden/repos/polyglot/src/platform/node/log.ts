import type { CommonSettings } from '../config/settings.js';
import { createLog, type Log } from '../observe/log.js';
import type { Telemetry } from '../observe/telemetry.js';
import { auditFile } from './audit_file.js';
import { lineWriter } from './lines.js';

/** The log of a process, and where its audit records go. @throws {ConfigError} */
export function openLog({ LOG_LEVEL: level, AUDIT_FILE: file }: CommonSettings, stream: NodeJS.WriteStream, telemetry: Telemetry | undefined): Log {
  const lines = lineWriter(stream);
  const watched = { here: telemetry?.ids, noteTrouble: telemetry?.noteTrouble };
  return createLog(level, lines, { ...watched, record: file === undefined ? lines : auditFile(file, createLog(level, lines, watched)) });
}
