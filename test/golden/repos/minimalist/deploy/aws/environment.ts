/** What things are called. */
export const app = 'bare-server';

/** Variables of your shell that the server gets: nobody need hide what they say. */
const passedOn = ['LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_SDK_DISABLED', 'AUDIT_FILE', 'AUDIT_FAIL_MODE', 'TOOL_PROFILE', 'MCP_PUBLIC_URL', 'ALLOWED_HOSTS', 'ALLOWED_ORIGINS', 'PUBLIC_TOOL_NAMES', 'RATE_LIMIT_TENANT_PER_MINUTE', 'RATE_LIMIT_AGENT_PER_MINUTE', 'RATE_LIMIT_TOOL_PER_MINUTE', 'BUDGET_TENANT_PER_DAY', 'TRUSTED_PROXY_HOPS', 'TENANT_ID', 'MAX_BODY_BYTES', 'ALLOW_UNAUTHENTICATED', 'MCP_LEGACY'];

/** Settings of the server, for CloudFormation. */
export function environment(): Record<string, string> {
  const given = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return { NODE_ENV: 'production', ...Object.fromEntries(given) };
}
