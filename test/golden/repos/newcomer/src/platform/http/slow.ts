import { DEFAULT_TIMEOUT_MS } from '../call/deadline.js';
import type { Runtime } from '../runtime.js';
import { methodOf, paramsOf } from './message.js';

/** Whether the answer to a message may take longer than proxies leave a silent connection open. */
export type TakesLong = (message: unknown) => boolean;

/** Such answers are streams from their start, in which a comment every 15 s is sign enough of life; all others are plain JSON. */
export function createTakesLong({ tools, prompts, resources }: Runtime['catalog']): TakesLong {
  const isSlow = ({ timeoutMs }: { readonly timeoutMs: number }): boolean => timeoutMs > DEFAULT_TIMEOUT_MS;
  const slowTools = new Set(tools.filter(isSlow).map(({ name }) => name));
  const slowPrompts = new Set(prompts.filter(isSlow).map(({ name }) => name));
  const slowResources = resources.filter(isSlow);
  if (slowTools.size + slowPrompts.size + slowResources.length === 0) return () => false;
  return (message) => {
    const method = methodOf(message);
    if (method === undefined) return false;
    const { name, uri } = paramsOf(message);
    if (method === 'resources/read') return slowResources.some((resource) => resource.answers(String(uri)));
    const slow = method === 'tools/call' ? slowTools : slowPrompts;
    return slow.has(String(name));
  };
}
