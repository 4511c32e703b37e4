import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { Log } from '../observe/log.js';
import { createBackOff } from './back_off.js';
import { discover } from './discovery.js';
import { FETCH_TIMEOUT_MS, fetchJson } from './fetch_json.js';
import type { Trust } from './settings.js';

/** Keys older than this are fetched again beside the requests, which go on with the old ones. */
const REFRESH_AFTER_MS = 5 * 60_000;

/** Keys are used this long while their server does not answer, and no longer. */
const MAX_AGE_MS = 60 * 60_000;

/** An unknown key makes the set be fetched again, but not more often than this. */
const COOLDOWN_MS = 30_000;

/** The issuer's public keys. */
export interface KeySet {
  /** Finds the key of a token. @throws what the fetch throws; an outage is no fault of the token. */
  readonly find: JWTVerifyGetKey;
  /** Changes whenever the keys have been fetched. */
  version(): number;
}

/** The key set of the issuer: fetched when the first token comes, kept, refreshed in time. */
export function createKeySet({ issuer, jwksUri }: Trust, log: Log): KeySet {
  const guarded = createBackOff('auth.keys_unavailable', issuer, log);
  let version = 0;
  let fetchedAt = -Infinity;
  let opening: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;

  const open = async () => {
    const uri = jwksUri ?? (await guarded(() => locateKeys(issuer)));
    return createRemoteJWKSet(new URL(uri), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: MAX_AGE_MS,
      [customFetch]: async (url, init) => {
        const set = await guarded(() => fetchKeySet(url, init));
        fetchedAt = Date.now();
        version++;
        return Response.json(set);
      },
    });
  };

  return {
    async find(header, token) {
      opening ??= open().catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      const keys = await opening;
      if (keys.fresh && !keys.reloading && Date.now() - fetchedAt > REFRESH_AFTER_MS) {
        // The failure is logged where it happens; this request has keys that will do.
        keys.reload().catch(() => undefined);
      }
      return keys(header, token);
    },
    version: () => version,
  };
}

async function fetchKeySet(url: string, init: RequestInit): Promise<object> {
  const set = await fetchJson(url, init);
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys))
    throw new Error('not a JSON Web Key Set');
  return set;
}

async function locateKeys(issuer: string): Promise<string> {
  const { jwks_uri: uri } = await discover(issuer);
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw new Error('its metadata names no jwks_uri');
  const { protocol, hostname } = new URL(uri);
  if (protocol !== 'https:' && hostname !== new URL(issuer).hostname) throw new Error('its jwks_uri is not https');
  return uri;
}
