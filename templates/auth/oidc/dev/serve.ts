// npm run dev: the MCP server, restarted when a file changes, and an authorization server to sign in at.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { provider } from '../src/platform/auth/profile.js';
import { environmentFor, startLocalAuth } from './auth.js';

const providerVariables = Object.keys(provider.variables);
const isConfigured = (name: string): boolean => Boolean(process.env[name] ?? process.env[`${name}_FILE`]);
const hasOwnIssuer = isConfigured('OAUTH_ISSUER') || (providerVariables.length > 0 && providerVariables.every(isConfigured));

let extra: Record<string, string> = {};
if (hasOwnIssuer) {
  console.log(`Signing in at ${provider.profile.name}, as the environment says.`);
} else {
  const server = await startLocalAuth();
  extra = environmentFor(server);
  console.log(`Signing in at ${server.issuer}, a local authorization server with the users alice and bob. Warnings of oidc-provider are about it: production runs none.`);
}

const tsx = fileURLToPath(import.meta.resolve('tsx/cli'));
const child = spawn(process.execPath, [tsx, 'watch', '--import', './dev/changed.ts', 'src/entry/node.ts'], {
  stdio: 'inherit',
  env: { ...process.env, ...extra },
});
child.on('exit', (code) => process.exit(code ?? 1));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
