import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request that the fake API got. `body` is parsed JSON, absent where there was none. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
  /** The text of an HTML form. */
  readonly form?: string;
  /** Absent where there was none. */
  readonly authorization?: string;
}

/**
 * An API on a port of its own that gives every request the same answer; closed when the test ends.
 *
 * @param answer - Text as it is, anything else as JSON.
 */
export async function fakeApi(answer: unknown, status = 200, headers: Record<string, string> = {}): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const { authorization, 'content-type': type } = request.headers;
    asked.push({ method, url, ...(type === 'application/json' && { body: await json(request) }), ...(type?.startsWith('application/x-www-form-urlencoded') && { form: await text(request) }), ...(authorization !== undefined && { authorization }) });
    const [answered, said] = typeof answer === 'string' ? ['text/plain', answer] : ['application/json', JSON.stringify(answer)];
    response.writeHead(status, { 'content-type': answered, connection: 'close', ...headers }).end(status === 204 ? undefined : said);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
