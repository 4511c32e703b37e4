import { randomUUID } from 'node:crypto';
import { parseFields } from '../call/arguments.ts';
import { signInLocally } from '../call/sign-in.ts';
import type { Form, Session, Target } from '../check/probe/clients.ts';
import { deployed } from '../connect/endpoint.ts';
import { ExitCode, UserError, usageError } from '../error.ts';
import { openRepo } from '../repo/repo.ts';
import { childEnv } from '../run/executable.ts';
import { readToken } from './check.ts';
import { canAsk } from './io.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

/** Flags of `mcp-gen call`. */
export interface CallFlags {
  readonly url?: string;
  readonly as: string;
  readonly scopes?: string;
  readonly tokenStdin?: true;
  readonly era: 'auto' | 'modern' | 'legacy';
  readonly raw?: true;
  readonly json?: true;
}

/** Longer than any tool of ours may take. Milliseconds. */
const patience = 120_000;

/** `mcp-gen call <tool>`: one call as a real client. Exit code 1 when the tool fails or nothing answers. */
export async function call(tool: string, words: readonly string[], flags: CallFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const token = flags.tokenStdin === true ? await readToken(io) : undefined;
  let refusedAs: string | undefined;
  const target = targetOf(flags, token, io, (id) => (refusedAs = id));
  const { openSession } = await import('../check/probe/clients.ts');
  const onprogress = (done: number, total: number | undefined, message = ''): void => report.line(report.style('dim', `${done}${total === undefined ? '' : ` of ${total}`} ${message}`.trim()));
  const answer = canAsk(io) && flags.json !== true ? (form: Form) => ask(form, io) : undefined;
  const session = await openSession(target, { era: flags.era, answer, timeoutMs: patience, onprogress }).catch((error: unknown) => {
    throw unreachable(error, target);
  });
  try {
    if (tool === 'list') return list(session, report);
    const found = session.tools.find(({ name }) => name === tool);
    if (found === undefined) throw usageError('usage', `There is no tool ${JSON.stringify(tool).slice(0, 60)}.`, `There are: ${session.tools.map(({ name }) => name).join(', ')}`);
    const args = parseFields(words, tool, found.inputSchema);
    if (found.inputSchema.required?.includes('idempotency_key') === true) args['idempotency_key'] ??= randomUUID();
    const begun = performance.now();
    const result = await session.call(tool, args).catch((error: unknown) => {
      throw userErrorIn(error) ?? new UserError('call_failed', `${tool} was refused: ${error instanceof Error ? error.message : String(error)}`, { hint: `The log of the server says why${refusedAs === undefined ? '.' : `: mcp-gen explain ${refusedAs} server.log`}` });
    });
    show({ tool, args, result, version: session.version, elapsed: performance.now() - begun, raw: flags.raw === true }, report);
    return result['isError'] === true ? ExitCode.failed : ExitCode.done;
  } finally {
    await session.close().catch(() => undefined);
  }
}

function targetOf({ url, as, scopes }: CallFlags, token: string | undefined, io: Io, noteRefusal: (id: string | undefined) => void): Target {
  const repo = url === undefined ? openRepo(io.cwd) : undefined;
  if (repo !== undefined && repo.read('src/entry/node.ts') === undefined) {
    const env = Object.fromEntries(Object.entries(childEnv(io.env, repo.root)).filter((entry): entry is [string, string] => entry[1] !== undefined));
    return { command: process.execPath, args: ['--import', 'tsx', 'src/entry/stdio.ts'], cwd: repo.root, env };
  }
  const address = url ?? io.env['MCP_PUBLIC_URL'] ?? `http://localhost:${io.env['PORT'] ?? 3000}/mcp`;
  const wanted = scopes?.split(/[\s,]+/).filter((scope) => scope !== '');
  const endpoint = deployed(address);
  return { url: endpoint, fetch: authorized(token, { endpoint, account: as, scopes: wanted, signal: io.signal }, noteRefusal) };
}

