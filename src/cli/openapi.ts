import { ExitCode, usageError } from '../error.ts';
import type { UserError } from '../error.ts';
import { assertUpstreamName } from '../items/api/request.ts';
import { itemFrom } from '../items/item.ts';
import type { Item } from '../items/item.ts';
import { lookalike, suggestItemName } from '../items/name.ts';
import { Unusable, member, objectAt, readDocument, textAt } from '../openapi/document.ts';
import type { Json } from '../openapi/document.ts';
import { near, operationsOf, pick } from '../openapi/operations.ts';
import type { Operation, Picked } from '../openapi/operations.ts';
import { baseUrlFault, baseUrlOf, plainUrl } from '../openapi/server.ts';
import { cleaned } from '../openapi/text.ts';
import { toolFrom } from '../openapi/tool.ts';
import { itemsOf } from '../repo/index-files.ts';
import { openRepo } from '../repo/repo.ts';
import type { Repo } from '../repo/repo.ts';
import { extend } from './extend.ts';
import type { Addition, ExtendFlags } from './extend.ts';
import { canAsk } from './io.ts';
import type { Io } from './io.ts';
import { plain } from './report.ts';
import type { Reporter } from './report.ts';

/** Flags of `mcp-gen add openapi`; absent means not given. */
export interface OpenapiFlags extends ExtendFlags {
  readonly operation?: readonly string[];
  readonly list?: true;
  readonly upstream?: string;
  readonly baseUrl?: string;
  readonly scope?: readonly string[];
  readonly interactive?: false;
}

/** More tools than this confuse a model: it takes the wrong one. */
const mostTools = 15;

/** `mcp-gen add openapi <file>`: one tool for each operation that someone picked. Never all of them. */
export async function addOpenapi(file: string, flags: OpenapiFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const document = await readDocument(io.cwd, file);
  const operations = reading(file, () => operationsOf(document));
  if (flags.list === true) return list(operations, report);
  const repo = openRepo(io.cwd);
  const upstream = flags.upstream ?? upstreamName(document);
  assertUpstreamName(upstream);
  const base = flags.baseUrl === undefined ? baseUrlOf(document) : givenUrl(flags.baseUrl);
  const picked = await choose(file, operations, flags, repo, io);
  return extend((found) => addition(picked, { document, upstream, base, scopes: flags.scope }, found), flags, io, report);
}

interface Source {
  readonly document: Json;
  readonly upstream: string;
  readonly base: ReturnType<typeof baseUrlOf>;
  readonly scopes: readonly string[] | undefined;
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unusable) throw usageError('invalid_document', `${file.slice(0, 200)} ${error.message}.`);
    throw error;
  }
}

/** The title of an API as a name: `Swagger Petstore - OpenAPI 3.0` is swagger_petstore. */
function upstreamName(document: Json): string {
  const title = cleaned(textAt(objectAt(document, 'info'), 'title'), 200).text.normalize('NFKD').toLowerCase();
  const words = title.split(/[^a-z0-9]+/).filter((word) => word !== '' && !/^(?:open)?api$|^\d|^(?:rest|the|official|documentation|spec|specification|s|v\d+)$/.test(word));
  return words.slice(0, 2).join('_').replace(/^[^a-z]+/, '').slice(0, 30).replace(/_+$/, '') || 'api';
}

function givenUrl(text: string): { readonly url: string } {
  const fault = baseUrlFault(text);
  if (fault !== undefined) throw usageError('invalid_item', `--base-url ${JSON.stringify(text).slice(0, 100)} ${fault}.`, 'For example --base-url https://api.example.com/v1');
  return { url: plainUrl(text) };
}

function list(operations: readonly Operation[], report: Reporter): ExitCode {
  const width = Math.min(48, Math.max(...operations.map(({ toolName }) => toolName.length)));
  for (const { toolName, key, summary, deprecated } of operations) report.line(`${toolName.padEnd(width)}  ${report.style('dim', key)}${deprecated ? '  deprecated' : ''}${summary === '' ? '' : `  ${summary}`}`);
  report.document({ ok: true, operations: operations.map(({ toolName: tool, id, key, effect, summary, deprecated }) => ({ tool, id: id ?? null, operation: key, effect, summary, deprecated })) });
  return ExitCode.done;
}

