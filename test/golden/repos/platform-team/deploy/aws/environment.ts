/** What things are called. */
export const app = 'team-notes';

/** Variables of your shell that the server gets: nobody need hide what they say. */
const passedOn = ['ENTRA_TENANT_ID', 'ENTRA_CLIENT_ID', 'LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_SDK_DISABLED', 'AUDIT_FILE', 'AUDIT_FAIL_MODE', 'TOOL_PROFILE', 'MCP_PUBLIC_URL', 'ALLOWED_HOSTS', 'ALLOWED_ORIGINS', 'PUBLIC_TOOL_NAMES', 'RATE_LIMIT_TENANT_PER_MINUTE', 'RATE_LIMIT_AGENT_PER_MINUTE', 'RATE_LIMIT_TOOL_PER_MINUTE', 'BUDGET_TENANT_PER_DAY', 'TRUSTED_PROXY_HOPS', 'TENANT_ID', 'MAX_BODY_BYTES', 'OAUTH_ISSUER', 'OAUTH_JWKS_URI', 'OAUTH_AUDIENCE', 'OAUTH_AUDIENCE_MODE', 'OAUTH_ALLOWED_CLIENT_IDS', 'OAUTH_SCOPE_PREFIX', 'ALLOW_SERVICE_TOKENS', 'TOKEN_CACHE', 'OAUTH_METADATA_SHIM', 'MCP_LEGACY'];

/** Settings of the server, for CloudFormation. */
export function environment(): Record<string, string> {
  const given = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return { NODE_ENV: 'production', ...Object.fromEntries(given) };
}
