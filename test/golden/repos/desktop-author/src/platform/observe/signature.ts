import type { Digester } from './digest.js';

/** Signs texts that clients carry for this server; a text of one tenant is worth nothing to another. */
export interface Signer {
  sign(tenant: string, text: string): Promise<string>;
  isGenuine(tenant: string, text: string, signature: string): Promise<boolean>;
}

/** @param digests - Those of `MCP_SECRET`: the first signs, all verify. */
export function createSigner(purpose: 'confirmation' | 'cursor', digests: readonly [Digester, ...Digester[]]): Signer {
  // 128 bits, so that a model that copies it has less to get wrong.
  const macOf = async (digest: Digester, tenant: string, text: string): Promise<string> => (await digest(purpose, tenant, text)).hash.slice(0, 32);
  return {
    sign: (tenant, text) => macOf(digests[0], tenant, text),
    async isGenuine(tenant, text, signature) {
      const expected = await Promise.all(digests.map((digest) => macOf(digest, tenant, text)));
      return expected.map((one) => isEqual(one, signature)).includes(true);
    },
  };
}

/** Takes the same time wherever the difference is. */
function isEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
