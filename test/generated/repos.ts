import { withDefaults } from '../../src/answers/resolve.ts';
import type { PartialAnswers } from '../../src/answers/resolve.ts';
import type { Answers } from '../../src/answers/schema.ts';

/** Generated repos that together cover every value of every answer, and the pairs that share a file. */
const given = {
  'http-notes': { transport: 'http' },
  'http-empty': { transport: 'http', example: false, packageManager: 'pnpm' },
  'http-memory': { transport: 'http', session: 'memory' },
  'http-redis': { transport: 'http', session: 'redis' },
  'stdio-notes': { transport: 'stdio' },
  'stdio-empty': { transport: 'stdio', example: false, deploy: ['docker'], packageManager: 'yarn' },
  'both-notes': {
    transport: 'both',
    deploy: ['docker', 'npm'],
    namespace: 'com.example',
    securityContact: 'security@example.com',
    title: 'Nöte "keeper" ${x} {{y}}',
    description: `Keeps 'notes' \`safe\` \\ and */ sound --> \${HOME} {{z}} 🗒`,
  },
  'both-empty': { transport: 'both', example: false, deploy: ['npm'], packageManager: 'bun' },
} satisfies Record<string, PartialAnswers>;

export type RepoName = keyof typeof given;

/** Answers by folder name. */
export const repos = Object.fromEntries(
  Object.entries(given).map(([name, answers]) => [name, withDefaults(answers, { name, packageManager: 'npm' })]),
) as Record<RepoName, Answers>;
