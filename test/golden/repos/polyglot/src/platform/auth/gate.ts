import { type AuthInfo, OAuthError, OAuthErrorCode, verifyBearerToken } from '@modelcontextprotocol/server';
import { access } from '../../access.js';
import type { Gate } from '../http/admission.js';
import { createDecisionLog } from '../http/decision.js';
import { missingScopes, type Principal } from '../principal.js';
import type { Runtime } from '../runtime.js';
import { createChallenge } from './challenge.js';
import { Denial } from './denial.js';
import { diagnose, diagnoseScopes } from './diagnosis.js';
import { endAt } from './expiry.js';
import { toPrincipal } from './identity.js';
import { createKeySet } from './keys.js';
import { addResourceMetadata, metadataUrl } from './metadata.js';
import { readBearer } from './pregate.js';
import { provider } from './profile.js';
import { asRequested } from './scopes.js';
import { type AuthSettings, resolveTrust, type Trust } from './settings.js';
import { addMetadataShim } from './shim.js';
import { keepSubjectToken } from './subject_token.js';
import { createTargetFinder, type Target } from './target.js';
import { cacheTokens } from './token_cache.js';
import { verifyToken } from './verify.js';

/**
 * The gate of an OAuth 2.1 resource server: a token on every request, verified
 * before the body is read; the scopes of the operation before its handler.
 *
 * @throws {ConfigError} when the settings do not say whose tokens to accept.
 */
export function createGate(config: AuthSettings, runtime: Runtime): Gate {
  const { identity, catalog, log, digest } = runtime;
  const decide = createDecisionLog(runtime);
  const { profile } = provider;
  const trust = resolveTrust(config);
  const challenge = createChallenge(metadataUrl(trust));
  const keys = createKeySet(trust, log);
  const { baseScopes } = access;
  const targetOf = createTargetFinder(catalog);
  const confirm = createConfirmation(trust, baseScopes);
  const verify = async (token: string): Promise<Principal> =>
    toPrincipal(await verifyToken(token, keys, trust, profile), trust, profile, access);
  const recognize = config.TOKEN_CACHE
    ? cacheTokens(verify, keys, async (token) => (await digest('token', '', token)).hash)
    : verify;
  if (trust.audienceMode === 'client-allow-list') {
    log.warn('auth.no_audience', {
      warning: 'TOKENS NEED NOT BE ISSUED FOR THIS SERVER: every token of the listed clients is accepted.',
    });
  }

  const deny = (denial: Denial, token: string | undefined, admitted?: { principal: Principal; target: Target }): Response => {
    const scopes = [...new Set([...baseScopes, ...(admitted?.target.scopes ?? [])])];
    const correlationId = decide({ decision: 'deny', reason: denial.reason, scopes, ...admitted });
    if (config.NODE_ENV !== 'production')
      log.warn('auth.denied', { correlation_id: correlationId, reason: denial.reason, ...(admitted ? diagnoseScopes(scopes, admitted.principal) : diagnose(token, trust, profile)) });
    return challenge(denial, asRequested(scopes, trust), correlationId);
  };

  return {
    scheme: 'oauth2',
    addRoutes(app) {
      const { origin } = config.publicUrl;
      addResourceMetadata(
        app,
        trust,
        identity.title,
        asRequested(baseScopes, trust),
        config.OAUTH_METADATA_SHIM ? origin : trust.issuer,
      );
      if (config.OAUTH_METADATA_SHIM) addMetadataShim(app, trust, origin, log);
    },
    async admit(request) {
      let token: string | undefined;
      try {
        token = readBearer(request);
        const principal = await recognize(token);
        keepSubjectToken(principal, token);
        // From here on nobody sees it: neither a tool nor a log can pass it on.
        request.headers.delete('authorization');
        return { principal, authInfo: await confirm(principal) };
      } catch (error) {
        if (error instanceof Denial) return deny(error, token);
        throw error;
      }
    },
    authorize({ principal }, messages) {
      const targets = messages.map(targetOf);
      const refused = targets.find(({ scopes }) => missingScopes(principal, scopes).length > 0);
      if (refused) return deny(new Denial('insufficientScope', 'scope'), undefined, { principal, target: refused });
      // A call leaves an audit record of its own, which says that it was permitted.
      for (const target of targets.filter(({ audited }) => !audited)) decide({ decision: 'permit', reason: 'base_scopes', scopes: baseScopes, principal, target });
      return undefined;
    },
    bound({ principal }, { headers }, response) {
      return headers.get('mcp-method') === 'subscriptions/listen' && principal.token ? endAt(principal.token.expiresAt, response) : response;
    },
  };
}

/**
 * The SDK's own gate has the last word on expiry, resource and base scopes.
 * What it returns goes to handlers, so the token itself is not in it.
 */
function createConfirmation(trust: Trust, baseScopes: readonly string[]): (principal: Principal) => Promise<AuthInfo> {
  const resource = new URL(trust.resource);
  const requiredScopes = [...baseScopes];
  return async ({ agent, scopes, token }) => {
    const authInfo: AuthInfo = {
      token: 'redacted',
      clientId: agent.clientId,
      scopes: [...scopes],
      resource,
      ...(token && { expiresAt: token.expiresAt }),
    };
    try {
      const verifier = { verifyAccessToken: async () => authInfo };
      return await verifyBearerToken('Bearer redacted', { verifier, requiredScopes, expectedResource: resource });
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      throw error.code === OAuthErrorCode.InsufficientScope
        ? new Denial('insufficientScope', 'base_scopes')
        : new Denial('invalidToken', 'expired');
    }
  };
}
