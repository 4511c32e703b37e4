/**
 * One helper per language a value can land in. Each gives a complete literal, quotes included where the language has them,
 * so that any text ends as that text, whatever it contains.
 */
export const helpers = {
  /** A JSON string, array or object. Also a YAML flow value and a TOML basic string, which JSON strings are a subset of. */
  json: (value: unknown) => escapeInvisible(JSON.stringify(value)),
  /** A TypeScript literal of a string, in single quotes, or of any other JSON value. */
  ts: (value: unknown) => typescript(value),
  /** A YAML double-quoted scalar. */
  yaml: (value: unknown) => escapeInvisible(JSON.stringify(value)),
  /**
   * Markdown text: punctuation that would start markup is escaped, and so is a space at either end, which would be dropped
   * or start a code block. A reader sees the text itself.
   */
  md: (value: string) =>
    value
      .replace(/[\\`*_[\]<>#!|~&]|^[-+=]/g, '\\$&')
      .replace(/^(\d+)(?=[.)])/, '$1\\')
      .replace(/^ | $/g, '&#32;'),
  /** A Markdown link to an address, which is also its text. */
  mdLink: (uri: string) => `<${uri.replace(/[\s<>\p{Cc}]/gu, encodeURIComponent)}>`,
  /** A double-quoted word of a Dockerfile instruction: `$` would be expanded there. */
  docker: (value: string) => `"${value.replace(/[\\"$]/g, '\\$&')}"`,
  eq: (a: unknown, b: unknown) => present(a) === present(b),
  has: (list: readonly unknown[], value: unknown) => list.includes(value),
} as const;

function typescript(value: unknown): string {
  if (typeof value === 'string') return `'${escapeInvisible(JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'"))}'`;
  if (Array.isArray(value)) return `[${value.map(typescript).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(JSON.stringify(present(value)));
  const members = Object.entries(value).map(([key, member]) => `${propertyName(key)}: ${typescript(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** A bare `__proto__` would set the prototype. */
function propertyName(key: string): string {
  if (key === '__proto__') return `['__proto__']`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : typescript(key);
}

/** Handlebars checks what a template prints, not what it hands to a helper. @throws {TypeError} for a value the context lacks. */
function present(value: unknown): unknown {
  if (value === undefined) throw new TypeError('a template uses a value that the context lacks');
  return value;
}

/** Characters that editors hide, or that end a line in some language, become \u escapes. */
function escapeInvisible(literal: string): string {
  return literal.replace(/[\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
