/** The longest delay of a timer, in milliseconds. */
const MAX_DELAY_MS = 2_147_483_647;

/**
 * Ends a stream when the token that opened it expires: a subscription must not
 * outlive the permission to read. The client signs in again and resumes.
 *
 * @param expiresAt - Seconds since the epoch.
 */
export function endAt(expiresAt: number, response: Response): Response {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      const delay = Math.max(0, expiresAt * 1_000 - Date.now());
      timer = setTimeout(() => controller.terminate(), Math.min(MAX_DELAY_MS, delay));
    },
    flush: () => clearTimeout(timer),
  });
  return response.body === null ? response : new Response(response.body.pipeThrough(limit), response);
}
