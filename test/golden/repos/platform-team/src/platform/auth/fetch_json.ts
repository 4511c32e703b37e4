import { readWebBody } from '../http/body.js';

/** The longest document an authorization server may answer with, in bytes. */
const MAX_BYTES = 256 * 1_024;

/** Milliseconds an authorization server has to answer. */
export const FETCH_TIMEOUT_MS = 5_000;

/**
 * Fetches a JSON document of an authorization server: no redirects, because
 * they could lead anywhere, and no more than 256 KiB.
 *
 * @throws when the answer is anything but such a document.
 */
export async function fetchJson(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...init, redirect: 'manual', signal: init.signal ?? AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`HTTP status ${response.status}`);
  }
  let bytes = 0;
  const text = await readWebBody(response)((more) => (bytes += more) <= MAX_BYTES);
  if (text === undefined) throw new Error(`more than ${MAX_BYTES} bytes`);
  return JSON.parse(text);
}
