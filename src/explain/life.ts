import type { Line } from './lines.ts';

/** A scalar of a log line. */
type Scalar = string | number | boolean;

/** One thing that happened during a call. */
export interface Step {
  /** Milliseconds since the call began; null where the line has no time. */
  readonly at_ms: number | null;
  readonly event: string;
  readonly level: string | null;
  /** What else the line says. */
  readonly facts: Readonly<Record<string, Scalar>>;
}

/** What became of one call, as its log lines tell it. */
export interface Life {
  readonly method: string | null;
  readonly tool: string | null;
  readonly who: Readonly<Record<string, Scalar>>;
  readonly began: string | null;
  /** As in the audit record; `failed` for a request that was answered with 500, `unfinished` where there is no record of an end. */
  readonly status: string;
  readonly error_class: string | null;
  /** `partial` or `dry_run` where a call did less than all of its work, `replayed` where an earlier one had done it. */
  readonly extent: string | null;
  readonly duration_ms: number | null;
  readonly trace_id: string | null;
  readonly steps: readonly Step[];
  /** What to do first; null for a call that went well. */
  readonly first: string | null;
}

/** Milliseconds from the epoch to the end of what a date can say, either way (ECMA-262, section 21.4.1.1). */
const LAST_TIME = 8.64e15;

const callers = ['tenant_id', 'user_id', 'user_issuer', 'agent_id', 'actor', 'auth_kind', 'client_name'];
const told = new Set([...callers, 'v', 'ts', 'event', 'level', 'correlation_id', 'method', 'tool', 'trace_id', 'span_id', 'protocol_version', 'server_version', 'instance', 'name', 'version']);

/** Tells the life of a call. @param lines - All of one call, at least one. @param files - The log, for the commands that look further. */
export function lifeOf(lines: readonly Line[], files: readonly string[] = []): Life {
  const records = lines.filter(({ event }) => event === 'mcp.audit');
  const end = records.findLast(({ phase }) => phase === 'outcome' || phase === 'decision');
  const all: Line = Object.assign({}, ...records);
  const duration = durationOf(end);
  const times = lines.map(timeOf).filter((time) => time !== null);
  const endedAt = end && timeOf(end);
  const began = endedAt !== undefined && endedAt !== null && duration !== null ? Math.min(endedAt - duration, ...times) : times.length === 0 ? null : Math.min(...times);
  // A request that failed before anybody knew what it asks for has no record of its own.
  const isBroken = end === undefined && lines.some(({ event }) => event === 'http.failed');
  const status = textOf(end?.['status']) ?? (isBroken ? 'failed' : 'unfinished');
  const errorClass = isBroken ? 'internal' : textOf(end?.['error_class']);
  const tool = textOf(all['tool']);
  return {
    method: textOf(all['method']),
    tool,
    who: factsOf(all, (key) => callers.includes(key)),
    began: began === null || Math.abs(began) > LAST_TIME ? null : new Date(began).toISOString(),
    status,
    error_class: errorClass,
    extent: all['idempotency'] === 'replayed' ? 'replayed' : end?.['completeness'] === 'complete' ? null : textOf(end?.['completeness']),
    duration_ms: duration,
    trace_id: textOf(all['trace_id']),
    steps: lines.map((line) => stepOf(line, began)).toSorted((a, b) => (a.at_ms ?? 0) - (b.at_ms ?? 0)),
    first: firstOf(status, errorClass, all, records.some(({ phase }) => phase === 'attempt'), searchOf(files)),
  };
}

function stepOf(line: Line, began: number | null): Step {
  const time = timeOf(line);
  return {
    at_ms: time === null || began === null ? null : Math.round(Math.max(time - began, 0)),
    event: textOf(line['event']) ?? '(no event)',
    level: textOf(line['level']),
    facts: factsOf(line, (key) => !told.has(key)),
  };
}

function factsOf(line: Line, isWanted: (key: string) => boolean): Record<string, Scalar> {
  const facts = Object.entries(line).filter((entry): entry is [string, Scalar] => isWanted(entry[0]) && ['string', 'number', 'boolean'].includes(typeof entry[1]) && entry[1] !== '');
  return Object.fromEntries(facts.map(([key, value]) => [key, typeof value === 'string' ? value.slice(0, 1_000) : value]));
}

