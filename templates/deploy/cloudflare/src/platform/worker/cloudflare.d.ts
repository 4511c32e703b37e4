/** What the entry needs of the runtime of Cloudflare Workers. */
declare module 'cloudflare:workers' {
  /** Lets work go on after the answer to the request that started it, for 30 s at most. */
  export function waitUntil(work: Promise<unknown>): void;

  /** Counts in one location of Cloudflare. */
  interface RateLimit {
    /** Takes one of the requests that a key may make. */
    limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
  }

  /** What wrangler.jsonc binds beside variables. */
  interface Env {
    readonly STRANGERS?: RateLimit;
  }

  export const env: Env;
}
