import { createMcpHandler, type McpHandlerRequestOptions, type McpHttpHandler } from '@modelcontextprotocol/server';
import { namesOf, type Principal } from '../principal.js';
import type { Changes } from '../server/changes.js';
import type { ServerFactory } from '../server/factory.js';
import { refuse } from './answer.js';
import { methodOf } from './message.js';

/** Streams of changes that one caller, and this process, hold open at most: each costs memory until its client leaves. */
const MAX = { caller: 8, process: 512 } as const;

/** Whether a message opens a stream of changes (2026-07-28, basic/patterns/subscriptions). */
export function isSubscription(message: unknown): boolean {
  return methodOf(message) === 'subscriptions/listen';
}

/** Opens streams of changes, each with a handler of its own: it hears of its caller's tenant and of nothing else. */
export function createSubscriptions(factory: ServerFactory, changes: Changes, onerror: (error: Error) => void) {
  const open = new Set<McpHttpHandler>();
  const byCaller = new Map<string, number>();
  const count = (caller: string, change: 1 | -1): void => {
    const streams = (byCaller.get(caller) ?? 0) + change;
    if (streams > 0) byCaller.set(caller, streams);
    else byCaller.delete(caller);
  };

  return {
    async open(request: Request, principal: Principal, options: McpHandlerRequestOptions): Promise<Response> {
      const caller = JSON.stringify(namesOf(principal));
      // Without authentication everybody is the same caller.
      const most = principal.kind === 'local' ? MAX.process : MAX.caller;
      if (open.size >= MAX.process || (byCaller.get(caller) ?? 0) >= most) return tooMany();
      const bus = changes(principal.tenant);
      const handler = createMcpHandler(factory, {
        legacy: 'reject',
        onerror,
        bus: {
          publish: bus.publish,
          // The SDK listens for as long as the stream is open.
          subscribe(listener) {
            open.add(handler);
            count(caller, 1);
            const unsubscribe = bus.subscribe(listener);
            return () => {
              if (!open.delete(handler)) return;
              count(caller, -1);
              unsubscribe();
            };
          },
        },
      });
      return handler.fetch(request, options);
    },
    /** Ends every stream with a result, so that clients know. */
    async close(): Promise<void> {
      await Promise.all([...open].map((handler) => handler.close()));
    },
  };
}

const tooMany = (): Response =>
  refuse(503, 'Too many streams of changes are open.', 'Close some, or use one stream for all that you want to hear of.', { 'retry-after': '5' });