/**
 * Signs in when the server asks for it, and again when a call needs more scopes than were granted (step-up).
 * @param noteRefusal - Hears by which id the server's log knows a refusal; clients keep the body of some to themselves.
 */
function authorized(given: string | undefined, who: Parameters<typeof signInLocally>[1], noteRefusal: (id: string | undefined) => void): typeof fetch {
  let token = given;
  let clientId: string | undefined;
  return async (input, init) => {
    const send = (): Promise<Response> => {
      const headers = new Headers(init?.headers);
      if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
      return fetch(input, { ...init, headers });
    };
    const response = await send();
    const challenge = response.headers.get('www-authenticate');
    const needsToken = response.status === 401 && token === undefined;
    const needsMore = response.status === 403 && given === undefined && who.scopes === undefined;
    if (challenge !== null && (needsToken || needsMore)) {
      ({ token, clientId } = await signInLocally(challenge, who, clientId));
      return send();
    }
    if (!response.ok) noteRefusal(/"correlation_id":"([0-9a-f-]{36})"/.exec(await response.clone().text())?.[1]);
    return response;
  };
}

async function ask({ message, fields }: Form, io: Io): Promise<Record<string, string | number | boolean> | undefined> {
  const { Ask } = await import('../interview/ask.ts');
  const person = new Ask(io.stdin, io.signal);
  const content: Record<string, string | number | boolean> = {};
  for (const [name, { type, description }] of Object.entries(fields)) {
    if (type === 'boolean') content[name] = await person.agree(message);
    else {
      const text = await person.text(`${message} ${description}`, '', () => undefined);
      content[name] = type === 'string' ? text : Number(text);
    }
  }
  return content;
}

function list({ tools, version }: Session, report: Reporter): ExitCode {
  for (const { name } of tools) report.line(name);
  report.document({ ok: true, version, tools: tools.map(({ name }) => name) });
  return ExitCode.done;
}

interface Shown {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
  readonly version: string;
  readonly elapsed: number;
  readonly raw: boolean;
}

function show({ tool, args, result, version, elapsed, raw }: Shown, report: Reporter): void {
  const meta = (result['_meta'] ?? {}) as Readonly<Record<string, unknown>>;
  const { correlation_id: correlationId, steps_ms: steps = {} } = (meta['mcp-gen/timing'] ?? {}) as { correlation_id?: string; steps_ms?: Readonly<Record<string, number>> };
  const error = meta['mcp-gen/error'] as Readonly<Record<string, unknown>> | undefined;
  const said = error ?? result['structuredContent'] ?? result['content'];
  report.line(JSON.stringify(raw ? result : said, undefined, 2));
  const took = Object.entries(steps).map(([step, ms]) => `${step} ${ms}`);
  report.line(report.style('dim', [`${tool}, ${version}, ${elapsed.toFixed(1)} ms`, ...(took.length === 0 ? [] : [`of them in the server, ms: ${took.join(', ')}`])].join('; ')));
  const id = correlationId ?? error?.['correlation_id'];
  if (typeof id === 'string') report.line(report.style('dim', `correlation id ${id}`));
  report.document({ ok: result['isError'] !== true, tool, arguments: args, version, elapsed_ms: elapsed, correlation_id: id ?? null, steps_ms: steps, result });
}

/** The client wraps what signing in throws. */
function userErrorIn(error: unknown): UserError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof UserError) return cause;
  return undefined;
}

function unreachable(error: unknown, target: Target): UserError {
  const known = userErrorIn(error);
  if (known !== undefined) return known;
  const where = 'url' in target ? target.url.href : 'the stdio server';
  const why = error instanceof Error ? [error.message, error.cause instanceof Error ? error.cause.message : ''].filter((text) => text !== '').join(': ') : String(error);
  return new UserError('call_failed', `${where} could not be reached: ${why}`, { hint: 'url' in target ? 'Start it with: npm run dev' : 'Install the packages of the repository first; npm run dev says more.' });
}
