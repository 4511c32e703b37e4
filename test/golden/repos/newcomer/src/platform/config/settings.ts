import * as z from 'zod';

/** Comma-separated, empty entries ignored. */
export const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

/** `true` or `false`, nothing else. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);
}

/** Which tools a server offers, by their effect. */
export const PROFILES = { all: ['read', 'write', 'destructive'], write: ['read', 'write'], read: ['read'] } as const;

/** Settings of every transport. */
export const commonSettings = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .meta({ description: 'production makes the checks at start strict', example: 'production' }),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ description: 'how much is logged; debug may show secrets from error texts', example: 'info' }),
  TOOL_PROFILE: z
    .enum(['all', 'write', 'read'])
    .default('all')
    .meta({ description: 'which tools are offered: all, only those that destroy nothing (write), or only those that change nothing (read)', example: 'read' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional()
    .meta({ description: 'the collector that spans and metrics go to', example: 'http://localhost:4318' }),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional().meta({ description: 'what the collector wants to be sent', example: 'api-key=...' }),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/protobuf'])
    .default('http/protobuf')
    .meta({ description: 'how the collector is spoken to', example: 'http/protobuf' }),
  OTEL_METRIC_EXPORT_INTERVAL: wholeNumber(100, 3_600_000)
    .default(60_000)
    .meta({ description: 'milliseconds between two reports of metrics', example: '60000' }),
  OTEL_SDK_DISABLED: flag.default(false).meta({ description: 'true sends nothing', example: 'false' }),
  AUDIT_FILE: z
    .string()
    .optional()
    .meta({ description: 'a file that audit records are appended to, instead of the log', example: '/var/log/mcp/audit.jsonl' }),
  AUDIT_FAIL_MODE: z
    .enum(['closed', 'open'])
    .default('closed')
    .meta({ description: 'what happens to calls with an effect while AUDIT_FILE cannot be written: closed refuses them', example: 'closed' }),
  MCP_SECRET: commaList
    .refine((keys) => keys.every(isStrongKey), 'every key must be base64 of at least 32 bytes')
    .optional()
    .meta({
      description: 'the keys for audit hashes and signatures derive from it; the first of a list signs, all verify',
      example: '"$(openssl rand -base64 32)"',
    }),
});

export type CommonSettings = z.output<typeof commonSettings>;

/** Whether spans and metrics are to be sent anywhere. */
export const sendsTelemetry = ({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED }: CommonSettings): boolean =>
  OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && !OTEL_SDK_DISABLED;

function isStrongKey(key: string): boolean {
  // One character beyond whole groups of four is no base64 at all: `atob` would throw.
  return /^[A-Za-z0-9+/_-]{43,}={0,2}$/.test(key) && key.replace(/=+$/, '').length % 4 !== 1;
}

/** Decodes base64 or base64url. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, ''));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
