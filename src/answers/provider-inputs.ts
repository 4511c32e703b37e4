import { usageError } from '../error.ts';
import { authProviders, byId, providerInputKeys, providerInputs, sessionStores } from '../features/index.ts';
import type { AuthProvider, ProviderInput } from '../features/index.ts';
import type { PartialAnswers } from './resolve.ts';

/** The inputs of a provider, and what was given for each. */
function inputsOf({ auth = 'none' }: PartialAnswers): readonly ProviderInput[] {
  return byId<AuthProvider>(authProviders, auth).inputs;
}

const flagOf = ({ key }: Pick<ProviderInput, 'key'>): string => providerInputs[key].flag.split(' ')[0] ?? key;

/** Why a value is refused for this input; undefined when it is not. */
export function inputFault({ pattern, refusal, example }: ProviderInput, value: string): string | undefined {
  return pattern.test(value) ? undefined : `${refusal}. For example ${example}`;
}

/** @throws {UserError} `invalid_answers` (exit 2) for an input of another provider, or of another shape than this one's. */
export function assertInputs(answers: PartialAnswers): void {
  if (answers.auth === undefined) return;
  const inputs = inputsOf(answers);
  const stray = providerInputKeys.find((key) => answers[key] !== undefined && inputs.every((one) => one.key !== key));
  if (stray !== undefined) {
    const wanted = inputs.map(flagOf).join(', ');
    throw usageError('invalid_answers', `${flagOf({ key: stray })} says nothing to --auth ${answers.auth}.`, wanted === '' ? 'Leave it out.' : `That provider is found by ${wanted}.`);
  }
  for (const one of inputs) {
    const value = answers[one.key];
    if (value !== undefined && !one.pattern.test(value)) throw usageError('invalid_answers', `${flagOf(one)} ${one.refusal}.`, `For example ${flagOf(one)} ${one.example}`);
  }
}

/** What production still needs; undefined when every input was given, or there is none. */
export function missingInputs(answers: PartialAnswers): string | undefined {
  const missing = inputsOf(answers).filter(({ key }) => answers[key] === undefined).map(({ variable }) => variable);
  if (missing.length === 0) return undefined;
  const shared = sessionStores.find(({ id }) => id === answers.session)?.reach === 'shared' ? ['REDIS_URL'] : [];
  return `No ${missing.join(', ')} given: dev signs in at a local authorization server; production needs ${[...missing, 'MCP_PUBLIC_URL', 'MCP_SECRET', ...shared].join(', ')} (docs/auth.md).`;
}

/** Environment variables with what was given for them. */
export function inputVariables(answers: PartialAnswers): ReadonlyMap<string, { readonly about: string; readonly value: string | undefined; readonly example: string }> {
  return new Map(inputsOf(answers).map(({ key, variable, about, example }) => [variable, { about, value: answers[key], example }]));
}
