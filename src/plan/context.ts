import type { Answers } from '../answers/schema.ts';
import { shellWord, toArguments } from '../answers/command.ts';
import { unscoped } from '../answers/name.ts';
import { packageManagers, transports } from '../features/index.ts';
import type { Feature } from '../features/index.ts';

/** The values templates may use, all of them always present: a template that asks for anything else does not compile in the tests. */
export function templateContext(answers: Answers, features: readonly Feature[], version: string) {
  const transport = transports.find((one) => one.id === answers.transport) ?? transports[0];
  const packageManager = packageManagers.find((one) => one.id === answers.packageManager) ?? packageManagers[0];
  return {
    name: answers.name,
    /** The name without its scope. */
    slug: unscoped(answers.name),
    title: answers.title,
    description: answers.description,
    transport: answers.transport,
    http: transport.network,
    stdio: transport.stdio,
    auth: answers.auth,
    session: answers.session,
    deploy: answers.deploy,
    example: answers.example,
    namespace: answers.namespace ?? '',
    securityContact: contactUri(answers.securityContact ?? ''),
    packageManager: answers.packageManager,
    lockfile: packageManager.lockfile,
    install: `${packageManager.id} install`,
    ci: packageManager.ci,
    run: packageManager.run,
    separator: packageManager.separator,
    start: transport.start,
    commands: commands.filter(({ name }) => features.some((feature) => feature.scripts?.[name] !== undefined)),
    mcpName: `${answers.namespace ?? ''}/${unscoped(answers.name)}`,
    sections: features.flatMap((feature) => feature.readme ?? []).map(({ title, body }) => ({ title, body: body.replaceAll('npm run', packageManager.run) })),
    command: [packageManager.create.replace('@latest', `@${version}`), ...toArguments(answers).map(shellWord)].join(' '),
    version,
  };
}

/** The scripts a README should name, with what they are for. */
const commands = [
  { name: 'dev', about: 'starts the server from source and watches it' },
  { name: 'dev:stdio', about: 'a prompt that calls tools over stdio' },
  { name: 'verify', about: 'lint, types, tests, index files and lock: what CI runs' },
  { name: 'build', about: 'one file per entry in `dist/`' },
  { name: 'start', about: 'starts what was built' },
  { name: 'start:stdio', about: 'the same over stdio' },
  { name: 'lock', about: 'writes `tools.lock.json` anew' },
  { name: 'inspect', about: 'opens the MCP Inspector' },
] as const;

export type TemplateContext = ReturnType<typeof templateContext>;

/** RFC 9116 wants a URI; an address alone becomes `mailto:`. */
function contactUri(contact: string): string {
  return contact === '' || /^(?:https:|mailto:)/.test(contact) ? contact : `mailto:${contact}`;
}
