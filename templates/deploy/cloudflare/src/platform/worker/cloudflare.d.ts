/** What the entry needs of the runtime of Cloudflare Workers. */
declare module 'cloudflare:workers' {
  /** Lets work go on after the answer to the request that started it, for 30 s at most. */
  export function waitUntil(work: Promise<unknown>): void;
}
