import { answerFlags } from 'virtual:answer-flags';
import { shellWord } from '../answers/command.ts';
import { usageError } from '../error.ts';
import type { CreateInput } from './flags.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A flag of ours, and how the environment shows that npm took it. */
interface Flag {
  readonly key: string;
  readonly flag: string;
  readonly takesValue: boolean;
  readonly choices?: readonly string[] | undefined;
  /** True for the value that someone who typed our flag would have caused: npm has settings of some of these names too. */
  readonly typed: (value: string) => boolean;
}

const isTrue = (value: string) => value === 'true';
const isFalse = (value: string) => value === '' || value === 'false';
const isAnything = () => true;

/** `--yes` is not among them: npm has a use for it (`npx --yes`), so it only counts when answers are missing. */
const flags: readonly Flag[] = [
  ...answerFlags.map(({ key, flag, choices }): Flag => {
    const takesValue = flag.includes('<');
    const typed = !takesValue ? isFalse : key === 'description' ? (value: string) => !isTrue(value) && !isFalse(value) : isAnything;
    return { key, flag: flag.split(' ')[0] ?? '', takesValue, choices, typed };
  }),
  { key: 'answers', flag: '--answers', takesValue: true, typed: isAnything },
  { key: 'install', flag: '--no-install', takesValue: false, typed: isFalse },
  { key: 'git', flag: '--no-git', takesValue: false, typed: isFalse },
  { key: 'interactive', flag: '--no-interactive', takesValue: false, typed: isFalse },
  { key: 'overwrite', flag: '--overwrite', takesValue: false, typed: isTrue },
  { key: 'dryRun', flag: '--dry-run', takesValue: false, typed: isTrue },
  { key: 'json', flag: '--json', takesValue: false, typed: isTrue },
  { key: 'diff', flag: '--diff', takesValue: false, typed: isAnything },
];

/** What `npm_command` says when npm started us through `npm create` or `npm exec`. */
const starters = new Set(['init', 'create', 'exec']);

/**
 * `npm create x --flag v` keeps the flag for npm: we would see only `v`, and quietly generate defaults.
 * npm leaves a trace in the environment (`npm_config_flag`), read here.
 * @throws {UserError} `swallowed_flags` (exit 2) with the corrected command.
 */
export function assertNothingSwallowed({ directory, extra, flags: given }: CreateInput, env: Env): void {
  const positionals = [...(directory === undefined ? [] : [directory]), ...extra];
  const swallowed = startedByNpm(env) ? flags.filter((one) => !Object.hasOwn(given, one.key) && wasTyped(one, env)) : [];
  if (swallowed.length > 0) throw kept(swallowed.map(({ flag }) => flag), restored(swallowed, positionals, env));
  if (extra.length > 0) {
    const through = startedByNpm(env) ? ' Through npm create, put -- before the flags.' : '';
    throw usageError('usage', `Unexpected argument ${shellWord(extra[0] ?? '')}.`, `One directory, then flags.${through} See --help`);
  }
}

/** Answers are missing, and npm was told `--yes`: probably it was meant for us. @throws {UserError} `swallowed_flags` (exit 2). */
export function assertYesNotSwallowed(directory: string, env: Env): void {
  if (startedByNpm(env) && isTrue(env['npm_config_yes'] ?? '')) throw kept(['--yes'], [directory, '--yes']);
}

function startedByNpm(env: Env): boolean {
  return starters.has(env['npm_command'] ?? '');
}

function kept(names: readonly string[], words: readonly string[]) {
  return usageError(
    'swallowed_flags',
    `npm kept ${names.join(', ')} for itself: without -- before them, flags do not reach create-mcp-server.`,
    `Run: npm create mcp-server@latest -- ${words.map(shellWord).join(' ')}`,
  );
}

function npmConfig(flag: string, env: Env): string | undefined {
  return env[`npm_config_${flag.replace(/^--(?:no-)?/, '').replaceAll('-', '_')}`];
}

function wasTyped({ flag, typed }: Flag, env: Env): boolean {
  const value = npmConfig(flag, env);
  return value !== undefined && typed(value);
}

/** The words after `--`: positional arguments that were a flag's value go back behind it. */
function restored(swallowed: readonly Flag[], positionals: readonly string[], env: Env): string[] {
  const loose = [...positionals];
  const diff = npmConfig('--diff', env);
  // npm's own --diff takes a value, so it also took the word that came next: a flag, or the directory.
  const taken = diff === undefined || isTrue(diff) ? [] : [diff];
  if (taken[0]?.startsWith('-') === false) loose.unshift(...taken.splice(0));
  const lost = swallowed.filter((one) => one.takesValue && isTrue(npmConfig(one.flag, env) ?? ''));
  const values = new Map<Flag, string>();
  const open = lost.filter((one) => one.choices !== undefined).map((one) => ({ one, fits: loose.filter((word) => fits(word, one)) }));
  // The flag with the fewest candidates chooses first: `npm` may be a deploy target or a package manager.
  for (const { one } of open.toSorted((a, b) => a.fits.length - b.fits.length)) {
    const at = loose.findIndex((word) => fits(word, one));
    if (at !== -1) values.set(one, ...loose.splice(at, 1) as [string]);
  }
  // Whose a text is can only be told when there is one of each.
  const [text, ...otherTexts] = lost.filter((one) => one.choices === undefined);
  const [directory, ...rest] = loose;
  if (text !== undefined && otherTexts.length === 0 && rest.length === 1) values.set(text, rest[0] ?? '');
  return [...(directory === undefined ? [] : [directory]), ...swallowed.flatMap((one) => spelled(one, values.get(one), env)), ...taken];
}

function fits(word: string, { choices }: Flag): boolean {
  return word.split(',').every((part) => choices?.includes(part) === true);
}

function spelled(one: Flag, loose: string | undefined, env: Env): string[] {
  if (!one.takesValue) return [one.flag];
  const value = npmConfig(one.flag, env);
  return [one.flag, loose ?? (value === undefined || isTrue(value) || value === '' ? `<${one.flag.slice(2)}>` : value)];
}
