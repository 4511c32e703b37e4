import { withDefaults } from '../../src/answers/resolve.ts';
import type { PartialAnswers } from '../../src/answers/resolve.ts';
import type { Answers } from '../../src/answers/schema.ts';

/** Generated repos that together cover every value of every answer, and the pairs that share a file. */
const given = {
  'http-notes': { transport: 'http', auth: 'none' },
  'http-empty': { transport: 'http', auth: 'none', example: false, packageManager: 'pnpm' },
  'http-memory': { transport: 'http', auth: 'none', session: 'memory' },
  'http-redis': { transport: 'http', auth: 'none', session: 'redis', deploy: ['docker', 'systemd'] },
  'stdio-notes': { transport: 'stdio' },
  'stdio-empty': { transport: 'stdio', example: false, deploy: ['docker'], packageManager: 'yarn' },
  'both-notes': {
    transport: 'both',
    auth: 'none',
    deploy: ['docker', 'npm'],
    namespace: 'com.example',
    securityContact: 'security@example.com',
    title: 'Nöte "keeper" ${x} {{y}}',
    description: `Keeps 'notes' \`safe\` \\ and */ sound --> \${HOME} {{z}} 🗒`,
  },
  'both-empty': { transport: 'both', auth: 'none', example: false, deploy: ['npm'], packageManager: 'bun' },
  'auth-oidc': { transport: 'http', auth: 'oidc' },
  'auth-auth0': { transport: 'http', auth: 'auth0' },
  'auth-okta': { transport: 'http', auth: 'okta' },
  'auth-entra': { transport: 'http', auth: 'entra' },
  'auth-keycloak': { transport: 'both', auth: 'keycloak' },
  'auth-cognito': { transport: 'http', auth: 'cognito' },
  'auth-clerk': { transport: 'http', auth: 'clerk' },
  'auth-workos': { transport: 'http', auth: 'workos' },
  'serverless-empty': { transport: 'http', auth: 'none', example: false, deploy: ['lambda', 'cloudflare'] },
  'serverless-none': { transport: 'http', auth: 'none', deploy: ['ecs', 'lambda', 'cloudflare'] },
  'objects-none': { transport: 'http', auth: 'none', session: 'memory', deploy: ['docker', 'cloudflare'] },
  'objects-oidc': { transport: 'http', auth: 'oidc', session: 'memory', deploy: ['cloudflare'] },
  'serverless-oidc': { transport: 'http', auth: 'oidc', deploy: ['lambda', 'cloudflare'] },
  'auth-redis': { transport: 'http', auth: 'oidc', session: 'redis', deploy: ['docker', 'ecs'] },
} satisfies Record<string, PartialAnswers>;

export type RepoName = keyof typeof given;

/** Answers by folder name. */
export const repos = Object.fromEntries(
  Object.entries(given).map(([name, answers]) => [name, withDefaults(answers, { name, packageManager: 'npm' })]),
) as Record<RepoName, Answers>;
