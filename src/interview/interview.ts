import { intro, log, outro } from '@clack/prompts';
import type { PartialAnswers } from '../answers/resolve.ts';
import { inputFault } from '../answers/provider-inputs.ts';
import { refusal } from '../answers/rules.ts';
import { answerMeta, answersSchema } from '../answers/schema.ts';
import type { Answers } from '../answers/schema.ts';
import { authProviders, byId, deployTargets, sessionStores, transports } from '../features/index.ts';
import type { AuthProvider, Feature, Transport } from '../features/index.ts';
import type { Ask, Option } from './ask.ts';

export interface InterviewInput {
  /** As typed; a question is skipped when its flag was given. */
  readonly directory: string | undefined;
  readonly given: PartialAnswers;
  readonly fallback: string;
  /** Why a typed directory can't be used, with what to type instead; undefined when it can. */
  readonly directoryFault: (directory: string) => string | undefined;
}

/** Asks for everything that no flag answered, in the order in which answers rule out later ones. */
export async function interview({ directory, given, fallback, directoryFault }: InterviewInput, ask: Ask): Promise<{ directory: string; given: PartialAnswers }> {
  intro('create-mcp-server');
  const answers: PartialAnswers = { ...given };
  const where = directory ?? (await ask.text('Where should the server be created?', fallback, directoryFault));
  answers.transport ??= await choose(ask, 'transport', transports, answers);
  answers.auth ??= await choose(ask, 'auth', authProviders, answers);
  for (const one of byId<AuthProvider>(authProviders, answers.auth).inputs) answers[one.key] ??= await ask.optional(`${one.variable}? ${one.about}. Enter: later`, one.example, (value) => inputFault(one, value));
  answers.session ??= await choose(ask, 'session', sessionStores, answers);
  const { defaultDeploy } = byId<Transport>(transports, answers.transport);
  const targets = deployTargets.map((target) => option<Answers['deploy'][number]>(target, refusal({ ...answers, deploy: [target.id] })?.reason));
  answers.deploy ??= await ask.some(question('deploy'), targets, targets.map(({ value }) => value).filter((id) => id === defaultDeploy));
  answers.example ??= await ask.yes(question('example'));
  outro('All answered.');
  return { directory: where, given: answers };
}

/** A choice among features, judged by the same rules as the flags; with one left there is nothing to ask, but it is said. */
async function choose<K extends 'transport' | 'auth' | 'session'>(ask: Ask, key: K, features: readonly (Feature & { readonly id: Answers[K] })[], answers: PartialAnswers): Promise<Answers[K]> {
  const verdicts = new Map(features.map((feature) => [feature, refusal({ ...answers, [key]: feature.id })]));
  const options = features.map((feature) => option<Answers[K]>(feature, verdicts.get(feature)?.reason));
  const [only, ...others] = options.filter((one) => one.ruledOut === undefined);
  if (only === undefined || others.length > 0) return ask.one(question(key), options);
  // Once for each rule: it says the same of all that it rules out.
  const met = [...new Map([...verdicts.values()].flatMap((verdict) => (verdict ? [[verdict.rule, verdict.reason]] : []))).entries()];
  const ruledOut = met.map(([rule, reason]) => `${features.filter((feature) => verdicts.get(feature)?.rule === rule).map(({ title }) => title).join(', ')}: ${reason}`);
  log.info([`${question(key)} ${only.label} (${only.hint})`, ...ruledOut].join('\n'));
  return only.value;
}

function option<Id extends string>(feature: Feature & { readonly id: Id }, ruledOut: string | undefined): Option<Id> {
  return { value: feature.id, label: feature.title, hint: feature.hint, ruledOut };
}

function question(key: keyof Answers): string {
  return answerMeta.get(answersSchema.shape[key])?.prompt ?? key;
}
