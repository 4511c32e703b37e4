/** The scopes that `Scope` of `src/mcp.ts` names; undefined when any will do (`string`), or when the file says it in another way. */
export function declaredScopes(source: string): readonly string[] | undefined {
  const [, union = ''] = /^export type Scope =([^;]+);/m.exec(source) ?? [];
  const members = union.split('|').map((member) => member.trim()).filter((member) => member !== '');
  const literals = members.map((member) => /^(['"])(.*)\1$/.exec(member)?.[2]);
  return members.length > 0 && literals.every((literal) => literal !== undefined) ? literals : undefined;
}
