import { access } from '../src/access.js';
import { provider } from '../src/platform/auth/profile.js';
import { ConfigError, problem } from '../src/platform/config/environment.js';
import { reportStartFailure } from '../src/platform/node/report.js';
import { prompts } from '../src/prompts/index.js';
import { resources } from '../src/resources/index.js';
import { tools } from '../src/tools/index.js';
import { type LocalServer, startAuthorizationServer } from './authorization_server.js';

const PORT = Number(process.env['PORT'] ?? 3_000);

/** The URL of the MCP server in development. */
export const RESOURCE = process.env['MCP_PUBLIC_URL'] ?? `http://localhost:${PORT}/mcp`;

/** What clients put before a scope. */
export const SCOPE_PREFIX =
  process.env['OAUTH_SCOPE_PREFIX'] ?? (provider.profile.scopePrefix === 'resource' ? `${RESOURCE}/` : '');

/** Every scope that anything in this server asks for, as clients request it. */
export function allScopes(): string[] {
  const named = [...access.baseScopes, ...[...tools, ...resources, ...prompts].flatMap(({ scopes }) => scopes)];
  return [...new Set(named)].map((scope) => SCOPE_PREFIX + scope);
}

/** Starts the local authorization server beside the MCP server, one port above it; without one there is nothing to go on with. */
export function startLocalAuth(): Promise<LocalServer> {
  const port = Number(process.env['DEV_AUTH_PORT'] ?? PORT + 1);
  return startAuthorizationServer({ port, resource: RESOURCE, scopes: allScopes(), scopePrefix: SCOPE_PREFIX }).catch((error: unknown) => {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const taken = new ConfigError([problem('DEV_AUTH_PORT', `port ${port} is in use, perhaps by one that was never stopped.`, `DEV_AUTH_PORT=${port + 10}`)]);
    reportStartFailure(isTaken ? taken : error);
    process.exit();
  });
}

/** What the MCP server needs to trust it. */
export function environmentFor({ issuer }: LocalServer): Record<string, string> {
  return { OAUTH_ISSUER: issuer, OAUTH_JWKS_URI: `${issuer}/jwks`, OAUTH_AUDIENCE: RESOURCE, OAUTH_AUDIENCE_MODE: 'required' };
}
