import type * as z from 'zod';
import { ToolError } from './mcp.js';

/** An API. Paths are relative to its base address. */
export interface Api {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/**
 * The API that is called `crm` here: at `CRM_URL`, with the key in `CRM_TOKEN` where there is one. Never the caller's own token:
 * it was made for this server.
 *
 * @throws {ToolError} class `permanent` when nobody has said where it is.
 */
export function apiNamed(name: string, signal: AbortSignal): Api {
  const variable = name.toUpperCase();
  const { [`${variable}_URL`]: base, [`${variable}_TOKEN`]: token } = process.env;
  if (!base) throw ToolError.permanent(`This server does not know where ${name} is.`, { hint: `Its operator has to set ${variable}_URL.` });
  return {
    fetch(path, init) {
      const headers = new Headers(init?.headers);
      if (token) headers.set('authorization', `Bearer ${token}`);
      // What is redirected would take the key along.
      return fetch(base.replace(/\/$/, '') + path, { ...init, headers, signal, redirect: 'error' });
    },
  };
}

type Scalar = string | number | boolean;

/** A request in the words of the API's own description. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With variables in braces: `/customers/{id}`. */
  readonly path: string;
  /** Values of the variables. */
  readonly params?: Readonly<Record<string, Scalar>>;
  /** Lists are sent as the same name several times; what is undefined is not sent. */
  readonly query?: Readonly<Record<string, Scalar | readonly Scalar[] | undefined>>;
  readonly headers?: Readonly<Record<string, Scalar | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How the answer becomes the output: JSON as it is (default), a list under `items`, text under `text`, or the status alone. */
  readonly answer?: 'object' | 'items' | 'text' | 'nothing';
}

/**
 * Calls an API and gives back what `output` names of its answer.
 *
 * @throws {ToolError} of the class that the status stands for, never with the API's own words: they may hold anything.
 */
export async function callApi<T extends z.ZodType>(api: Api, output: T, request: ApiRequest): Promise<z.output<T>> {
  const response = await api.fetch(addressOf(request), initOf(request)).catch(unreachable);
  if (!response.ok) throw refusal(response);
  const parsed = output.safeParse(await answerOf(response, request.answer));
  if (!parsed.success) throw ToolError.permanent('The API answered in another form than its description says.');
  return parsed.data;
}

/** What went wrong on the way is told to the operator, not to the caller. */
function unreachable(error: unknown): never {
  if (error instanceof ToolError || (error instanceof Error && error.name !== 'TypeError')) throw error;
  throw ToolError.transient('The API can\'t be reached.', { retryAfterSeconds: 5 });
}

function addressOf({ path, params = {}, query = {} }: ApiRequest): string {
  const filled = path.replace(/\{([^{}]*)\}/g, (_, name: string) => segment(name, params[name]));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) search.append(name, String(one));
  }
  return search.size === 0 ? filled : `${filled}?${search}`;
}

/** One part of a path. A URL resolves dots, encoded or not: they would lead to another resource. */
function segment(name: string, value: Scalar | undefined): string {
  const text = String(value ?? '');
  if (text === '' || text === '.' || text === '..') throw ToolError.validation(`${name} can't be used in a path.`);
  return encodeURIComponent(text);
}

function initOf({ method, headers = {}, body }: ApiRequest): RequestInit {
  const sent = new Headers({ accept: 'application/json, text/*;q=0.5' });
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.set(name, String(value));
  if (body === undefined) return { method, headers: sent };
  sent.set('content-type', 'application/json');
  return { method, headers: sent, body: JSON.stringify(body) };
}

async function answerOf(response: Response, answer: ApiRequest['answer'] = 'object'): Promise<unknown> {
  const text = await response.text();
  if (answer === 'nothing') return { status: response.status };
  if (answer === 'text') return { text };
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    return answer === 'items' ? { items: value } : value;
  } catch {
    return undefined;
  }
}

/** Where a value comes from an argument, the caller can correct it; where it is the server's, the caller can't. */
function refusal({ status, headers }: Response): ToolError {
  const said = `The API answered with status ${status}.`;
  if (status === 404 || status === 410) return ToolError.notFound('The API knows nothing by these arguments.');
  if (status === 409 || status === 412) return ToolError.conflict(said, { hint: 'Read it again: it has changed, or exists already.' });
  if (status === 400 || status === 422) return ToolError.validation(said, { hint: 'Check the arguments against their descriptions.' });
  if (status === 429) return ToolError.rateLimit(said, { retryAfterSeconds: secondsIn(headers) ?? 30 });
  if (status >= 500) return ToolError.transient(said, { retryAfterSeconds: secondsIn(headers) ?? 5 });
  return ToolError.permanent(said);
}

/** RFC 9110 section 10.2.3; a date is rare and not worth a guess about clocks. */
function secondsIn(headers: Headers): number | undefined {
  const given = headers.get('retry-after') ?? '';
  return /^\d{1,5}$/.test(given) ? Number(given) : undefined;
}
