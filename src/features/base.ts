import type { Feature } from './feature.ts';

/** What every generated repo has, whatever the answers. */
export const base: Feature = {
  id: 'base',
  title: 'MCP server',
  hint: 'TypeScript, tests, both protocol eras',
  templates: ['base'],
  // Of OpenTelemetry only what sends: no instrumentation that patches modules.
  dependencies: [
    '@modelcontextprotocol/server', '@opentelemetry/api', '@opentelemetry/core', '@opentelemetry/exporter-metrics-otlp-proto', '@opentelemetry/exporter-trace-otlp-proto',
    '@opentelemetry/resources', '@opentelemetry/sdk-metrics', '@opentelemetry/sdk-trace-node', 'cockatiel', 'ipaddr.js', 'undici', 'zod',
  ],
  entries: ['public_fetch', 'telemetry'],
  devDependencies: ['@modelcontextprotocol/client', '@types/node', 'esbuild', 'oxlint', 'tsx', 'typescript', 'vitest'],
  scripts: {
    // The banner is for packages that are CommonJS, as many drivers are. What few servers need is no part of the entries that load it.
    build: `esbuild {entries} --bundle --external:./public_fetch.js --external:./telemetry.js --platform=node --target=node20.19 --format=esm --sourcemap --sources-content=false --log-level=warning --outdir=dist "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"`,
    test: 'vitest run',
    'test:e2e': '{run} build && vitest run --config vitest.e2e.config.ts',
    typecheck: 'tsc --noEmit',
    lint: 'oxlint --deny-warnings',
    lock: 'tsx dev/lock.ts',
    verify: '{run} lint && {run} typecheck && {run} test',
    inspect: 'node dev/inspect.mjs',
  },
  environment: [
    { name: 'NODE_ENV', value: 'development', about: 'production turns the checks for production on' },
    { name: 'LOG_LEVEL', value: 'info', about: 'debug, info, warn, error or silent; audit records are written whatever it says' },
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: '', about: 'where an OpenTelemetry collector takes OTLP over HTTP, as http://localhost:4318; unset, no telemetry code is even loaded. Not for Workers' },
    { name: 'OTEL_EXPORTER_OTLP_HEADERS', value: '', about: 'what it wants to be sent with each report, as api-key=abc,tenant=acme' },
    { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', value: 'http/protobuf', about: 'there is no other' },
    { name: 'OTEL_METRIC_EXPORT_INTERVAL', value: '60000', about: 'time between two reports of metrics, in milliseconds' },
    { name: 'OTEL_SDK_DISABLED', value: 'false', about: 'true sends nothing, whatever else is set' },
    { name: 'AUDIT_FILE', value: '', about: 'file for audit records, one JSON object per line, which may be rotated; the log when empty' },
    { name: 'AUDIT_FAIL_MODE', value: 'closed', about: 'while AUDIT_FILE cannot be written: closed refuses calls that have an effect, open lets them through' },
    { name: 'TOOL_PROFILE', value: 'all', about: 'all tools, or write: none that destroys, or read: none that changes anything' },
    {
      name: 'MCP_SECRET',
      value: '',
      about: 'base64, 32 bytes or more, the same on every instance (openssl rand -base64 32); a comma-separated list rotates: the first signs, all verify. Required in production over HTTP',
    },
  ],
  operations: {
    reasons: [
      { sign: '`loop`', means: 'a client made the same call with the same arguments thirty times within a minute, or it failed five times', first: 'what its calls got: the records with the same `args_hash`' },
      { sign: '`declined`', means: 'the user was asked before something irreversible, and did not agree', first: 'nothing' },
    ],
    events: [
      { sign: '`process.crashed`', means: 'something was thrown that nobody caught; the process has ended', first: 'the frames in `at` say where; start again with `LOG_LEVEL=debug` to see the message' },
      { sign: '`audit.failing`', means: '`AUDIT_FILE` cannot be written (or nobody finds it: its folder is gone): records are lost, and calls that have an effect are refused (`AUDIT_FAIL_MODE`); `audit.back` ends it and says how many are missing', first: 'look at `code`: ENOSPC is a full disk' },
      { sign: '`upstream.failing`', means: 'more than half of the last answers of an API were failures: calls that need it are refused for a second, then one is let through; while those fail it rests longer, 5 s at most; `upstream.back` ends it', first: 'ask the API itself; other tools go on' },
      { sign: '`tool.failed`, `read.failed`', means: 'a tool, resource or prompt threw something that is no `ToolError`; the client got class `internal`', first: '*one call* below, by its id' },
      { sign: '`telemetry.lost`', means: 'the collector does not take spans or metrics, or not fast enough: some are lost, calls are answered all the same; said once a minute', first: '`curl -i -X POST -H "content-type: application/x-protobuf" "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces"` from the same machine: 200 means that it listens' },
    ],
  },
};
