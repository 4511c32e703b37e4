import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Digester } from '../observe/digest.js';
import { namesOf, type Principal } from '../principal.js';
import { StateFull, type StatePort } from '../state/port.js';
import { ToolError } from './error.js';

/** How long an operation is remembered, in milliseconds. */
const RETENTION_MS = 60 * 60 * 1_000;

/** A longer record leaves its result out; a replay then says so. */
const MAX_LENGTH = 64 * 1_024;

/** What is stored under a key. */
type Stored =
  | { readonly arguments: string; readonly phase: 'running'; /** Epoch milliseconds. */ readonly leaseUntil: number }
  | { readonly arguments: string; readonly phase: 'done'; readonly result?: CallToolResult }
  | { readonly arguments: string; readonly phase: 'unknown' };

/** One operation that has to happen at most once. */
export interface Operation {
  /** Derived from the caller's key and identity: safe to log and to hand to upstreams. */
  readonly key: string;
  /** The result of an earlier call. @throws {ToolError} `conflict` when the key is in use or was used differently. */
  lookUp(): Promise<CallToolResult | undefined>;
  /** Takes the key. @throws {ToolError} `conflict` when another call was faster. */
  claim(leaseMs: number): Promise<void>;
  /** Keeps the outcome of `work`, even when the caller has stopped waiting for it. */
  settle(work: Promise<CallToolResult>): Promise<CallToolResult>;
}

/** Names an operation: the same key of another tenant, user, client or tool is another operation. */
export type OpenOperation = (principal: Principal, tool: string, key: string, argumentsHash: string) => Promise<Operation>;

/** Idempotency on the state port, after the IETF draft on the Idempotency-Key header. */
export function createIdempotency(state: StatePort, digest: Digester): OpenOperation {
  return async (principal, tool, callerKey, argumentsHash) => {
    const { tenant } = principal;
    const { hash: key } = await digest('idempotency', tenant, JSON.stringify([...namesOf(principal), tool, callerKey]));
    const put = (text: string): Promise<void> => state.set(tenant, key, text, RETENTION_MS);
    const store = (stored: Stored): Promise<void> => put(JSON.stringify(stored));

    return {
      key,
      async lookUp() {
        const stored = await state.get(tenant, key);
        return stored === undefined ? undefined : replay(JSON.parse(stored) as Stored, argumentsHash);
      },
      async claim(leaseMs) {
        // The claim outlives its lease: after a crash nobody knows whether the effect happened.
        const claimed: Stored = { arguments: argumentsHash, phase: 'running', leaseUntil: Date.now() + leaseMs };
        const existing = await state.claim(tenant, key, JSON.stringify(claimed), RETENTION_MS).catch(refuseWhenFull);
        if (existing !== undefined) throw inProgress();
      },
      async settle(work) {
        try {
          const result = await work;
          const whole = JSON.stringify({ arguments: argumentsHash, phase: 'done', result } satisfies Stored);
          await (whole.length <= MAX_LENGTH ? put(whole) : store({ arguments: argumentsHash, phase: 'done' }));
          return result;
        } catch (error) {
          // A ToolError is the tool's word that nothing happened; anything else may have had its effect.
          if (error instanceof ToolError) await state.delete(tenant, key);
          else await store({ arguments: argumentsHash, phase: 'unknown' });
          throw error;
        }
      },
    };
  };
}

function replay(stored: Stored, argumentsHash: string): CallToolResult {
  if (stored.arguments !== argumentsHash) {
    throw ToolError.conflict('This idempotency_key was used with other arguments.', {
      hint: 'Use a new key for a new operation.',
    });
  }
  if (stored.phase === 'running' && stored.leaseUntil > Date.now()) throw inProgress();
  if (stored.phase !== 'done') {
    throw ToolError.conflict('An earlier call with this idempotency_key ended without a known outcome.', {
      hint: 'Find out whether its effect happened before you call again with a new key.',
    });
  }
  if (!stored.result) {
    throw ToolError.conflict('This operation has already succeeded; its result was too long to keep.', {
      hint: 'Do not repeat it. Read the outcome instead.',
    });
  }
  const meta = stored.result._meta?.['mcp-gen/result'];
  return { ...stored.result, _meta: { ...stored.result._meta, 'mcp-gen/result': { ...Object(meta), replayed: true } } };
}

function inProgress(): ToolError {
  return ToolError.conflict('A call with this idempotency_key is still running.', {
    hint: 'Repeat the call with the same key to get its result.',
    retryAfterSeconds: 1,
    retryable: true,
  });
}

function refuseWhenFull(error: unknown): never {
  if (!(error instanceof StateFull)) throw error;
  throw ToolError.rateLimit('Too many operations are remembered already.', { retryAfterSeconds: 60 });
}
