import * as z from 'zod';
import { ConfigError, problem, type Rule } from '../config/environment.js';
import { commaList, flag } from '../config/settings.js';
import { isLoopback } from '../http/address.js';
import { type HttpConfig, httpSettings } from '../http/config.js';
import { provider } from './profile.js';
import type { Location, ProviderVariable } from './provider.js';

const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** An authorization server talks TLS; plain http is for one on this machine. */
const secureUrl = z
  .url({ protocol: /^https?$/, error: 'must be an https URL' })
  .refine(
    (text) => !URL.canParse(text) || isSecure(new URL(text)),
    'must be https; plain http is for loopback only, because tokens and keys travel there',
  )
  .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment');

const isSecure = ({ protocol, hostname }: URL): boolean => protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''));

const providerVariables: readonly [string, ProviderVariable][] = Object.entries(provider.variables);

const providerShape: Readonly<Record<string, z.ZodType<unknown, string | undefined>>> = Object.fromEntries(
  providerVariables.map(([name, { pattern, refusal, description, example }]) => [
    name,
    z.string().regex(pattern, refusal).optional().meta({ description, example }),
  ]),
);

const neutralSettings = httpSettings.extend({
  OAUTH_ISSUER: secureUrl
    .optional()
    .meta({
      description: 'the authorization server, exactly as in the iss claim of its tokens',
      example: 'https://auth.example.com',
    }),
  OAUTH_JWKS_URI: secureUrl
    .optional()
    .meta({ description: 'where its keys are, when its metadata does not say', example: 'https://auth.example.com/jwks.json' }),
  OAUTH_AUDIENCE: commaList
    .default([])
    .meta({
      description: 'accepted aud values; the resource (MCP_PUBLIC_URL) unless set',
      example: 'https://mcp.example.com/mcp',
    }),
  OAUTH_AUDIENCE_MODE: z
    .enum(['required', 'client-allow-list'])
    .default(provider.profile.audienceMode)
    .meta({ description: 'client-allow-list accepts tokens without aud from OAUTH_ALLOWED_CLIENT_IDS', example: 'required' }),
  OAUTH_ALLOWED_CLIENT_IDS: commaList
    .default([])
    .meta({ description: 'the only clients that may call; everyone unless set', example: 'client-a,client-b' }),
  OAUTH_SCOPE_PREFIX: z
    .string()
    .regex(SCOPE_TOKEN, 'must be printable ASCII without spaces and quotes')
    .optional()
    .meta({ description: 'what clients put before each scope when they request it', example: 'https://mcp.example.com/mcp/' }),
  ALLOW_SERVICE_TOKENS: flag
    .default(false)
    .meta({ description: 'true accepts tokens that no user stands behind', example: 'true' }),
  TOKEN_CACHE: flag.default(false).meta({ description: 'true remembers verified tokens for up to 30 s', example: 'true' }),
  OAUTH_METADATA_SHIM: flag
    .default(false)
    .meta({ description: "true serves a copy of the provider's metadata that mentions PKCE", example: 'true' }),
});

/** Settings of authentication. The provider's own are in the shape, and only {@link resolveTrust} reads them. */
export const authSettings = neutralSettings.extend(providerShape) as typeof neutralSettings;

export type AuthSettings = HttpConfig & z.output<typeof authSettings>;

/** Whose tokens are accepted, and under which conditions. */
export interface Trust {
  readonly issuer: string;
  readonly jwksUri: string | undefined;
  /** The canonical URI of this server (RFC 8707): the configured string, byte for byte. */
  readonly resource: string;
  readonly audiences: readonly string[];
  readonly audienceMode: 'required' | 'client-allow-list';
  /** Empty means everyone. */
  readonly clients: ReadonlySet<string>;
  readonly equals: Readonly<Record<string, string>>;
  /** What precedes a scope in requests and challenges. */
  readonly scopePrefix: string;
  readonly allowServices: boolean;
}

