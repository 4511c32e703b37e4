import type { McpServer, ServerEvent } from '@modelcontextprotocol/server';
import type { Registrable } from '../define/resource.js';
import type { Tool } from '../define/tool.js';
import type { ServicesShape } from '../define/context.js';
import type { Log } from '../observe/log.js';
import type { Principal } from '../principal.js';
import type { RequestState } from './request_state.js';

/** How the server presents itself; exported by `src/server.ts`. */
export interface ServerIdentity {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Told to the model once, before it sees any tool. */
  readonly instructions: string;
  /** Reverse-DNS name in the MCP registry, such as `com.example/notes`; publishes the server card. */
  readonly registryName?: string;
  /** A `mailto:` or `https:` URI; publishes security.txt (RFC 9116). */
  readonly securityContact?: string;
}

/** Everything the server offers. */
export interface Catalog<S extends ServicesShape> {
  readonly tools: readonly Tool<S>[];
  readonly resources: readonly Registrable<S>[];
  readonly prompts: readonly Registrable<S>[];
}

/** What the `register` hook of `src/server.ts` gets besides the SDK's server. */
export interface RegisterContext {
  /** `modern` is 2026-07-28, `legacy` every 2025 revision. */
  readonly era: 'modern' | 'legacy';
  readonly principal: Principal;
  readonly log: Log;
  /** Signs what a multi-round request needs to remember (2026-07-28, basic/patterns/mrtr). Signed, not encrypted. */
  readonly requestState: RequestState;
  /** Tells `subscriptions/listen` streams that something changed. */
  publish(event: ServerEvent): void;
}

/** Registers directly on the SDK's server; called once for every server instance, so once per request over HTTP. */
export type RegisterHook = (server: McpServer, context: RegisterContext) => void;
