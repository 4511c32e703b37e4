import { completable, type McpServer, type ServerContext } from '@modelcontextprotocol/server';
import type { CallDependencies, Caller } from '../call/context.js';
import { DEFAULT_TIMEOUT_MS } from '../call/deadline.js';
import { type Guard, guardedRead } from '../call/guard.js';
import type { ServicesShape } from '../define/context.js';
import type { Prompt } from '../define/prompt.js';
import { completionOf } from './resource.js';

/** Registers a prompt with every callback guarded. */
export function registerPrompt<S extends ServicesShape>(
  server: McpServer,
  prompt: Prompt<S>,
  caller: Caller,
  calls: CallDependencies<S>,
): void {
  const { name, title, description, scopes, complete } = prompt;
  const target = { method: 'prompts/get', name, scopes } as const;
  const guard: Guard<S> = { caller, calls, timeoutMs: prompt.timeoutMs ?? DEFAULT_TIMEOUT_MS };
  // The SDK looks for completers on the fields of the schema's `shape`.
  const shape = Object.fromEntries(
    [...complete].map(([field, completer]) => [field, completable({ ...prompt.argsSchema }, completionOf(name, completer, guard))]),
  );
  const argsSchema = { ...prompt.argsSchema, shape };
  server.registerPrompt(name, { title, description, argsSchema }, async (args: unknown, request: ServerContext) => ({
    messages: await guardedRead(target, guard, request, args, (context) => prompt.build(args, context)),
  }));
}
