import type { JSONRPCRequest } from '@modelcontextprotocol/server';
import type { ServicesShape } from '../define/context.js';
import type { Facts } from '../observe/telemetry.js';
import type { Catalog } from './definition.js';

/** What a request is about, in names of this server: those that clients make up are all alike, and no URI tells what it was filled with. */
export function aboutOf<S extends ServicesShape>({ tools, prompts, resources }: Catalog<S>): (request: JSONRPCRequest) => Facts {
  const known = (items: readonly { readonly name: string }[], name: unknown): string => items.find((item) => item.name === name)?.name ?? '_OTHER';
  return ({ method, params }) => {
    if (method === 'tools/call') return { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': known(tools, params?.['name']) };
    if (method === 'prompts/get') return { 'gen_ai.prompt.name': known(prompts, params?.['name']) };
    if (method !== 'resources/read') return {};
    const uri = params?.['uri'];
    return { 'mcp.resource.uri': String(resources.find((resource) => typeof uri === 'string' && resource.answers(uri))?.surface['uri'] ?? '_OTHER') };
  };
}
