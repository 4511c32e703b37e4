import type { ServicesShape } from './context.js';
import type { Tool } from './tool.js';

/**
 * The same tool under the name it had before. Agents that know that name go on
 * working, and are told the new one.
 */
export function deprecatedName<S extends ServicesShape>(name: string, tool: Tool<S>): Tool<S> {
  return { ...tool, name, description: `Deprecated: call ${tool.name} instead, which does the same.\n${tool.description}` };
}
