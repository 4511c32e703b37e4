import type { CallToolResult } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { AuditRecord } from '../observe/audit.js';
import type { Digester } from '../observe/digest.js';
import type { Log } from '../observe/log.js';
import { namesOf, type Principal } from '../principal.js';
import { StateFull, type StatePort, StateUnavailable } from '../state/port.js';
import type { Activity } from './activity.js';
import { Question } from './dialogue.js';
import { ToolError } from './error.js';

/** How long an operation is remembered, in milliseconds. */
const RETENTION_MS = 60 * 60 * 1_000;

/** A longer record leaves its result out; a replay then says so. */
const MAX_LENGTH = 64 * 1_024;

/** Milliseconds between looks at an operation that runs: its outcome may be on the way to the store, behind its answer. */
const OUTCOME_MS = [10, 30, 60] as const;

/** Milliseconds until a claim is taken back that may have arrived though no answer did; tried again each time. */
const RELEASE_MS = [1_000, 5_000, 20_000] as const;

/** What is stored under a key. */
const record = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('running'), arguments: z.string(), /** Epoch milliseconds. */ leaseUntil: z.number(), nonce: z.string() }),
  z.object({ phase: z.literal('done'), arguments: z.string(), result: z.looseObject({ content: z.array(z.unknown()) }).optional() }),
  z.object({ phase: z.literal('unknown'), arguments: z.string() }),
]);
type Stored = z.output<typeof record>;

/** One operation that has to happen at most once. */
export interface Operation {
  /** Derived from the caller's key and identity: safe to log and to hand to upstreams. */
  readonly key: string;
  /** The result of an earlier call. @throws {ToolError} `conflict` when the key is in use or was used differently. */
  lookUp(): Promise<CallToolResult | undefined>;
  /** Takes the key; resolves to the result of an earlier call when there is one. @throws {ToolError} as {@link lookUp} */
  claim(leaseMs: number): Promise<CallToolResult | undefined>;
  /** Keeps the outcome of `work`, also when the caller no longer waits for it. Never rejects. */
  remember(work: Promise<CallToolResult>): Promise<void>;
}

/** Names an operation: the same key of another tenant, user, client or tool is another operation. */
export type OpenOperation = (
  principal: Principal,
  tool: string,
  key: string,
  argumentsHash: string,
  record: Pick<AuditRecord, 'noteIdempotency'>,
) => Promise<Operation>;

/**
 * Idempotency on the state port, after the IETF draft on the Idempotency-Key header.
 *
 * @param during - Counts what is still to be written: an answer does not wait for it, a shutdown does.
 */
export function createIdempotency(state: StatePort, digest: Digester, log: Log, during: Activity['during']): OpenOperation {
  return async (principal, tool, callerKey, argumentsHash, audit) => {
    const { tenant } = principal;
    const { hash: key } = await digest('idempotency', tenant, JSON.stringify([...namesOf(principal), tool, callerKey]));
    // The effect is there or not, whatever the store says; without a record a retry finds the claim and is refused.
    const put = (text: string): Promise<void> =>
      during(() => state.set(tenant, key, text, RETENTION_MS)).catch((error: unknown) => log.failure('idempotency.not_kept', error));
    const store = (stored: Stored): Promise<void> => put(JSON.stringify(stored));
    const release = (): Promise<void> =>
      during(() => state.delete(tenant, key)).catch((error: unknown) => log.failure('idempotency.not_released', error));
    const outcomeOf = async (stored: string | undefined): Promise<string | undefined> => {
      let current = stored;
      for (const delay of OUTCOME_MS) {
        if (current === undefined || read(current)?.phase !== 'running') break;
        await new Promise((resolve) => setTimeout(resolve, delay));
        current = await state.get(tenant, key);
      }
      return current;
    };
    const answer = (stored: string): CallToolResult => {
      audit.noteIdempotency('conflict', key); // stays when `replay` throws
      const result = replay(stored, argumentsHash);
      audit.noteIdempotency('replayed', key);
      return result;
    };

    const operation: Operation = {
      key,
      async lookUp() {
        const stored = await outcomeOf(await state.get(tenant, key));
        return stored === undefined ? undefined : answer(stored);
      },
      async claim(leaseMs) {
        // The claim outlives its lease: after a crash nobody knows whether the effect happened.
        const claimed: Stored = { phase: 'running', arguments: argumentsHash, leaseUntil: Date.now() + leaseMs, nonce: crypto.randomUUID() };
        const text = JSON.stringify(claimed);
        try {
          const existing = await state.claim(tenant, key, text, RETENTION_MS);
          if (existing !== undefined) {
            const stored = await outcomeOf(existing);
            return stored === undefined ? await operation.claim(leaseMs) : answer(stored);
          }
          audit.noteIdempotency('executed', key);
          return undefined;
        } catch (error) {
          if (error instanceof StateUnavailable) takeBack(state, tenant, key, text);
          if (!(error instanceof StateFull)) throw error;
          throw ToolError.rateLimit('Too many operations are remembered already.', { retryAfterSeconds: 60 });
        }
      },
      async remember(work) {
        try {
          const result = await work;
          const whole = JSON.stringify({ phase: 'done', arguments: argumentsHash, result } satisfies Stored);
          await (whole.length <= MAX_LENGTH ? put(whole) : store({ phase: 'done', arguments: argumentsHash }));
        } catch (error) {
          // A ToolError or a question is the tool's word that nothing happened; anything else may have had its effect.
          const isUndone = error instanceof ToolError || error instanceof Question;
          await (isUndone ? release() : store({ phase: 'unknown', arguments: argumentsHash }));
        }
      },
    };
    return operation;
  };
}

/** A claim without an answer may still have arrived; left there it would block the key that its caller will try again with. */
function takeBack(state: StatePort, tenant: string, key: string, claimed: string): void {
  for (const delay of RELEASE_MS) setTimeout(() => void state.replace(tenant, key, claimed, undefined, 0).catch(() => false), delay);
}

function replay(text: string, argumentsHash: string): CallToolResult {
  const stored = read(text);
  if (stored && stored.arguments !== argumentsHash) {
    throw ToolError.conflict('This idempotency_key was used with other arguments.', {
      hint: 'Use a new key for a new operation.',
    });
  }
  if (stored?.phase === 'running' && stored.leaseUntil > Date.now()) throw inProgress();
  if (stored?.phase !== 'done') {
    throw ToolError.conflict('An earlier call with this idempotency_key ended without a known outcome.', {
      hint: 'Find out whether its effect happened before you call again with a new key.',
    });
  }
  if (!stored.result) {
    throw ToolError.conflict('This operation has already succeeded; its result was too long to keep.', {
      hint: 'Do not repeat it. Read the outcome instead.',
    });
  }
  const result = stored.result as CallToolResult;
  const meta = result._meta?.['mcp-gen/result'];
  return { ...result, _meta: { ...result._meta, 'mcp-gen/result': { ...Object(meta), replayed: true } } };
}

/** Undefined for anything that was not written here. */
function read(text: string): Stored | undefined {
  try {
    return record.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function inProgress(): ToolError {
  return ToolError.conflict('A call with this idempotency_key is still running.', {
    hint: 'Repeat the call with the same key to get its result.',
    retryAfterSeconds: 1,
    retryable: true,
  });
}
