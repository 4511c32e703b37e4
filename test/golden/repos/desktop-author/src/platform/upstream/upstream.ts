import { TRACEPARENT_META_KEY } from '@modelcontextprotocol/server';
import type { Call } from '../call/context.js';
import { ToolError } from '../call/error.js';
import type { ServicesShape } from '../define/context.js';
import type { Log } from '../observe/log.js';
import type { Telemetry } from '../observe/telemetry.js';
import type { Take } from '../state/bucket.js';
import { Recent } from '../state/recent.js';
import { capped } from './capped.js';
import { apiKey, type Credential, type Variable } from './credentials.js';
import { createPolicy, type Policy } from './policy.js';
import { awaitQuota, type Quota } from './quota.js';

/** How this server works with one API. Everything may be left out. */
export interface UpstreamSettings {
  /** Its base address. Unless given, the environment says it in `<NAME>_URL`. */
  readonly url?: string;
  /** True for no API in particular: whatever address an argument names, as long as it is on the public internet. */
  readonly anywhere?: boolean;
  /** How this server identifies itself there; unless given, with the key in `<NAME>_TOKEN`, if there is one. */
  readonly credential?: Credential;
  /** Milliseconds that one attempt may take; 10 s unless given. */
  readonly timeoutMs?: number;
  /** Requests of one instance at the same time; 20 unless given. As many again wait, more are refused. */
  readonly maxConcurrent?: number;
  /** Bytes of an answer; 10 MB unless given. */
  readonly maxBytes?: number;
  readonly quota?: Quota;
}

/** By the name that `context.upstream` takes. */
export type Upstreams = Readonly<Record<string, UpstreamSettings>>;

/** An API, bound to one call: it ends with the call, and never sees the caller's own token. */
export interface Upstream {
  /**
   * As the web's `fetch`, with paths relative to the base address; may be handed to a vendor's SDK. What is safe to
   * repeat is repeated when it fails. Redirects are not followed: they would take the credential along.
   *
   * @throws {ToolError} `transient` when there is no answer, `rate_limit` when the API or its quota has no room.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Runs what is no HTTP request, such as a driver, under the same guards; once. @throws {ToolError} as `fetch` */
  readonly run: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

/** What the process gives to upstreams. */
export interface UpstreamSurroundings {
  /** The value of an environment variable, or of the file that `<NAME>_FILE` names. */
  readonly variable: Variable;
  /** A fetch that reaches the public internet only; absent where there is no control over what is dialled. */
  readonly fetchPublic?: typeof fetch;
  readonly take: Take;
  readonly log: Log;
  readonly telemetry?: Pick<Telemetry, 'ids' | 'measureFetch'> | undefined;
}

type AnyCall = Pick<Call<ServicesShape>, 'caller' | 'record' | 'deadline' | 'request'>;

/** Binds an upstream to a call. */
export type UpstreamOf = (name: string, call: AnyCall) => Upstream;

export function createUpstreams(upstreams: Upstreams, surroundings: UpstreamSurroundings): UpstreamOf {
  const { variable, fetchPublic, take, log, telemetry } = surroundings;
  const policies = new Recent<Policy>(1_000);

  return (name, { caller, record, deadline, request }) => {
    const settings: UpstreamSettings = Object.hasOwn(upstreams, name) ? (upstreams[name] ?? {}) : {};
    const { timeoutMs = 10_000, maxConcurrent = 20, maxBytes = 10_000_000, quota, anywhere = false } = settings;
    const prefix = name.toUpperCase().replaceAll('-', '_');
    const credential = settings.credential ?? (anywhere ? undefined : apiKey(`${prefix}_TOKEN`));
    /** Where anything may be meant, a host that fails says nothing of another one. */
    const policyFor = (host: string): Policy => {
      const key = anywhere ? `${name} ${host}` : name;
      const policy = policies.get(key) ?? createPolicy({ name, timeoutMs, maxConcurrent, log });
      policies.set(key, policy);
      return policy;
    };
    const { signal } = deadline;
    const reach = anywhere ? fetchPublic : fetch;
    if (!reach) throw ToolError.permanent('This server cannot reach addresses that it is given, where it runs.');
    const dial = telemetry?.measureFetch(name, reach) ?? reach;

    const addressOf = (input: string | URL | Request): URL => {
      const given = input instanceof Request ? input.url : String(input);
      if (anywhere) {
        const address = URL.canParse(given) ? new URL(given) : undefined;
        if (address?.protocol !== 'https:' && address?.protocol !== 'http:') throw ToolError.validation('This is no address of the web.', { hint: 'Send an https address.' });
        return address;
      }
      const base = settings.url ?? variable(`${prefix}_URL`);
      if (!base) throw ToolError.permanent(`This server does not know where ${name} is.`, { hint: `Its operator has to set ${prefix}_URL.` });
      const root = base.replace(/\/$/, '');
      const address = new URL(given.startsWith('/') ? root + given : given);
      // Also what a vendor's SDK has put together: the credential goes to this API and to nobody else.
      if (!`${address.href}/`.startsWith(new URL(`${root}/`).href)) throw new Error(`An address that is not of the upstream ${name}`);
      return address;
    };

    const count = async (): Promise<void> => {
      if (quota) await awaitQuota(name, quota, take, signal);
      record.noteUpstream(name, 1, credential?.kind);
    };

    return {
      async fetch(input, init) {
        const address = addressOf(input);
        const given: RequestInit = input instanceof Request ? { method: input.method, headers: input.headers } : {};
        const headers = new Headers(init?.headers ?? given.headers);
        const span = telemetry?.ids();
        const parent: unknown = span ? `00-${span['trace_id']}-${span['span_id']}-01` : request?.mcpReq._meta?.[TRACEPARENT_META_KEY];
        if (typeof parent === 'string') headers.set('traceparent', parent);
        const own = await credential?.headers({ name, principal: caller.principal, variable });
        for (const [header, value] of Object.entries(own ?? {})) headers.set(header, value);
        const method = (init?.method ?? given.method ?? 'GET').toUpperCase();
        const body = init?.body ?? (input instanceof Request && input.body ? await input.arrayBuffer() : undefined);
        const mayRepeat = (['GET', 'HEAD', 'OPTIONS'].includes(method) || headers.has('idempotency-key')) && !(body instanceof ReadableStream);
        const until = init?.signal ? AbortSignal.any([signal, init.signal]) : signal;
        record.noteUpstream(name, 0);
        return policyFor(address.host).fetch(mayRepeat, until, async (attempt) => {
          await count();
          const sent = dial(address, { ...init, method, headers, ...(body && { body }), signal: attempt, redirect: 'manual' });
          return capped(await sent.catch(refuseNotPublic), maxBytes);
        });
      },
      run(work) {
        record.noteUpstream(name, 0);
        return policyFor('').run(signal, async (attempt) => {
          await count();
          return work(attempt);
        });
      },
    };
  };
}

/** By its name: what dials is a bundle of its own, with classes of its own. */
function refuseNotPublic(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && cause.name === 'NotPublic') throw ToolError.validation('This address is not on the public internet.');
  throw error;
}
