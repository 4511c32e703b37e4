import type { Upstreams } from '../platform/upstream/upstream.js';

/**
 * APIs that tools reach with `context.upstream(name)`. One that is not listed is at `<NAME>_URL`, with the key in
 * `<NAME>_TOKEN` where there is one; list it to say more. What this server identifies itself with is in
 * `src/platform/upstream`: `apiKey`, `clientCredentials`, and where users sign in `tokenExchange` and `onBehalfOf`, for
 * an API that is to know them.
 *
 * @example
 * ```ts
 * crm: { credential: clientCredentials({ tokenUrl: 'https://login.example.com/token', clientId: 'CRM_CLIENT_ID', clientSecret: 'CRM_CLIENT_SECRET' }) },
 * ```
 */
export const upstreams: Upstreams = {};
