import type { DurableObjectNamespace } from 'cloudflare:workers';
import { refuse } from '../http/answer.js';
import type { Log } from '../observe/log.js';

/** What the gate takes off requests: an object trusts nobody, and asks for it again. */
const authorizations = new WeakMap<Request, string>();

/** A request that can go on to an object when it has been let in. */
export function forRelay(original: Request): Request {
  // A copy: the headers of the original cannot be changed.
  const request = new Request(original);
  const authorization = request.headers.get('authorization');
  if (authorization !== null) authorizations.set(request, authorization);
  return request;
}

/** Leads what a tenant asks for to its own object; another tenant's is out of reach. */
export function createRelay(tenants: DurableObjectNamespace, log: Log) {
  return async (request: Request, tenant: string): Promise<Response> => {
    const authorization = authorizations.get(request);
    if (authorization !== undefined) request.headers.set('authorization', authorization);
    try {
      // Encoded, because two names that are no proper Unicode would become the same one.
      const answer = await tenants.getByName(encodeURIComponent(tenant)).fetch(request);
      return new Response(answer.body, answer);
    } catch (error) {
      log.failure('tenant.unreachable', error);
      return unreachable();
    }
  };
}

const unreachable = (): Response =>
  refuse(503, 'What is kept for this tenant cannot be reached at the moment.', 'Send the request again, a write with the same idempotency_key.', { 'retry-after': '2' });
