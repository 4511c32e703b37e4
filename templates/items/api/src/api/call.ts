import type * as z from 'zod';
import { ToolError } from '../mcp.js';

/** What is called: an upstream of the context, in a tool. Paths are relative to its base address. */
export interface Api {
  fetch(path: string, init?: RequestInit): Promise<Response>;
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
  /** Sent as an HTML form, in the way of `query`. */
  readonly form?: ApiRequest['query'];
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
  if (!response.ok) {
    await letGo(response);
    throw refusal(response);
  }
  const parsed = output.safeParse(await answerOf(response, request.answer).catch(unreachable));
  if (parsed.success) return parsed.data;
  // The names are those of `output`, none is the API's.
  const at = parsed.error.issues[0]?.path.map(String).join('.') || 'its root';
  throw ToolError.permanent(`The API answered in another form than the output of this tool says, at ${at}.`);
}

/** An answer that nobody reads would hold its connection. */
async function letGo({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => undefined);
}

/** What went wrong on the way is told to the operator, not to the caller. */
function unreachable(error: unknown): never {
  if (error instanceof ToolError || (error instanceof Error && error.name !== 'TypeError')) throw error;
  throw ToolError.transient('The API can\'t be reached.', { retryAfterSeconds: 5 });
}

function addressOf({ path, params = {}, query = {} }: ApiRequest): string {
  const filled = path.replace(/\{([^{}]*)\}/g, (_, name: string) => segment(name, params[name]));
  const search = encoded(query);
  return search.size === 0 ? filled : `${filled}?${search}`;
}

function encoded(values: NonNullable<ApiRequest['query']>): URLSearchParams {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) if (one !== undefined) text.append(name, String(one));
  }
  return text;
}

/** One part of a path. A URL resolves dots, encoded or not: they would lead to another resource. */
function segment(name: string, value: Scalar | undefined): string {
  const text = String(value ?? '');
  if (text === '' || text === '.' || text === '..') throw ToolError.validation(`${name} can't be used in a path.`);
  return encodeURIComponent(text);
}

function initOf({ method, headers = {}, body, form }: ApiRequest): RequestInit {
  const sent = new Headers({ accept: 'application/json, text/*;q=0.5' });
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.set(name, String(value));
  if (form !== undefined) return { method, headers: sent, body: encoded(form) };
  if (body === undefined) return { method, headers: sent };
  sent.set('content-type', 'application/json');
  return { method, headers: sent, body: JSON.stringify(body) };
}

async function answerOf(response: Response, answer: ApiRequest['answer'] = 'object'): Promise<unknown> {
  if (answer === 'nothing') {
    await letGo(response);
    return { status: response.status };
  }
  const text = await textOf(response);
  if (answer === 'text') return { text };
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    return answer === 'items' ? { items: value } : value;
  } catch {
    return undefined;
  }
}

/** In bytes; more is of no use to a model, and an endless answer takes the server's memory. */
const MOST = 2_000_000;

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const part of body ?? []) {
    size += part.byteLength;
    if (size > MOST) throw ToolError.permanent(`The API answered with more than ${MOST / 1_000_000} MB.`, { hint: 'Ask for less.' });
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
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