async function choose(file: string, operations: readonly Operation[], flags: OpenapiFlags, repo: Repo, io: Io): Promise<readonly [Picked, ...Picked[]]> {
  const asked = flags.operation ?? (await askWhich(operations, flags, repo, io));
  if (asked === undefined) throw usageError('usage', `${plain(file)} has ${operations.length} operations; which of them shall agents be able to do?`, `--list shows them; pick a few with --operation, such as --operation ${operations[0]?.toolName ?? ''}`);
  const picked = asked.map((one) => pick(operations, one) ?? unknownOperation(operations, one));
  const twice = picked.find(({ operation }, at) => picked.findIndex((one) => one.operation === operation) < at);
  if (twice !== undefined) throw usageError('invalid_item', `--operation names ${twice.operation.key} twice.`);
  const [first, ...others] = picked;
  if (first === undefined) throw usageError('usage', 'No operation was picked.');
  assertFew(picked.length, itemsOf('tools', repo.itemPaths).length);
  return [first, ...others];
}

/** @throws {UserError} when a server would have more tools than a model can tell apart. */
function assertFew(added: number, existing: number): void {
  if (added + existing <= mostTools) return;
  const together = existing === 0 ? '' : ` and ${existing} that are there already`;
  throw usageError('too_many_tools', `${added} tool${added === 1 ? '' : 's'}${together}: with more than ${mostTools} a model takes the wrong one.`, 'Pick what agents really do, remove tools that nobody needs, or make a second server.');
}

function unknownOperation(operations: readonly Operation[], asked: string): never {
  const named = operations.filter(({ id, toolName }) => id === asked || toolName === asked);
  if (named.length > 1) throw usageError('invalid_item', `--operation ${JSON.stringify(asked).slice(0, 100)} is ${named.length} operations.`, `Name one by its method and path: ${named.slice(0, 3).map(({ key }) => `'${key}'`).join(' or ')}`);
  const close = near(operations, asked).map(({ toolName }) => toolName);
  throw usageError('invalid_item', `There is no operation ${JSON.stringify(asked).slice(0, 100)}.`, close.length === 0 ? '--list shows those there are.' : `Did you mean ${close.join(', ')}?`);
}

async function askWhich(operations: readonly Operation[], flags: OpenapiFlags, repo: Repo, io: Io): Promise<readonly string[] | undefined> {
  if (flags.interactive === false || flags.json === true || !canAsk(io)) return undefined;
  const [{ askForOperations }, { Ask }] = await Promise.all([import('../interview/operations.ts'), import('../interview/ask.ts')]);
  return askForOperations(operations, mostTools - itemsOf('tools', repo.itemPaths).length, new Ask(io.stdin, io.signal));
}

function addition(picked: readonly [Picked, ...Picked[]], source: Source, repo: Repo): Addition {
  const names = itemsOf('tools', repo.itemPaths);
  assertFew(picked.length, names.length);
  const warnings: string[] = [];
  let isCut = false;
  const add = ({ operation, name }: Picked): Item => {
    const called = name ?? freeName(operation, names, warnings);
    const { input, notes, ...prepared } = toolOf(operation, called, source);
    isCut ||= prepared.isCut;
    const item = itemFrom('tool', called, input, { names, uris: [] }, '', prepared);
    names.push(called);
    warnings.push(...notes.map((note) => `${called}: ${plain(note)}.`));
    return item;
  };
  const [first, ...others] = picked;
  const items: Addition['items'] = [add(first), ...others.map(add)];
  if (isCut) warnings.push('Answers have more fields than agents need: Output in each file names those they get.');
  return { items, warnings, first: [whereItIs(source)] };
}

/** What its operator sets: nothing that a document says is taken without someone having read it. */
function whereItIs({ upstream, base, document }: Source): string {
  const variable = upstream.toUpperCase();
  const keyed = objectAt(objectAt(document, 'components'), 'securitySchemes') === undefined && member(document, 'security') === undefined ? '' : `, and ${variable}_TOKEN where it wants one`;
  return 'url' in base ? `set ${variable}_URL=${base.url}${keyed}` : `set ${variable}_URL to its address: ${plain(base.fault)}${keyed}`;
}

function toolOf(operation: Operation, name: string, { document, upstream, scopes }: Source): ReturnType<typeof toolFrom> {
  try {
    return toolFrom(operation, name, document, upstream, scopes);
  } catch (error) {
    if (error instanceof Unusable) throw cannotSay(operation, error);
    throw error;
  }
}

function cannotSay({ key }: Operation, { message }: Unusable): UserError {
  return usageError('invalid_document', `${plain(key)} ${plain(message)}.`, 'Leave it out, or write this tool by hand: mcp-gen add tool <name> --kind upstream');
}

/** The name of an operation, or the next one that nothing else has: two ids can be the same when they are written as a tool is. */
function freeName({ toolName, key }: Operation, names: readonly string[], warnings: string[]): string {
  const other = lookalike(toolName, names);
  if (other === undefined) return toolName;
  const free = suggestItemName('tool', toolName, names) ?? toolName;
  warnings.push(`${key} would be called ${toolName}, like ${other} which is there: it is ${free}. Another name: --operation '${key}=name'`);
  return free;
}
