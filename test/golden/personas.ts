import { withDefaults } from '../../src/answers/resolve.ts';
import type { PartialAnswers } from '../../src/answers/resolve.ts';
import type { Answers } from '../../src/answers/schema.ts';

/** Six people and what they answer: together every value that is offered, and text that tries to break out. */
const given = {
  // Takes every default.
  newcomer: { name: 'notes-server' },
  // Ships a local server that people start with npx.
  'desktop-author': { name: '@acme/desk-notes', transport: 'stdio', deploy: ['npm'], namespace: 'com.example.acme', securityContact: 'security@example.com' },
  // One repository for developers on stdio and users on HTTP.
  'platform-team': { name: '@acme/team-notes', title: 'Team notes', description: 'Notes of a team, one server for all of them.', transport: 'both', auth: 'entra', tenant: '00000000-0000-4000-8000-000000000000', clientId: '00000000-0000-4000-8000-000000000001', session: 'redis', deploy: ['docker', 'npm', 'kubernetes', 'ecs', 'cloud-run', 'fly', 'systemd'], packageManager: 'pnpm', namespace: 'com.example.acme', securityContact: 'https://example.com/security' },
  // Brings the tools, wants none of ours.
  minimalist: { name: 'bare-server', transport: 'http', auth: 'none', deploy: ['docker', 'lambda', 'cloudflare'], packageManager: 'yarn', example: false },
  // Runs a local server in a container.
  'sandbox-user': { name: 'boxed-server', transport: 'stdio', deploy: ['docker'], packageManager: 'bun', example: false },
  // Writes in every script there is, and in every language's quotes.
  polyglot: {
    name: 'polyglot-server',
    title: 'Nöte "keeper" ${x} {{y}} 日本',
    description: `Keeps 'notes' \`safe\` \\ and */ sound --> \${HOME} {{z}} #{q} %s שלום 🗒`,
    transport: 'both',
    auth: 'cognito',
    session: 'memory',
    deploy: ['npm'],
    example: false,
  },
} satisfies Record<string, PartialAnswers & { name: string }>;

export type Persona = keyof typeof given;

export const personas = Object.fromEntries(
  Object.entries(given).map(([persona, answers]) => [persona, withDefaults(answers, { name: answers.name, packageManager: 'npm' })]),
) as Record<Persona, Answers>;
