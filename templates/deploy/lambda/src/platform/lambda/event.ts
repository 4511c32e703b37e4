/** What of an event makes a request: payload 2.0 (Function URL, HTTP API) and 1.0 (REST API). */
export interface HttpEvent {
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  /** 1.0: every value of each header. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly httpMethod?: string;
  readonly requestContext: {
    readonly http?: { readonly method: string; readonly sourceIp?: string };
    /** 1.0 */
    readonly identity?: { readonly sourceIp?: string };
    /** 1.0: with the stage, as clients see it. */
    readonly path?: string;
  };
}

/** The request behind an event. @throws {TypeError} where its Host and path make no URL, or its method is none. */
export function toRequest(event: HttpEvent): Request {
  const headers = headersOf(event);
  const { requestContext, body } = event;
  const method = requestContext.http?.method ?? event.httpMethod ?? 'GET';
  const query = event.rawQueryString ?? queryOf(event);
  const url = new URL(`https://${headers.get('host') ?? 'localhost'}${event.rawPath ?? requestContext.path ?? '/'}`);
  url.search = query;
  const hasBody = method !== 'GET' && method !== 'HEAD' && typeof body === 'string';
  return new Request(url, { method, headers, ...(hasBody && { body: event.isBase64Encoded ? Buffer.from(body, 'base64') : body }) });
}

/** Who has connected, as AWS saw it; no header says so. */
export function peerOf({ requestContext: { http, identity } }: HttpEvent): string | undefined {
  return http?.sourceIp ?? identity?.sourceIp;
}

/** Several headers of one name arrive joined by commas, as HTTP has it: what must be there once can then be refused. */
function headersOf({ headers, multiValueHeaders }: HttpEvent): Headers {
  const all = Object.entries(multiValueHeaders ?? {}).flatMap(([name, values = []]) => values.map((value) => [name, value] as const));
  const once = Object.entries(headers ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const made = new Headers();
  for (const [name, value] of all.length > 0 ? all : once) made.append(name, value);
  return made;
}

function queryOf({ multiValueQueryStringParameters }: HttpEvent): string {
  const all = Object.entries(multiValueQueryStringParameters ?? {});
  return new URLSearchParams(all.flatMap(([name, values = []]) => values.map((value): [string, string] => [name, value]))).toString();
}
