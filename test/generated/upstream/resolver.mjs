// Preloaded into a server (NODE_OPTIONS=--import): a resolver that does not know gone.test, is not sure of unsure.test,
// and says nothing of slow.test.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const { lookup } = dns;
const codes = { 'gone.test': 'ENOTFOUND', 'unsure.test': 'EAI_AGAIN' };
dns.lookup = (host, options, done) => {
  if (host === 'slow.test') return;
  const code = codes[host];
  if (code === undefined) return lookup(host, options, done);
  process.nextTick(done ?? options, Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, syscall: 'getaddrinfo', hostname: host }));
};
syncBuiltinESMExports();
