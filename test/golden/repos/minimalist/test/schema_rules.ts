type Node = Readonly<Record<string, unknown>>;

/** Names of fields that hold a secret. */
const SECRET = /token|secret|passw|passphrase|credential|cookie|authorization|api_?key|private_?key/i;

/**
 * What is wrong with a tool's schema: an object that accepts undeclared keys,
 * a field without a description, a string, number or list without bounds, a
 * secret that clients would repeat in a header, where proxies log it.
 */
export function findings(schema: unknown, rules: { bounded: boolean }, path = '$'): string[] {
  if (typeof schema !== 'object' || schema === null) return [`${path}: no schema`];
  const node = schema as Node;
  const branches = [node['anyOf'], node['oneOf'], node['allOf']].filter(Array.isArray).flat();
  if (branches.length > 0) return branches.flatMap((branch, at) => findings(branch, rules, `${path}|${at}`));
  return [...closed(node, path), ...(rules.bounded ? bounds(node, path) : []), ...children(node, rules, path)];
}

function closed(node: Node, path: string): string[] {
  return node['type'] === 'object' && node['additionalProperties'] !== false ? [`${path}: use z.strictObject`] : [];
}

function bounds(node: Node, path: string): string[] {
  const has = (...names: string[]): boolean => names.some((name) => node[name] !== undefined);
  if (has('enum', 'const')) return [];
  if (node['type'] === 'string' && !has('maxLength', 'pattern', 'format')) return [`${path}: needs .max()`];
  if (node['type'] === 'array' && !has('maxItems')) return [`${path}: needs .max()`];
  const isNumber = node['type'] === 'number' || node['type'] === 'integer';
  const lower = has('minimum', 'exclusiveMinimum');
  const upper = has('maximum', 'exclusiveMaximum');
  return isNumber && !(lower && upper) ? [`${path}: needs .min() and .max()`] : [];
}

function children(node: Node, rules: { bounded: boolean }, path: string): string[] {
  const properties = Object.entries((node['properties'] ?? {}) as Readonly<Record<string, Node>>);
  return [
    ...properties.flatMap(([name, property]) => [
      ...(property['x-mcp-header'] !== undefined && SECRET.test(name) ? [`${path}.${name}: never mirror a secret`] : []),
      ...(property['description'] === undefined && rules.bounded ? [`${path}.${name}: needs .describe()`] : []),
      ...findings(property, rules, `${path}.${name}`),
    ]),
    ...(node['items'] === undefined ? [] : findings(node['items'], rules, `${path}[]`)),
  ];
}