/** Names every variable that is missing or does not fit. */
export const authRule: Rule<z.output<typeof authSettings>> = (settings) => {
  const { profile } = provider;
  const { MCP_PUBLIC_URL: resource, OAUTH_ISSUER, OAUTH_AUDIENCE_MODE } = settings;
  const problems: string[] = [];
  if (resource !== undefined && (!/^[^?#]*[^/?#]$/.test(resource) || new URL(resource).pathname === '/')) {
    problems.push(
      problem(
        'MCP_PUBLIC_URL',
        'must end in a path without a final slash, query or fragment: clients compare it character by character.',
        'MCP_PUBLIC_URL=https://mcp.example.com/mcp',
      ),
    );
  }
  if (OAUTH_ISSUER === undefined && locate(settings) === undefined) {
    const lines =
      providerVariables.length === 0
        ? ['OAUTH_ISSUER=https://auth.example.com']
        : providerVariables.map(([name, { example }]) => `${name}=${example}`);
    problems.push(
      problem(
        providerVariables[0]?.[0] ?? 'OAUTH_ISSUER',
        `is required: it says whose tokens this server accepts (${profile.name}). To try things out without any, start the dev script.`,
        lines.join('  '),
      ),
    );
  }
  if (OAUTH_AUDIENCE_MODE === 'client-allow-list' && clientsOf(settings).length === 0) {
    problems.push(
      problem(
        'OAUTH_ALLOWED_CLIENT_IDS',
        'is required with OAUTH_AUDIENCE_MODE=client-allow-list: it is then all that ties a token to this server.',
        'OAUTH_ALLOWED_CLIENT_IDS=client-a,client-b',
      ),
    );
  }
  if (settings.OAUTH_METADATA_SHIM && !profile.shim) {
    problems.push(
      problem(
        'OAUTH_METADATA_SHIM',
        `is not for ${profile.name}: its own metadata works, and clients would refuse the copy.`,
        'OAUTH_METADATA_SHIM=false',
      ),
    );
  }
  return problems;
};

/**
 * Derives whom to trust.
 *
 * @throws {ConfigError} what {@link authRule} names.
 */
export function resolveTrust(settings: AuthSettings): Trust {
  const { profile } = provider;
  const { resource, OAUTH_ISSUER, OAUTH_JWKS_URI, OAUTH_AUDIENCE, OAUTH_AUDIENCE_MODE, OAUTH_SCOPE_PREFIX } = settings;
  const location = locate(settings);
  const issuer = OAUTH_ISSUER ?? location?.issuer;
  const problems = authRule(settings);
  if (issuer === undefined || problems.length > 0) throw new ConfigError(problems);
  return {
    issuer,
    jwksUri: OAUTH_JWKS_URI ?? (OAUTH_ISSUER === undefined ? location?.jwksUri : undefined),
    resource,
    audiences: OAUTH_AUDIENCE.length > 0 ? OAUTH_AUDIENCE : (location?.audiences ?? [resource]),
    audienceMode: OAUTH_AUDIENCE_MODE,
    clients: new Set(clientsOf(settings)),
    equals: { ...profile.equals, ...(OAUTH_ISSUER === undefined && location?.equals) },
    scopePrefix: OAUTH_SCOPE_PREFIX ?? (profile.scopePrefix === 'resource' ? `${resource}/` : ''),
    allowServices: settings.ALLOW_SERVICE_TOKENS,
  };
}

/** The only clients that may call; none for everyone. */
function clientsOf(settings: z.output<typeof authSettings>): readonly string[] {
  const { OAUTH_ALLOWED_CLIENT_IDS: named } = settings;
  return named.length > 0 ? named : (locate(settings)?.clients ?? []);
}

/** What the provider's variables say, when all of them are set. */
function locate(settings: z.output<typeof authSettings>): Location | undefined {
  const values = new Map<string, unknown>(Object.entries(settings));
  if (providerVariables.length === 0 || providerVariables.some(([name]) => values.get(name) === undefined)) return undefined;
  return provider.locate((name) => String(values.get(name)));
}
