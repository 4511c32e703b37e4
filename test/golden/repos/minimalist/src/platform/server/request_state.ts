import { createRequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';
import type { DeriveKey } from '../observe/secret.js';
import { namesOf, type Principal } from '../principal.js';

/** How long a client may take to come back, in seconds. */
const TTL_SECONDS = 600;

/** Mints and verifies `requestState`; the SDK verifies it before any handler runs. */
export interface RequestState {
  mint(payload: unknown, context: ServerContext): Promise<string>;
  /** @throws when it was not minted here, for this caller and this operation, in the last ten minutes. */
  verify(state: string, context: ServerContext): Promise<unknown>;
}

/**
 * @param keys - The first signs, all verify.
 * @param principalOf - Who sent a request.
 */
export function createRequestState(
  keys: readonly [DeriveKey, ...DeriveKey[]],
  principalOf: (request: Request | undefined) => Principal,
): RequestState {
  const bind = ({ mcpReq, http }: ServerContext): string =>
    JSON.stringify([...namesOf(principalOf(http?.req)), mcpReq.method, http?.req?.headers.get('mcp-name')]);
  const codecOf = async (derive: DeriveKey) =>
    createRequestStateCodec({ key: await derive('request-state'), ttlSeconds: TTL_SECONDS, bind });
  const codecs = keys.map(codecOf);
  const [current = codecOf(keys[0])] = codecs;
  return {
    mint: async (payload, context) => (await current).mint(payload, context),
    verify: (state, context) => Promise.any(codecs.map(async (codec) => (await codec).verify(state, context))),
  };
}
