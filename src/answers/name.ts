import { builtinModules } from 'node:module';

/** Stricter than npm's own rule: also safe as a folder, a shell word, a container tag and a JavaScript key. */
const segment = /^[a-z](?:[a-z0-9-]{0,62}[a-z0-9])$/;

/** Device names that Windows reserves in every folder, whatever the extension. */
const windowsReserved = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/** Names that would shadow something: npm's own, ours, and the keys every object has. */
const taken = new Set([
  ...builtinModules,
  ...Object.getOwnPropertyNames(Object.prototype).map((key) => key.toLowerCase()),
  'prototype', 'node-modules', 'create-mcp-server', 'mcp-gen',
  // Packages the generated repo depends on: npm refuses a package that depends on itself.
  'hono', 'jose', 'cockatiel', 'undici', 'oidc-provider', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'zod', 'typescript', 'tsx', 'vitest', 'oxlint', 'esbuild',
  '@hono/node-server', '@redis/client', '@modelcontextprotocol/server', '@modelcontextprotocol/client', '@types/node', '@types/oidc-provider',
  ...['api', 'core', 'exporter-metrics-otlp-proto', 'exporter-trace-otlp-proto', 'resources', 'sdk-metrics', 'sdk-trace-node'].map((name) => `@opentelemetry/${name}`),
]);

/** Why a name can't be used, or undefined when it can. Accepts `name` and `@scope/name`; both together stay below npm's 214 characters. */
export function nameFault(name: string): string | undefined {
  const [scope, ...rest] = name.startsWith('@') ? name.slice(1).split('/') : [undefined, name];
  const own = rest.length === 1 ? rest[0] : undefined;
  if (own === undefined || !segment.test(own) || (scope !== undefined && !segment.test(scope))) {
    return 'must be 2 to 64 lower-case letters, digits and inner hyphens, starting with a letter (optionally @scope/name)';
  }
  if (windowsReserved.test(own) || (scope !== undefined && windowsReserved.test(scope))) return 'is reserved by Windows';
  if (taken.has(name)) return 'is taken by Node.js, npm or a package this repo depends on';
  return undefined;
}

/** The nearest allowed name to a folder or a refused name, or undefined when nothing of it can be kept. */
export function suggestName(text: string): string | undefined {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64)
    .replace(/-+$/, '');
  return [plain, `${plain}-server`].find((candidate) => nameFault(candidate) === undefined);
}

/** `@scope/name` without its scope: what the folder, the server and the image are called. */
export function unscoped(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

/** A readable title from a package name: `@acme/crm-notes` becomes `Crm Notes`. */
export function titleFrom(name: string): string {
  return unscoped(name)
    .split('-')
    .filter((word) => word !== '')
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join(' ');
}
