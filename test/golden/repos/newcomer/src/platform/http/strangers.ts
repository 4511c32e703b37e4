import { Recent } from '../state/recent.js';
import { refuse } from './answer.js';

/** Bad tokens that one network may send in a minute. Many people can share an address. */
const MOST_FAILURES = 300;

const WINDOW_MS = 60_000;

/** Networks that are remembered at least. */
const REMEMBERED = 5_000;

/** Counts who sends bad tokens, before anything is known of them but where they come from. */
export interface Strangers {
  /** The answer to a network that has failed too often. @param whence - Asked only once somebody has failed. */
  refuse(whence: () => string | undefined): Response | undefined;
  noteFailure(network: string | undefined): Promise<void>;
}

/** Counts a failure together with other instances. @returns whether the network has failed too often on all of them. */
export type CountFailure = (network: string) => Promise<boolean>;

/** @param countEverywhere - Where instances can count together. @param now - A monotonic clock, in milliseconds. */
export function createStrangers(countEverywhere?: CountFailure, now = (): number => performance.now()): Strangers {
  const seen = new Recent<{ readonly since: number; failures: number }>(REMEMBERED);
  let isQuiet = true;
  const find = (network: string) => {
    const found = seen.get(network);
    return found && now() - found.since < WINDOW_MS ? found : undefined;
  };
  return {
    refuse(whence) {
      if (isQuiet) return undefined;
      const network = whence();
      const found = network === undefined ? undefined : find(network);
      return found && found.failures >= MOST_FAILURES ? tooMany(Math.ceil((found.since + WINDOW_MS - now()) / 1_000)) : undefined;
    },
    async noteFailure(network) {
      if (network === undefined) return;
      isQuiet = false;
      const found = find(network) ?? { since: now(), failures: 0 };
      found.failures++;
      seen.set(network, found);
      if (await countEverywhere?.(network)) found.failures = MOST_FAILURES;
    },
  };
}

/**
 * Where a request comes from: an IPv4 address, or the /64 of an IPv6 one, which is what a single customer gets. Unknown
 * behind a proxy that nobody has told of: its address is everybody's, and one who fails would shut all the others out.
 *
 * @param peer - Who has connected, where it is known.
 * @param hops - Proxies in front of this server. Each appends to X-Forwarded-For whom it saw; what stands before that the client made up.
 * @param isTold - Whether the platform says who has connected. It appends them to X-Forwarded-For, too, and is none of the proxies.
 */
export function networkOf(peer: string | undefined, { headers }: Request, hops: number, isTold = false): string | undefined {
  if (hops === 0 && !isTold && (headers.has('x-forwarded-for') || headers.has('forwarded'))) return undefined;
  const chain = (headers.get('x-forwarded-for') ?? '').split(',').map((entry) => entry.trim()).filter(Boolean);
  if (isTold && chain.at(-1) === peer) chain.pop();
  const address = chain[Math.max(0, chain.length - hops)] ?? peer;
  if (address === undefined) return undefined;
  const ipv4 = /(?:^|:)(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/.exec(address)?.[1];
  if (ipv4 !== undefined) return ipv4;
  const [, ipv6 = ''] = /^\[?([\da-f:]{2,39})/i.exec(address) ?? [];
  const [head = '', tail] = ipv6.split('::');
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  return [...first, ...zeros, ...last].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

const tooMany = (retryAfterSeconds: number): Response =>
  refuse(429, 'Too many requests from this network could not sign in.', 'Get a new access token, and wait before you use it.', { 'retry-after': String(retryAfterSeconds) });
