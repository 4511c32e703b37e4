import { intro, outro } from '@clack/prompts';
import { faultOf } from '../error.ts';
import { assertUpstreamName, callFrom, effectOfMethod } from '../items/api/request.ts';
import { effectOf, effects } from '../items/effect.ts';
import type { Effect } from '../items/effect.ts';
import { fieldTypes, parseField } from '../items/field.ts';
import { assertItemName } from '../items/item.ts';
import type { ItemInput } from '../items/item.ts';
import type { ItemType } from '../items/name.ts';
import { defaultTexts, itemTextFault } from '../items/texts.ts';
import type { TextKey } from '../items/texts.ts';
import { uriFault, variablesOf } from '../items/uri.ts';
import type { Ask, Option } from './ask.ts';

export interface ItemInterview {
  readonly type: ItemType;
  readonly name: string | undefined;
  /** As typed; a question is skipped when its flag was given. */
  readonly given: ItemInput;
  readonly taken: readonly string[];
  /** The scopes the server names; undefined when any will do. */
  readonly scopes: readonly string[] | undefined;
}

const consequences: Readonly<Record<Effect, string>> = {
  read: 'changes nothing: its handler gets no way to write',
  write: 'changes something: agents send an idempotency key',
  destructive: 'loses something that cannot be brought back',
};

const questions: Readonly<Record<Exclude<TextKey, 'title'>, string>> = {
  when: 'When should a model use it?',
  returns: 'What comes back?',
  blastRadius: 'How much can one call change at most?',
};

/** Asks for everything about an item that no flag gave: when to call it, what it takes, what comes back, what it may do. */
export async function askForItem({ type, name: typed, given, taken, scopes }: ItemInterview, ask: Ask): Promise<{ name: string; input: ItemInput }> {
  intro(`mcp-gen add ${type}`);
  const name = typed ?? (await ask.text(`What is the ${type} called?`, example[type], (value) => faultOf(() => assertItemName(type, value, taken))));
  const { upstream, request } = given.kind === 'upstream' ? await askForCall(given, ask) : given;
  const likely = given.kind === 'upstream' ? effectOfMethod(request) : effectOf(name);
  const effect = given.effect ?? (type === 'tool' ? await ask.one('What does calling it do?', effectOptions(likely)) : undefined);
  const defaults = defaultTexts(type, name, effects.find((one) => one === effect) ?? 'read');
  const text = async (key: keyof typeof questions) => given[key] ?? (await ask.text(questions[key], defaults[key], (value) => itemTextFault(key, value)));
  const when = await text('when');
  const returns = type === 'prompt' ? given.returns : await text('returns');
  const blastRadius = type === 'tool' && effect !== 'read' ? await text('blastRadius') : given.blastRadius;
  const uri = given.uri ?? (type === 'resource' ? await ask.text('Which URI?', `app://${name}/{id}`, (value) => uriFault(value)) : undefined);
  const field = given.field ?? (uri !== undefined && variablesOf(uri).length === 0 ? [] : await askForFields(type, uri, ask));
  const scope = given.scope ?? (await askForScopes(scopes, ask));
  outro('All answered.');
  return { name, input: { ...given, upstream, request, effect, when, returns, blastRadius, uri, field, scope } };
}

async function askForCall(given: ItemInput, ask: Ask): Promise<{ readonly upstream: string; readonly request: string }> {
  const upstream = given.upstream ?? (await ask.text('What is the API called?', 'crm', (value) => faultOf(() => assertUpstreamName(value))));
  const request = given.request ?? (await ask.text('Which request does it make?', 'GET /customers/{id}', (value) => faultOf(() => callFrom(upstream, value, []))));
  return { upstream, request };
}

const example: Readonly<Record<ItemType, string>> = { tool: 'list_orders', resource: 'order', prompt: 'summarize_orders' };

/** What the name promises comes first. */
function effectOptions(likely: Effect): Option<Effect>[] {
  return [likely, ...effects.filter((one) => one !== likely)].map((value) => ({ value, label: value, hint: consequences[value] }));
}

function askForFields(type: ItemType, uri: string | undefined, ask: Ask): Promise<string[]> {
  const types = Object.entries(fieldTypes).filter(([, { textual }]) => type === 'tool' || textual).map(([one]) => one);
  const which = uri === undefined ? 'Which arguments does it take?' : 'Of which type are the variables of the URI?';
  return ask.words(`${which} name:type[:required], type one of ${types.join(', ')}, or a|b`, 'customer_id:string:required limit:integer', (words) => faultOf(() => words.forEach(parseField)));
}

function askForScopes(scopes: readonly string[] | undefined, ask: Ask): Promise<string[]> {
  if (scopes === undefined) return ask.words('Which scopes must a caller have?', 'orders:read', () => undefined);
  return ask.some('Which scopes must a caller have?', scopes.map((value) => ({ value, label: value, hint: '' })), [], false);
}
