import * as z from 'zod/mini';
import { authProviders, deployTargets, packageManagers, providerInputs, sessionStores, transports } from '../features/index.ts';
import { nameFault } from './name.ts';
import type { ProviderInputKey } from '../features/index.ts';
import { textFault } from './text.ts';

/** What the CLI knows about an answer beside its type: from here come flags, help, prompts and JSON Schema descriptions. */
export interface AnswerMeta {
  /** commander's notation. */
  readonly flag: string;
  readonly description: string;
  /** The interview's question; an answer without one is only a flag. */
  readonly prompt?: string;
}

/** Flag, help text and question of every answer. */
export const answerMeta = z.registry<AnswerMeta>();

type Ids<F extends readonly { readonly id: string }[]> = { [K in keyof F]: F[K]['id'] };
function ids<const F extends readonly { readonly id: string }[]>(features: F): Ids<F> {
  return features.map((feature) => feature.id) as Ids<F>;
}

function checked(fault: (text: string) => string | undefined) {
  return z.string().check((context) => {
    const message = fault(context.value);
    if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value });
  });
}

/** What a provider is found by; its own shape is judged beside the provider (provider-inputs.ts). */
function input(key: ProviderInputKey) {
  return z.optional(checked((text) => textFault(text, 512))).register(answerMeta, providerInputs[key]);
}

const reverseDns = /^[a-zA-Z][a-zA-Z0-9-]*(?:\.[a-zA-Z0-9][a-zA-Z0-9-]*)+$/;
const contact = /^(?:mailto:)?[^\s@<>"\p{Cc}\p{Cs}]+@[^\s@<>"\p{Cc}\p{Cs}]+\.[^\s@<>"\p{Cc}\p{Cs}]+$|^https:\/\/[^\s<>"\p{Cc}\p{Cs}]+$/u;

/**
 * Everything that decides what is generated, and nothing else: the same answers and the same version give the same bytes.
 * Stored as `answers` in `.mcp-gen.json`; no path, no secret.
 */
export const answersSchema = z.strictObject({
  name: checked(nameFault).register(answerMeta, {
    flag: '--name <name>',
    description: 'npm package name, @scope/name allowed (default: the folder name)',
  }),
  title: checked((text) => textFault(text, 100)).register(answerMeta, {
    flag: '--title <text>',
    description: 'name shown to people (default: from the name)',
  }),
  description: checked((text) => textFault(text, 1000)).register(answerMeta, {
    flag: '--description <text>',
    description: 'one line: what the server is for',
  }),
  transport: z.enum(ids(transports)).register(answerMeta, {
    flag: '--transport <transport>',
    description: 'how clients reach the server',
    prompt: 'How will clients reach the server?',
  }),
  auth: z.enum(ids(authProviders)).register(answerMeta, {
    flag: '--auth <provider>',
    description: 'who signs users in',
    prompt: 'Who signs users in?',
  }),
  issuer: input('issuer'),
  domain: input('domain'),
  tenant: input('tenant'),
  clientId: input('clientId'),
  region: input('region'),
  userPoolId: input('userPoolId'),
  clientIds: input('clientIds'),
  frontendApi: input('frontendApi'),
  session: z.enum(ids(sessionStores)).register(answerMeta, {
    flag: '--session <store>',
    description: 'where state lives',
    prompt: 'Where does state live?',
  }),
  deploy: z
    .array(z.enum(ids(deployTargets)))
    .check(z.minLength(1, 'must name at least one target'), z.refine((list) => new Set(list).size === list.length, 'must not name a target twice'))
    .register(answerMeta, {
      flag: '--deploy <targets>',
      description: 'where it will run, comma-separated',
      prompt: 'Where will it run?',
    }),
  packageManager: z.enum(ids(packageManagers)).register(answerMeta, {
    flag: '--package-manager <pm>',
    description: 'default: the one that started this command, else the one in use around the directory',
  }),
  example: z.boolean().register(answerMeta, {
    flag: '--no-example',
    description: 'an empty, working server without the notes example',
    prompt: 'Start with the notes example?',
  }),
  namespace: z.optional(z.string().check(z.maxLength(128, 'must be at most 128 characters'), z.regex(reverseDns, 'must be a reverse domain name such as com.example'))).register(
    answerMeta,
    { flag: '--namespace <reverse-dns>', description: 'publisher, as com.example: adds server.json and the server card' },
  ),
  securityContact: z.optional(z.string().check(z.maxLength(256, 'must be at most 256 characters'), z.regex(contact, 'must be an e-mail address or an https URL'))).register(
    answerMeta,
    { flag: '--security-contact <mail or url>', description: 'adds SECURITY.md and security.txt' },
  ),
});

export type Answers = z.infer<typeof answersSchema>;
