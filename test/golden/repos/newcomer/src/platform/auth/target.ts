import type { ServicesShape } from '../define/context.js';
import type { Catalog } from '../server/definition.js';

/** What a message is about. */
export interface Target {
  readonly method: string;
  readonly name?: string;
  /** All that its items ask for. */
  readonly scopes: readonly string[];
  /** Whether the call leaves an audit record of its own. */
  readonly audited: boolean;
}

interface Item {
  readonly name: string;
  readonly scopes: readonly string[];
}

/** Methods whose record is written where they run. */
const AUDITED = ['tools/call', 'resources/read', 'prompts/get'];

/** Finds what a JSON-RPC message wants to use, before anything of it runs. */
export function createTargetFinder<S extends ServicesShape>({
  tools,
  resources,
  prompts,
}: Catalog<S>): (message: unknown) => Target {
  const named = (items: readonly Item[], name: unknown): readonly Item[] => items.filter((item) => item.name === name);
  const referred = (uri: unknown) => (typeof uri === 'string' ? resources.filter((resource) => resource.answers(uri)) : []);

  const itemsOf = (method: string, { name, uri, ref }: Fields): readonly Item[] => {
    if (method === 'tools/call') return named(tools, name);
    if (method === 'prompts/get') return named(prompts, name);
    if (method === 'resources/read' || method === 'resources/subscribe') return referred(uri);
    if (method !== 'completion/complete') return [];
    const { type, name: prompt, uri: template } = fieldsOf(ref);
    return type === 'ref/prompt' ? named(prompts, prompt) : referred(template);
  };

  return (message) => {
    const { method: raw, params } = fieldsOf(message);
    const method = typeof raw === 'string' ? raw.slice(0, 64) : 'none';
    const items = itemsOf(method, fieldsOf(params));
    const [first] = items;
    const scopes = [...new Set(items.flatMap((item) => item.scopes))];
    return { method, ...(first && { name: first.name }), scopes, audited: first !== undefined && AUDITED.includes(method) };
  };
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});
