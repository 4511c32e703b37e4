import * as z from 'zod/mini';
import { usageError } from '../error.ts';
import { broker, brokered, byId, transports } from '../features/index.ts';
import type { Transport } from '../features/index.ts';
import { defaultDescription } from './command.ts';
import { suggestName, titleFrom } from './name.ts';
import { assertInputs } from './provider-inputs.ts';
import { answerMeta, answersSchema } from './schema.ts';
import type { Answers } from './schema.ts';

export type PartialAnswers = { [K in keyof Answers]?: Answers[K] | undefined };

/** Answers that have no safe default without a person or `--yes`. */
export const essential = ['transport', 'auth', 'session', 'deploy'] as const satisfies readonly (keyof Answers)[];

/** The long flag of an answer, as a user types it. */
export function flagOf(key: keyof Answers): string {
  const meta = answerMeta.get(answersSchema.shape[key]);
  return meta?.flag.split(' ')[0] ?? `--${key}`;
}

/** Where answers came from, for the message about a wrong one. */
export interface Source {
  readonly title: string;
  readonly nameOf: (key: keyof Answers) => string;
  readonly hint: string;
}

/**
 * Checks what was given, whatever it came from.
 * @throws {UserError} `invalid_answers` (exit 2) naming each wrong answer as the source does.
 */
export function parsePartial(given: unknown, source: Source): PartialAnswers {
  const result = z.partial(answersSchema).safeParse(given);
  if (result.success) return result.data;
  const { issues } = result.error;
  const faults = [...new Set(issues.map((issue) => describe(issue, given, source)))];
  throw usageError('invalid_answers', `${source.title}: ${listed(faults, '; ')}.`, suggestion(issues, given) ?? source.hint);
}

const typeNames: Readonly<Record<string, string>> = { string: 'text', boolean: 'true or false', array: 'a list', object: 'an object' };

function describe(issue: z.core.$ZodIssue, given: unknown, { nameOf }: Source): string {
  if (issue.code === 'unrecognized_keys') return `unknown ${issue.keys.length === 1 ? 'answer' : 'answers'} ${listed(issue.keys.map(printable))}`;
  const [key, index] = issue.path;
  if (key === undefined) return 'the answers must be an object';
  const name = nameOf(key as keyof Answers);
  if (issue.code === 'invalid_type') return `${name} must be ${typeNames[issue.expected] ?? issue.expected}`;
  if (issue.code !== 'invalid_value') return `${name} ${issue.message}`;
  const value = (given as Record<PropertyKey, unknown>)[key];
  const wrong = index === undefined ? value : (value as Record<PropertyKey, unknown>)[index];
  return `${name} ${printable(wrong)} must be one of ${issue.values.map(String).join(', ')}`;
}

function suggestion(issues: readonly z.core.$ZodIssue[], given: unknown): string | undefined {
  if (issues.some((issue) => issue.path[0] === 'auth')) {
    const { auth } = given as { auth?: unknown };
    const why = typeof auth === 'string' && Object.hasOwn(brokered, auth) ? brokered[auth] : undefined;
    if (why !== undefined) return `${why} ${broker}`;
  }
  if (!issues.some((issue) => issue.path[0] === 'name')) return undefined;
  const { name } = given as { name?: unknown };
  const suggested = typeof name === 'string' ? suggestName(name) : undefined;
  return suggested === undefined ? undefined : `For example ${suggested}`;
}

/** The first few of a list that may be as long as someone else's file. */
export function listed(words: readonly string[], separator = ', '): string {
  return [...words.slice(0, 5), ...(words.length > 5 ? [`${words.length - 5} more`] : [])].join(separator);
}

/** A value as it can be shown in a terminal: quoted, one line, no escape sequence survives. */
export function printable(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value) ?? 'undefined';
  return text.replace(/[\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).slice(0, 80);
}

/** Fills what is still open with its default. Pure: everything it depends on is passed in. */
export function withDefaults(given: PartialAnswers, detected: { name: string; packageManager: Answers['packageManager'] }): Answers {
  const name = given.name ?? detected.name;
  const transport = given.transport ?? 'http';
  const title = given.title ?? titleFrom(name);
  const answers = answersSchema.parse({
    ...given,
    name,
    title,
    description: given.description ?? defaultDescription(title),
    transport,
    auth: given.auth ?? byId<Transport>(transports, transport).defaultAuth,
    session: given.session ?? 'stateless',
    deploy: given.deploy ?? [byId<Transport>(transports, transport).defaultDeploy],
    packageManager: given.packageManager ?? detected.packageManager,
    example: given.example ?? true,
  });
  assertPublishable(answers);
  assertInputs(answers);
  return answers;
}

/** The registry's limit on a description (server.json, schema 2025-12-11), in characters. */
const registryDescription = 100;

/** @throws {UserError} `refused_combination` (exit 2) when server.json could not carry the description as it is. */
export function assertPublishable({ namespace, description }: Answers): void {
  if (namespace === undefined || description.length <= registryDescription) return;
  throw usageError(
    'refused_combination',
    `--namespace with a --description of ${description.length} characters: server.json allows ${registryDescription}.`,
    'Shorten --description, or leave --namespace out.',
  );
}
