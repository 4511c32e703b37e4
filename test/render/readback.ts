import { Visitor } from 'oxc-parser';
import type { Expression, Program } from 'oxc-parser';
import { fromMarkdown } from 'mdast-util-from-markdown';
import type { Answers } from '../../src/answers/schema.ts';
import { parseScript } from '../matrix/syntax.ts';

type Root = ReturnType<typeof fromMarkdown>;
type Nodes = Root | Root['children'][number];

/** What a file says about the answers, read by the parser of its language. A key that it does not carry is not there. */
export type Said = Readonly<Record<string, unknown>>;

/** Every file that carries a name or a text of the answers, and how to read it back. */
export const carriers: Readonly<Record<string, (text: string) => Said>> = {
  'src/server.ts': (text) => {
    const { securityContact, registryName, ...rest } = objectNamed(parseScript('server.ts', text), 'identity');
    return { ...rest, ...(securityContact === undefined ? {} : { contact: securityContact }), ...(registryName === undefined ? {} : { mcpName: registryName }) };
  },
  'dev/inspect.mjs': (text) => ({ serverName: lastWordOf(parseScript('inspect.mjs', text), 'inspector') }),
  'package.json': (text) => {
    const { name, description, mcpName, bin } = JSON.parse(text) as Record<string, unknown>;
    return { name, description, ...(mcpName === undefined ? {} : { mcpName }), ...(bin === undefined ? {} : { command: Object.keys(bin as object)[0] }) };
  },
  'server.json': (text) => {
    const { name, title, description, packages } = JSON.parse(text) as { name: string; title: string; description: string; packages?: { identifier: string }[] };
    return { mcpName: name, title, description, ...(packages === undefined ? {} : { name: packages[0]?.identifier }) };
  },
  '.mcp.json': (text) => ({ serverName: Object.keys((JSON.parse(text) as { mcpServers: object }).mcpServers)[0] }),
  '.mcp-gen.json': (text) => (JSON.parse(text) as { answers: Said }).answers,
  'README.md': (text) => {
    // No text of an answer has a line break, so none reaches beyond the first section.
    const [heading, paragraph] = fromMarkdown(text.split('\n## ', 1)[0] ?? '').children;
    return { title: plainText(heading), description: plainText(paragraph) };
  },
  'SECURITY.md': (text) => ({ contact: linkIn(fromMarkdown(text)) }),
};

/** What the same keys should say. */
export function expected({ name, title, description, namespace, securityContact, ...rest }: Answers): Said {
  const slug = name.split('/').at(-1) ?? '';
  const contact = securityContact !== undefined && !/^(?:mailto|https):/.test(securityContact) ? `mailto:${securityContact}` : securityContact;
  return { ...rest, name, title, description, instructions: description, serverName: slug, command: slug, mcpName: `${namespace ?? ''}/${slug}`, namespace, securityContact, contact };
}

/** The text a reader sees, and a mark where anything but text would be seen. */
function plainText(node: Nodes | undefined): string {
  if (node === undefined || !('children' in node)) return '<nothing>';
  return node.children.map((child) => (child.type === 'text' ? child.value : `<${child.type}>`)).join('');
}

function linkIn(node: Nodes): string | undefined {
  if (node.type === 'link') return node.url;
  return 'children' in node ? node.children.map(linkIn).find((url) => url !== undefined) : undefined;
}

/** The kinds of the blocks of a document: what a text may not change. */
export function outline(markdown: string): string {
  return fromMarkdown(markdown).children.map((node) => node.type).join(' ');
}

/** The command that makes the repository again: the only shell block of the last section. */
export function reproducingCommand(markdown: string): string {
  const block = fromMarkdown(markdown.slice(markdown.lastIndexOf('\n## '))).children.find((node) => node.type === 'code');
  return block?.type === 'code' && block.lang === 'sh' ? block.value : '';
}

function objectNamed(program: Program, name: string): Said {
  const value = declared(program, name);
  if (value?.type !== 'ObjectExpression') return {};
  return Object.fromEntries(value.properties.flatMap((one) => (one.type === 'Property' && one.key.type === 'Identifier' && one.value.type === 'Literal' ? [[one.key.name, one.value.value]] : [])));
}

function lastWordOf(program: Program, name: string): unknown {
  const value = declared(program, name);
  const last = value?.type === 'ArrayExpression' ? value.elements.at(-1) : undefined;
  return last?.type === 'Literal' ? last.value : undefined;
}

function declared(program: Program, name: string): Expression | null | undefined {
  let found: Expression | null | undefined;
  new Visitor({
    VariableDeclarator: ({ id, init }) => {
      if (id.type === 'Identifier' && id.name === name) found = init;
    },
  }).visit(program);
  return found;
}
