/**
 * JSON with one spelling per value (RFC 8785): sorted keys, no white space,
 * numbers and strings as ECMAScript prints them. Validated arguments may also
 * hold what a schema makes of JSON: dates, maps, sets, big integers.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if ('toJSON' in value) return JSON.stringify(value) ?? 'null';
  if (value instanceof Map || value instanceof Set) return canonicalJson([...value]);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    // RFC 8785 section 3.2.3 sorts by UTF-16 code units, which is what `<` compares.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
