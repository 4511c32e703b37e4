/** Folders with one item per file, whose `index.ts` is derived from the listing. */
export const itemKinds = ['tools', 'resources', 'prompts'] as const;
export type ItemKind = (typeof itemKinds)[number];

const header = "// Kept by `mcp-gen sync`: one import per file of this folder, sorted. Don't edit; add a file and run sync.\n";

/** The file names, without `.ts`, of the items of one kind among repo paths, sorted in code unit order. */
export function itemsOf(kind: ItemKind, paths: readonly string[]): string[] {
  const prefix = `src/${kind}/`;
  return paths
    .filter((path) => path.startsWith(prefix) && path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('.d.ts'))
    .map((path) => path.slice(prefix.length, -'.ts'.length))
    .filter((item) => !item.includes('/') && item !== 'index')
    .toSorted();
}

/** `src/<kind>/index.ts` for these paths: explicit imports and one array, nothing else. */
export function renderIndex(kind: ItemKind, paths: readonly string[]): string {
  const taken = new Set<string>();
  const items = itemsOf(kind, paths).map((item) => ({ item, binding: unique(bindingOf(item), taken) }));
  const imports = items.map(({ item, binding }) => `import ${binding} from './${item}.js';\n`).join('');
  const list = items.map(({ binding }) => binding).join(', ');
  return `${header}${imports}${imports === '' ? '' : '\n'}export const ${kind} = [${list}]${items.length === 0 ? ' as const' : ''};\n`;
}

/** Whether a text is an index file as {@link renderIndex} makes it, for whatever files: then nothing of the user's is in it. */
export function isDerivedIndex(kind: ItemKind, text: string): boolean {
  const paths = [...text.matchAll(/^import \S+ from '\.\/(.+)\.js';$/gm)].map(([, item]) => `src/${kind}/${item}.ts`);
  return renderIndex(kind, paths) === text.replaceAll('\r\n', '\n');
}

/** `create_note`, `crm.find-user` → `createNote`, `crmFindUser`; never a reserved word, never starting with a digit. */
function bindingOf(item: string): string {
  const camel = item.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '');
  return /^[a-z]/i.test(camel) && !reserved.has(camel) ? camel : `_${camel}`;
}

/** `a-b` and `a_b` would both be `aB`: the second becomes `aB2`. */
function unique(binding: string, taken: Set<string>): string {
  let free = binding;
  for (let count = 2; taken.has(free); count++) free = `${binding}${count}`;
  taken.add(free);
  return free;
}

const reserved = new Set(
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected prompts public resources return static super switch this throw tools true try typeof undefined var void while with yield'.split(' '),
);
