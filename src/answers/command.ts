import { providerInputKeys, providerInputs } from '../features/index.ts';
import type { Answers } from './schema.ts';
import { titleFrom, unscoped } from './name.ts';

/** Description when none is given. */
export function defaultDescription(title: string): string {
  return `${title}: an MCP server.`;
}

/**
 * Flags that give these answers again, in a directory called after the name. What a default would give anyway is left out,
 * and `--yes` takes it, so that nothing is asked in a terminal either.
 */
export function toArguments(answers: Answers, directory: string = unscoped(answers.name)): string[] {
  const flags: [string, string | undefined][] = [
    ['--name', answers.name === baseName(directory) ? undefined : answers.name],
    ['--title', answers.title === titleFrom(answers.name) ? undefined : answers.title],
    ['--description', answers.description === defaultDescription(answers.title) ? undefined : answers.description],
    ['--transport', answers.transport],
    ['--auth', answers.auth],
    ...providerInputKeys.map((key): [string, string | undefined] => [providerInputs[key].flag.split(' ')[0] ?? key, answers[key]]),
    ['--session', answers.session],
    ['--deploy', answers.deploy.join(',')],
    ['--package-manager', answers.packageManager],
    ['--namespace', answers.namespace],
    ['--security-contact', answers.securityContact],
  ];
  const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : value.startsWith('-') ? [`${flag}=${value}`] : [flag, value]));
  return [directory, ...given, ...(answers.example ? [] : ['--no-example']), '--yes'];
}

function baseName(directory: string): string {
  return /([^\\/]*)[\\/]*$/.exec(directory)?.[1] ?? '';
}

/** Quotes one word for a POSIX shell, only where it needs it. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
