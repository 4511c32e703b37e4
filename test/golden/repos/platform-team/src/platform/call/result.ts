import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server';
import type { ErrorBody } from './error.js';

/** An item that a partly successful call could not handle. */
export interface FailedItem {
  readonly id: string;
  readonly message: string;
}

/** An output with more to say than the bare value; made by {@link partial}, {@link stale} and {@link result}. */
export class ShapedOutput<T> {
  constructor(
    readonly output: T,
    readonly shape: {
      readonly failed?: readonly FailedItem[];
      readonly staleAsOf?: Date;
      readonly text?: string;
      readonly content?: readonly ContentBlock[];
    },
  ) {}
}

/** What `run` may return. */
export type Outcome<T> = T | ShapedOutput<T>;

/** Says openly that only part of the work was done: completeness is `partial`. */
export function partial<T>(output: T, { failed }: { failed: readonly FailedItem[] }): ShapedOutput<T> {
  return new ShapedOutput(output, { failed });
}

/**
 * Says openly that the output is old, such as one out of a cache while its source is down: completeness is `stale`.
 *
 * @param asOf - When it was true.
 */
export function stale<T>(output: T, { asOf }: { readonly asOf: Date }): ShapedOutput<T> {
  return new ShapedOutput(output, { staleAsOf: asOf });
}

/** Replaces the default text (the output as JSON), or adds content such as images. */
export function result<T>(
  output: T,
  shape: { readonly text?: string; readonly content?: readonly ContentBlock[] },
): ShapedOutput<T> {
  return new ShapedOutput(output, shape);
}

/** The longest text of a result, in characters: a longer one would leave a model no room to think. */
export const MAX_RESULT_LENGTH = 1_048_576;

/** A tool has returned too much. Not a ToolError: what the tool did has happened. */
export class ResultTooLong extends Error {
  override readonly name = 'ResultTooLong';
}

/**
 * The wire form of a success. `output` has been parsed by the tool's output schema.
 *
 * @param truncated - Whether there is more than was sent.
 * @throws {ResultTooLong}
 */
export function toCallToolResult(output: unknown, shaped: ShapedOutput<unknown>['shape'], truncated = false): CallToolResult {
  const { failed = [], staleAsOf, content = [] } = shaped;
  const json = JSON.stringify(output);
  const { text = json } = shaped;
  const isPartial = failed.length > 0;
  const staleSince = staleAsOf?.toISOString();
  // Also as text: few clients show a model the `_meta` of a result, and it would take a part for the whole.
  const remark = [isPartial && `Only a part was done. What failed: ${JSON.stringify(failed)}`, staleSince && `This is old: it was true at ${staleSince}.`].filter(Boolean).join('\n');
  if (Math.max(json.length, text.length, remark.length) > MAX_RESULT_LENGTH) throw new ResultTooLong();
  const completeness = isPartial ? 'partial' : staleSince ? 'stale' : 'complete';
  const more = { ...(isPartial && { failed }), ...(staleSince && { stale_as_of: staleSince }), ...(truncated && { truncated }) };
  return {
    content: [{ type: 'text', text }, ...(remark === '' ? [] : [{ type: 'text', text: remark } as const]), ...content],
    structuredContent: output,
    _meta: { 'mcp-gen/result': { completeness, ...more } },
  };
}

/**
 * The wire form of a failure. 2025-era clients validate `structuredContent`
 * against the output schema even on failures and throw, so they get the error
 * as text and in `_meta` only.
 */
export function toErrorResult(error: ErrorBody, era: 'modern' | 'legacy'): CallToolResult {
  return {
    isError: true,
    content: [{ type: 'text', text: JSON.stringify(error) }],
    ...(era === 'modern' && { structuredContent: { error } }),
    _meta: { 'mcp-gen/error': error },
  };
}

/** The same result, with more in its `_meta`. */
export function withMeta(answer: CallToolResult, more: Readonly<Record<string, unknown>> | undefined): CallToolResult {
  return more ? { ...answer, _meta: { ...answer._meta, ...more } } : answer;
}

/** `complete`, `partial` or `stale`, as the result says it. */
export function completenessOf({ _meta }: CallToolResult): string {
  const meta: unknown = _meta?.['mcp-gen/result'];
  return typeof meta === 'object' && meta !== null && 'completeness' in meta ? String(meta.completeness) : 'complete';
}
