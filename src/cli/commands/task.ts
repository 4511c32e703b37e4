import type { ExitCode } from '../../error.ts';
import type { Io } from '../io.ts';
import type { Reporter } from '../report.ts';

/** The work of one command line, parsed and ready to run. */
export type Task = (io: Io, report: Reporter) => Promise<ExitCode>;

/** Takes the task that a command line turned out to ask for. */
export type Choose = (task: Task) => void;
