import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, fetch as fetchWith } from 'undici';

/** What an address that somebody else has named must not lead to: this machine, its network, a cloud's metadata (RFC 6890). */
class NotPublic extends Error {
  override readonly name = 'NotPublic';
}

const isPublic = (address: string): boolean => ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';

/**
 * Connects to the public internet only. What is looked at is the address that is really dialled: a name cannot mean one
 * thing when it is checked and another when it is used, and a redirect is dialled like anything else.
 */
function createPublicAgent(): Agent {
  const dial = buildConnector({
    lookup(hostname, options, callback) {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        const addresses = error ? [] : found.filter(({ address }) => isPublic(address));
        const [first] = addresses;
        if (!first) callback(error ?? new NotPublic('No public address'), '', 0);
        else if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    },
  });
  return new Agent({
    connect(options, callback) {
      // A literal address is dialled without being looked up.
      if (isIP(options.hostname) !== 0 && !isPublic(options.hostname)) callback(new NotPublic('No public address'), null);
      else dial(options, callback);
    },
  });
}

const dispatcher = createPublicAgent();

/** The web's fetch for addresses that come from arguments. Throws its TypeError with a `cause` named NotPublic where there is none that is. */
export const fetchPublic = ((input: string | URL, init?: Parameters<typeof fetchWith>[1]) => fetchWith(input, { ...init, dispatcher })) as unknown as typeof fetch;
