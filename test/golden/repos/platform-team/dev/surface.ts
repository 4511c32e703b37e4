import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { canonicalJson } from '../src/platform/observe/canonical.js';
import type { Catalog } from '../src/platform/server/definition.js';
import { prompts } from '../src/prompts/index.js';
import { resources } from '../src/resources/index.js';
import type { Services } from '../src/services/index.js';
import { tools } from '../src/tools/index.js';
import type { Items, Surface } from './changes.js';

const catalog: Catalog<Services> = { tools, resources, prompts };

/** What agents can see and use, from the definitions alone: no service is started. */
export function readSurface(): Surface {
  const listed = catalog.tools.map(({ name, title, description, effect, scopes, annotations, inputSchema, outputSchema }) => ({
    name,
    seen: { title, description, effect, scopes, annotations, inputSchema: json(inputSchema, 'input'), outputSchema: json(outputSchema, 'output') },
  }));
  const described = (items: Catalog<Services>['resources']) => items.map(({ name, scopes, surface }) => ({ name, seen: { ...surface, scopes } }));
  return { tools: byName(listed), resources: byName(described(catalog.resources)), prompts: byName(described(catalog.prompts)) };
}

/** Where the surface of a version is kept. */
export const lockFile = new URL('../tools.lock.json', import.meta.url);

/** What was locked last, and in which version; undefined when nothing was. */
export function readLock(): (Surface & { readonly version: string }) | undefined {
  const lock = existsSync(lockFile) ? (JSON.parse(readFileSync(lockFile, 'utf8')) as Surface & { readonly version: string }) : undefined;
  return lock?.tools && lock;
}

/** The text of tools.lock.json: sorted keys, and a SHA-256 per item, so that two of them can be compared at a glance. */
export function lockText(surface: Surface, version: string): string {
  return `${JSON.stringify(JSON.parse(canonicalJson({ version, ...surface })), null, 2)}\n`;
}

function json(schema: StandardSchemaWithJSON, side: 'input' | 'output'): unknown {
  return schema['~standard'].jsonSchema[side]({ target: 'draft-2020-12' });
}

function byName(items: readonly { readonly name: string; readonly seen: object }[]): Items {
  return Object.fromEntries(
    items.map(({ name, seen }) => [name, { ...seen, hash: createHash('sha256').update(canonicalJson(seen)).digest('hex') }]),
  );
}
