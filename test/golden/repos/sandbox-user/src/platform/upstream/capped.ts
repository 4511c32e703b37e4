import { ToolError } from '../call/error.js';

/** A response that fails once more than `maxBytes` of it were read: an endless answer would take the memory of the server. */
export function capped(response: Response, maxBytes: number): Response {
  if (!response.body) return response;
  const limit = ToolError.permanent(`The answer is longer than ${maxBytes} bytes.`, { hint: 'Ask for less.' });
  let size = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > maxBytes) controller.error(limit);
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(count), { status, statusText, headers });
}
