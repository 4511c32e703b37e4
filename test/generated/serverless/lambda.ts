import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, serverEnv } from '../start.ts';
import type { Running } from '../start.ts';
import { until } from '../wire/server.ts';

/** Function URL, REST API with streaming, HTTP API: what a function is called by. */
export type Integration = 'url' | 'rest' | 'http';

const runtime = fileURLToPath(new URL('lambda-runtime.mjs', import.meta.url));

/** Calls `dist/lambda.js` of a built repo as Lambda does, behind a port of loopback. */
export async function startLambda(repo: string, kind: Integration, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const port = await freePort();
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  const child = spawn(process.execPath, [runtime, path.join(repo, 'dist/lambda.js'), kind, String(port)], { env: serverEnv({ MCP_PUBLIC_URL: url.href, ...env }) });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the function did not start:\n${output}`);
    return fetch(new URL('/healthz', url)).then(({ ok }) => ok, () => false);
  });
  return {
    url,
    output: () => output,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
