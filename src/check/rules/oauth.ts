import { exchange, fail, inapplicable, pass, unknown, warn } from '../rule.ts';
import type { Rule } from '../rule.ts';

export const oauth: Rule = {
  id: 'oauth',
  part: 'checklist',
  title: 'OAuth 2.1 with PKCE',
  why: 'Without it, whoever reaches the endpoint may call every tool.',
  check({ network, repo, inspection: { http, httpFault, surfaceFault } }) {
    if (!network) return inapplicable('stdio: whoever starts the server decides who may call it');
    if (http === undefined) return unknown(`the server could not be started in memory: ${httpFault ?? surfaceFault ?? 'no reason given'}`);
    const { anonymous, garbage, metadata } = http;
    const seen = [exchange(anonymous), exchange(garbage), exchange(metadata)];
    const chosen = repo.manifest.answers.auth ?? 'none';
    if (chosen === 'none') {
      return anonymous.status === 401
        ? pass('calls without a token are refused, by a gate of your own', seen)
        : warn('nobody is signed in: safe behind loopback, or behind something that authenticates', [exchange(anonymous)], 'npx create-mcp-server@latest <new directory> --auth oidc   # then bring src/tools over');
    }
    if (anonymous.status !== 401 || garbage.status !== 401) return fail('a call without a valid token is answered', seen, 'git checkout -- src/platform/auth src/platform/http');
    if (!/resource_metadata=/.test(anonymous.challenge ?? '')) return fail('the 401 does not tell clients where to sign in', [{ text: `WWW-Authenticate: ${anonymous.challenge ?? 'missing'}` }], 'git checkout -- src/platform/auth');
    if (metadata.status !== 200 || !metadata.answer.includes('authorization_servers')) return fail('the protected-resource metadata (RFC 9728) is not served', seen, 'git checkout -- src/platform/auth');
    return pass('tokens are verified and clients are told where to get them; PKCE is the provider\'s part: mcp-gen check auth asks it', seen);
  },
};
