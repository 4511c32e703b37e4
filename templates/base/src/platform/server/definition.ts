import type { McpServer, ServerEvent } from '@modelcontextprotocol/server';
import type { Prompt } from '../define/prompt.js';
import type { Resource } from '../define/resource.js';
import type { Tool } from '../define/tool.js';
import type { ServicesShape } from '../define/context.js';
import type { Log } from '../observe/log.js';
import type { Principal } from '../principal.js';

/** How the server presents itself; exported by `src/server.ts`. */
export interface ServerIdentity {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Told to the model once, before it sees any tool. */
  readonly instructions: string;
}

/** Everything the server offers. */
export interface Catalog<S extends ServicesShape> {
  readonly tools: readonly Tool<S>[];
  readonly resources: readonly Resource<S>[];
  readonly prompts: readonly Prompt<S>[];
}

/** What the `register` hook of `src/server.ts` gets besides the SDK's server. */
export interface RegisterContext {
  /** `modern` is 2026-07-28, `legacy` every 2025 revision. */
  readonly era: 'modern' | 'legacy';
  readonly principal: Principal;
  readonly log: Log;
  /** Tells `subscriptions/listen` streams that something changed. */
  publish(event: ServerEvent): void;
}

/** Registers directly on the SDK's server; called once for every server instance, so once per request over HTTP. */
export type RegisterHook = (server: McpServer, context: RegisterContext) => void;
