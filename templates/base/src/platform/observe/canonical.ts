/**
 * JSON with one spelling per value (RFC 8785): sorted keys, no white space,
 * numbers and strings as ECMAScript prints them.
 *
 * @param value - Anything that came out of JSON.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    // RFC 8785 section 3.2.3 sorts by UTF-16 code units, which is what `<` compares.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
