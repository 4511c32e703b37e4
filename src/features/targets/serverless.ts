import type { DeployTarget } from '../feature.ts';

/** Nobody asks for these over stdio: a rule refuses it. */
const stdio = '';

const wrangler = `\`src/entry/worker.ts\` and \`wrangler.jsonc\`, where \`MCP_PUBLIC_URL\` and <required> go. Wrangler needs Node.js 22 or newer.

\`\`\`sh
npx --yes wrangler@4.164.0 login
npm run deploy:cloudflare
openssl rand -base64 32 | npx --yes wrangler@4.164.0 secret put MCP_SECRET
\`\`\``;

const atTheEdge = `Who sends too many bad tokens is told by the address that Cloudflare saw, and counted over all isolates of a location (\`ratelimits\`); behind a
proxy of your own set \`TRUSTED_PROXY_HOPS=1\`.
\`npm run dev:cloudflare\` serves it on http://localhost:8787/mcp with what \`.dev.vars\` says (copy \`.dev.vars.example\`). Checked without an account: wrangler's bundle, and the whole server in its runtime, without compatibility flags.`;

/** Platforms that start an instance when a request comes. */
export const serverlessTargets = [
  {
    id: 'lambda',
    title: 'AWS Lambda',
    hint: 'a function with a streaming URL, by CDK; nothing runs while nobody calls, and no stream of changes',
    kind: 'network',
    severalInstances: true,
    sharedState: { severity: 'warned', why: 'Redis must be reachable from outside a VPC with TLS, and every concurrent call opens a connection.' },
    templates: ['deploy/aws', 'deploy/lambda'],
    entries: ['lambda'],
    infrastructure: { lambda: 'cdk deploy --app "tsx lambda.ts"' },
    use: {
      network: `\`deploy/aws/lambda.ts\` is a CDK stack: one arm64 function on Node.js 24, its URL with response streaming, and its log for 30 days.
\`MCP_SECRET\` is made by Secrets Manager and never leaves AWS; who may read the configuration of the function can read it. With the
variables of the server (<required>) in your shell:

\`\`\`sh
npm run build && npm --prefix deploy/aws install
npm --prefix deploy/aws run lambda
MCP_PUBLIC_URL=https://<id>.lambda-url.<region>.on.aws/mcp npm --prefix deploy/aws run lambda
\`\`\`

The second prints the URL, and until the third the function refuses to start and says that \`MCP_PUBLIC_URL\` is missing. Cost: per call and
millisecond of 512 MB, and 0.40 USD a month for the secret; ten instances at most, until you raise \`reservedConcurrentExecutions\`.
A call may take 60 s. \`subscriptions/listen\` is refused, because an instance hears nothing of the others. Whose bad tokens are too many is told by
the address that AWS saw; behind CloudFront set \`TRUSTED_PROXY_HOPS=1\`. Behind an HTTP API, which takes answers in one piece, name \`buffered\`
instead of \`handler\`. With \`OTEL_EXPORTER_OTLP_ENDPOINT\` each answer is followed by what there is to send, before the function is frozen: that is
paid for, and behind an HTTP API waited for, 2 s at most, so name a collector nearby, such as OpenTelemetry's Lambda
layer. Redis, if any: put its URL into the secret \`<app>/REDIS_URL\` first.
Checked without AWS: the template, and the handler with events of all three kinds. Real permissions, quotas and streaming are not.`,
      stdio,
    },
  },
  {
    id: 'cloudflare',
    title: 'Cloudflare Workers',
    hint: 'at the edge, by wrangler; with state in memory a Durable Object per tenant is the server, without nothing is kept and there is no stream of changes',
    kind: 'network',
    severalInstances: true,
    sharedState: { severity: 'refused', why: 'a Worker cannot hold a connection to Redis beyond the request that opened it.' },
    templates: ['deploy/cloudflare'],
    stateTemplates: { none: ['deploy/cloudflare_isolates'], process: ['deploy/cloudflare_objects'] },
    operations: { refusals: [{ sign: 'The server is not configured.', means: 'the Worker lacks a variable or has a wrong one', first: '`npx --yes wrangler@4.164.0 tail`: its log names what to set' }] },
    scripts: { 'dev:cloudflare': 'npx --yes wrangler@4.164.0 dev', 'deploy:cloudflare': 'npx --yes wrangler@4.164.0 deploy' },
    use: {
      network: `${wrangler}

Until all of it is set, every request is answered with 503 and the Worker's log says what is missing. Cost: per request and CPU
millisecond; the free plan's 10 ms are enough for small tools. Each isolate remembers idempotency keys for itself and forgets them when it is evicted;
\`subscriptions/listen\` is refused.
${atTheEdge}`,
      stdio,
    },
    placed: {
      where: 'On Cloudflare Workers a Durable Object per tenant keeps all of it: when that is restarted, only running calls and open streams end.',
      use: `${wrangler}

Until all of it is set, every request is answered with 503 and the Worker's log says what is missing. The Worker itself only checks who calls.
Isolates know nothing of each other, so all else is done in a Durable Object per tenant, the class \`Tenant\`: one process, near the tenant's first caller,
which keeps sessions, handles, idempotency keys and limits in its SQLite storage. No tenant reaches, fills or slows down the object of another; one tenant
has one thread. Streams of changes and sessions of the 2025 era work as on one machine; a call whose client leaves goes on to its end or deadline.
What has expired is removed by an alarm. Cost: two requests for each, and the time for which objects are awake, as an open stream keeps them.
${atTheEdge}`,
      operations: {
        refusals: [
          { sign: 'What is kept for this tenant cannot be reached at the moment.', means: 'the Durable Object of one tenant is restarted, or has more to do than one thread can', first: '`npx --yes wrangler@4.164.0 tail`: `tenant.unreachable` says why' },
        ],
        events: [
          { sign: '`tenant.unreachable`', means: 'as the refusal above', first: 'if it says overloaded: lower the rate limits of this tenant' },
          { sign: '`limits.in_process`, `idempotency.not_kept`, `idempotency.not_released`, `change.lost`', means: 'the storage of an object has failed, or is full', first: 'https://www.cloudflarestatus.com' },
        ],
      },
    },
  },
] as const satisfies readonly DeployTarget[];
