import * as z from 'zod';
import { ConfigError, problem, type Rule } from '../config/environment.js';
import { commaList, commonSettings, flag, wholeNumber } from '../config/settings.js';
import { stateSettings } from '../state/settings.js';
import { isLoopback } from './address.js';

const perMinute = wholeNumber(0, 1_000_000);

/** Settings of the HTTP transport. */
export const httpSettings = commonSettings.extend({
  HOST: z.string().default('localhost').meta({ description: 'the address to bind', example: 'localhost' }),
  PORT: wholeNumber(0, 65_535).default(3000).meta({ description: 'the TCP port to listen on', example: '3000' }),
  MCP_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional()
    .meta({ description: 'where clients reach the endpoint', example: 'https://mcp.example.com/mcp' }),
  ALLOWED_HOSTS: commaList
    .default([])
    .meta({ description: 'further Host headers to accept, with port', example: 'mcp.internal:8080' }),
  ALLOWED_ORIGINS: commaList
    .default([])
    .meta({ description: 'web origins that may call this server from a browser', example: 'https://app.example.com' }),
  ...stateSettings,
  TRUSTED_PROXY_HOPS: wholeNumber(0, 10).default(0).meta({ description: 'proxies in front of this server that append to X-Forwarded-For', example: '1' }),
  TENANT_ID: z.string().min(1).optional().meta({ description: 'the only tenant this server is for', example: 'acme' }),
  RATE_LIMIT_TENANT_PER_MINUTE: perMinute.default(600).meta({ description: 'calls a minute of one tenant; 0 for no limit', example: '600' }),
  RATE_LIMIT_AGENT_PER_MINUTE: perMinute.default(120).meta({ description: 'calls a minute of one client within a tenant; 0 for no limit', example: '120' }),
  RATE_LIMIT_TOOL_PER_MINUTE: perMinute.default(60).meta({ description: 'calls a minute of one tool within a tenant; 0 for no limit', example: '60' }),
  BUDGET_TENANT_PER_DAY: wholeNumber(0, 1_000_000_000).default(0).meta({ description: 'units that the calls of one tenant may cost in a day; 0 for no limit', example: '10000' }),
  PUBLIC_TOOL_NAMES: flag.default(false).meta({ description: 'true lists tool names on GET /', example: 'false' }),
  MAX_BODY_BYTES: wholeNumber(1_024, 16_777_216)
    .default(1_048_576)
    .meta({ description: 'the longest request body in bytes', example: '1048576' }),
  SHUTDOWN_GRACE_MS: wholeNumber(0, 600_000)
    .default(30_000)
    .meta({ description: 'milliseconds for running calls to finish after SIGTERM', example: '30000' }),
});

/** The settings, with what follows from them. */
export interface HttpConfig extends z.output<typeof httpSettings> {
  readonly publicUrl: URL;
  /** The same, byte for byte as it was configured: what tokens have to be issued for (RFC 8707). */
  readonly resource: string;
  /** Exact `Host` headers that are accepted. */
  readonly hosts: ReadonlySet<string>;
  /** Exact `Origin` headers that are accepted. */
  readonly origins: ReadonlySet<string>;
  /** Origins that get CORS headers: only those that were configured. */
  readonly corsOrigins: ReadonlySet<string>;
}

/**
 * Derives the rest and checks the rules between variables.
 *
 * @param rules - Checked together with those of HTTP, so that whoever deploys hears of everything at once.
 * @throws {ConfigError}
 */
export function deriveHttpConfig<T extends z.output<typeof httpSettings>>(settings: T, ...rules: readonly Rule<T>[]): T & HttpConfig {
  const { HOST, PORT, MCP_PUBLIC_URL, ALLOWED_HOSTS, ALLOWED_ORIGINS, NODE_ENV, MCP_SECRET } = settings;
  const problems: string[] = [];
  if (!isLoopback(HOST) && MCP_PUBLIC_URL === undefined) {
    problems.push(
      problem(
        'MCP_PUBLIC_URL',
        'is required when HOST is not loopback: it decides which Host and Origin headers are accepted.',
        'MCP_PUBLIC_URL=https://mcp.example.com/mcp',
      ),
    );
  }
  if (NODE_ENV === 'production' && MCP_SECRET === undefined) {
    problems.push(
      problem(
        'MCP_SECRET',
        'is required in production: audit hashes must survive a restart.',
        'MCP_SECRET="$(openssl rand -base64 32)"',
      ),
    );
  }
  for (const origin of ALLOWED_ORIGINS) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    const why = 'every entry must be an origin: scheme, host and port, no path, no *.';
    problems.push(problem('ALLOWED_ORIGINS', why, 'ALLOWED_ORIGINS=https://app.example.com'));
  }
  problems.push(...rules.flatMap((rule) => rule(settings)));
  if (problems.length > 0) throw new ConfigError(problems);

  const resource = MCP_PUBLIC_URL ?? `http://localhost:${PORT}/mcp`;
  const publicUrl = new URL(resource);
  const local = isLoopback(HOST) && NODE_ENV !== 'production' ? ['localhost', '127.0.0.1', '[::1]'] : [];
  return {
    ...settings,
    publicUrl,
    resource,
    hosts: new Set([publicUrl.host, ...ALLOWED_HOSTS, ...local.map((name) => (PORT === 80 ? name : `${name}:${PORT}`))]),
    origins: new Set([publicUrl.origin, ...ALLOWED_ORIGINS]),
    corsOrigins: new Set(ALLOWED_ORIGINS),
  };
}

/**
 * A shutdown has to outlast the longest call.
 *
 * @throws {ConfigError}
 */
export function assertGraceCoversCalls({ SHUTDOWN_GRACE_MS, NODE_ENV }: HttpConfig, longestCallMs: number): void {
  const needed = longestCallMs + 5_000;
  if (NODE_ENV !== 'production' || longestCallMs === 0 || SHUTDOWN_GRACE_MS >= needed) return;
  const why = 'is shorter than the longest tool deadline and 5 s, so a restart would cut calls off.';
  throw new ConfigError([problem('SHUTDOWN_GRACE_MS', why, `SHUTDOWN_GRACE_MS=${needed}`)]);
}

/** The guards that a process keeps for itself: whoever does not limit agents lets them repeat themselves, too. */
export const limitsOf = ({ RATE_LIMIT_AGENT_PER_MINUTE }: HttpConfig) => ({ loops: RATE_LIMIT_AGENT_PER_MINUTE > 0 });
