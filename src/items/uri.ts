const variable = /\{([^{}]*)\}/g;

/** Schemes that a client would run, or open as something else than a resource of this server. */
const refusedSchemes = new Set(['javascript', 'data', 'vbscript', 'blob', 'about', 'file']);

/** The variables of a URI template, in their order. */
export function variablesOf(uri: string): string[] {
  return [...uri.matchAll(variable)].map(([, name = '']) => name);
}

/** Why a text can't be the URI of a resource, as the rest of a sentence about it; undefined when it can. Templates are RFC 6570 level 1. */
export function uriFault(uri: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/./.exec(uri)?.[1];
  if (scheme === undefined || uri.length > 200 || !/^[!-~]+$/.test(uri)) return 'must be a URI in ASCII with a scheme of its own, such as crm://customer/{id}';
  if (refusedSchemes.has(scheme)) return `must not have the scheme ${scheme}:`;
  const names = variablesOf(uri);
  const wrong = names.find((name) => !/^[a-z][A-Za-z0-9_]{0,31}$/.test(name) || name in {});
  if (wrong !== undefined) return `has the variable {${wrong}}, which must be letters and digits, starting with a lower-case letter`;
  if (new Set(names).size < names.length) return 'names a variable twice';
  if (/[{}]/.test(uri.replace(variable, '')) || !URL.canParse(uri.replace(variable, 'x'))) return 'is not a valid URI template';
  return undefined;
}

/** Two templates that differ in the names of their variables only lead to the same resources. */
export function sameUri(a: string, b: string): boolean {
  return a.replace(variable, '{}') === b.replace(variable, '{}');
}