function timeOf({ ts }: Line): number | null {
  const time = typeof ts === 'string' ? Date.parse(ts) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

/** Nobody vouches for the log: a number that is no length of time is none. */
function durationOf(line: Line | undefined): number | null {
  const duration = line?.['duration_ms'];
  return typeof duration === 'number' && duration >= 0 && duration <= LAST_TIME ? duration : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : null;
}

type Search = (filter: string, options?: string) => string;

/** A command that asks the same log, past what npm, Compose and the like put before its lines. What can't be pasted into a shell as it is stays out. */
function searchOf(files: readonly string[]): Search {
  const log = files.length > 0 && files.every((file) => /^[\w./][\w./-]*$/.test(file)) ? files.join(' ') : 'server.log';
  return (filter, options = '') => `grep -ho '{.*' ${log} | jq ${options}'${filter}'`;
}

/** What to do first, by how a call ended. */
function firstOf(status: string, errorClass: string | null, record: Line, isAttempted: boolean, search: Search): string | null {
  const tool = textOf(record['tool']);
  // The log may hold a name that a stranger chose, and this is pasted into a shell.
  const same = `select(.event == "mcp.audit"${tool !== null && /^[\w.-]{1,128}$/.test(tool) ? ` and .tool == "${tool}"` : ''}`;
  if (status === 'ok') return null;
  if (status === 'unfinished') {
    const crashed = search('select(.event == "process.crashed")');
    return isAttempted
      ? `The effect was begun and no end is recorded: look whether it took place before anybody repeats the call. Did the process end? ${crashed}`
      : `No end is recorded: the call still runs, the process has ended, or the log is cut off. ${crashed}`;
  }
  if (status === 'cancelled') return `The client went away or cancelled. How often does that happen? ${search(`${same} and .status == "cancelled")`)}`;
  if (status === 'timeout') return `The deadline passed, and the call may still have taken effect. How long do others take? ${search(`${same}) | .duration_ms`)}`;
  if (status === 'denied' && errorClass === 'permanent') return 'Nothing: the user was asked, and has declined.';
  if (status === 'denied' && errorClass !== 'rate_limit') return 'docs/operate.md of the repository, by the decision_reason above.';
  if (record['decision_reason'] === 'loop') return `This agent makes the same call again and again. What did it get? ${search(`select(.args_hash == "${hashOf(record)}") | [.ts, .status, .error_class]`, '-c ')}`;
  const byClass: Readonly<Record<string, string>> = {
    validation: `The arguments were refused. If a model gets them wrong often, say more in the tool's field descriptions: ${search(`${same} and .error_class == "validation") | .agent_id`)}`,
    not_found: `What was asked for does not exist, or belongs to another tenant. Who asked? ${search(`${same} and .error_class == "not_found") | .agent_id`)}`,
    permanent: 'The tool itself refused: its source says when.',
    transient:
      textOf(record['upstream_calls']) === null
        ? 'Something it needs was out of reach: curl -s localhost:3000/readyz | jq'
        : `An API of upstream_calls above (:0 was not even asked) did not answer as it should. Is it left alone? ${search('select(.event == "upstream.failing" or .event == "upstream.back") | [.ts, .event, .upstream]', '-c ')}`,
    authorization: 'The caller lacks one of the required_scopes above.',
    rate_limit: `Who calls what how often? ${search(`${record['limited_by'] === 'tool' ? same : 'select(.event == "mcp.audit"'}) | "\\(.agent_id) \\(.tool)"`, '-r ')} | sort | uniq -c`,
    conflict: `The state had changed, or another call held the same idempotency key: ${search(`${same} and .idempotency == "conflict")`)}`,
    internal: 'A fault of the server: the frames in `at` above say where. LOG_LEVEL=debug shows the message the next time.',
  };
  return (errorClass !== null && Object.hasOwn(byClass, errorClass) && byClass[errorClass]) || search(`${same} and .status != "ok")`);
}

/** What stands for the arguments; nothing else gets into a command. */
function hashOf(record: Line): string {
  return /^[0-9a-f]{1,128}$/.exec(textOf(record['args_hash']) ?? '')?.[0] ?? '';
}
