import { fail, inapplicable, pass, warn } from '../../rule.ts';
import { errorCodeOf, legacyAsk, modernAsk, objectOf, rawAsk, resultOf } from '../message.ts';
import { admitted, judged, shown } from '../row.ts';
import type { Facts, ProbeRow } from '../row.ts';
import type { Sight } from '../clients.ts';
import type { Answer, Ask } from '../wire.ts';

const unknownArgument = 'mcp_gen_no_such_argument';

/** A request in the era the server speaks. */
function askIn({ speaksModern, session }: Facts, method: string, params: Readonly<Record<string, unknown>> = {}): Ask {
  return speaksModern ? modernAsk(method, params) : legacyAsk(method, params, session);
}

function callAsk(facts: Facts, name: string, args: Readonly<Record<string, unknown>>): Ask {
  return askIn(facts, 'tools/call', { name, arguments: args });
}

/** Traces, and paths of the machine it runs on. */
const internals = /\bat .{1,120}:\d+:\d+\)?|node_modules[/\\]|Traceback \(most recent call last\)|\/(?:home|usr|app|srv|opt|var)\/[\w./-]+\.(?:[cm]?[jt]s|py)\b/;

function isJsonRpcError(answer: Answer): boolean {
  return errorCodeOf(answer) !== undefined && objectOf(answer.json)['jsonrpc'] === '2.0';
}

export const errorRows: readonly ProbeRow[] = [
  {
    id: 'parse-error',
    title: 'Malformed bodies',
    why: 'A client can only correct what it is told in the protocol\'s own words.',
    probe: (facts) => admitted(facts, async () => {
      const { wire } = facts;
      const broken = await wire.send({ ...rawAsk('{"jsonrpc":'), about: 'half a JSON document' });
      const text = await wire.send({ ...rawAsk('hello', { 'content-type': 'text/plain' }), about: 'Content-Type: text/plain' });
      const number = await wire.send({ ...rawAsk('42'), about: 'a number for a message' });
      return judged('-32700 for what is no JSON, 4xx for what is no message', [[broken, broken.status === 400 && errorCodeOf(broken) === -32_700], [text, [400, 415].includes(text.status)], [number, number.status === 400 && isJsonRpcError(number)]], 'a malformed body is not refused as JSON-RPC says');
    }),
  },
  {
    id: 'unknown-tool',
    title: 'Unknown tool and method',
    why: 'Whoever answers 200 to a method that does not exist hides every typo.',
    probe: (facts) => admitted(facts, async () => {
      const tool = await facts.wire.send({ ...callAsk(facts, 'mcp_gen_no_such_tool', {}), about: 'an unknown tool' });
      const method = await facts.wire.send({ ...askIn(facts, 'mcp-gen/no-such-method'), about: 'an unknown method' });
      // 2025-11-25 leaves open how an unknown tool fails; 2026-07-28 does not.
      const toolIsRight = errorCodeOf(tool) === -32_602 || (!facts.speaksModern && resultOf(tool)?.['isError'] === true);
      const methodIsRight = errorCodeOf(method) === -32_601 && (!facts.speaksModern || method.status === 404);
      return judged('-32602 and -32601', [[tool, toolIsRight], [method, methodIsRight]], 'what does not exist is not refused as the protocol says');
    }),
  },
  {
    id: 'arguments',
    title: 'Undeclared arguments refused',
    why: 'A model that invents an argument must hear of it, or it believes that it was heard.',
    probe: (facts) => admitted(facts, async () => {
      const sight = [facts.modernClient, facts.legacyClient].find((one): one is Sight => one !== undefined && !(one instanceof Error));
      const tool = sight?.tools.find(({ readOnly, required }) => readOnly && required.length === 0) ?? sight?.tools.find(({ readOnly }) => readOnly);
      if (tool === undefined) return inapplicable('no tool says that it only reads, and no other is called here');
      const answer = await facts.wire.send({ ...callAsk(facts, tool.name, { [unknownArgument]: 'x' }), about: `${tool.name} with an argument nobody declared` });
      const refused = errorCodeOf(answer) === -32_602 || resultOf(answer)?.['isError'] === true;
      if (!refused) return fail(`${tool.name} takes an argument that nobody declared`, [shown(answer)], 'additionalProperties: false at every depth: z.strictObject');
      return answer.text.includes(unknownArgument) ? pass('refused, by its name', [shown(answer)]) : pass('refused', [shown(answer)]);
    }),
  },
  {
    id: 'error-shape',
    title: 'Errors are JSON-RPC',
    why: 'An HTML page is the one answer that no client can read.',
    probe: (facts) => admitted(facts, async () => {
      const { wire } = facts;
      const wrong = wire.answers.filter(({ ask, status, headers }) => (ask.method ?? 'POST') === 'POST' && ask.url === undefined && status >= 400 && status !== 401 && status !== 403 && !(headers['content-type'] ?? '').includes('json'));
      return wrong.length === 0 ? pass('every refusal so far is a JSON document') : fail(`${wrong.length} refusals are no JSON`, wrong.slice(0, 4).map(shown), 'Answer { jsonrpc: "2.0", id: null, error: { code, message } } with the status');
    }),
  },
  {
    id: 'leaks',
    title: 'Errors tell nothing of the inside',
    why: 'Traces and paths are a map for whoever tries the next request.',
    probe({ wire }) {
      const found = wire.answers.filter(({ text }) => internals.test(text));
      if (found.length > 0) return fail('an answer shows code or paths of the server', found.slice(0, 4).map((answer) => ({ text: `${shown(answer).text.split(' -> ')[0] ?? ''} -> ${internals.exec(answer.text)?.[0] ?? ''}` })), 'Catch everything at one place: a fixed text and a correlation id to the client, the error to the log');
      const names = [...new Set(wire.answers.flatMap(({ headers }) => ['x-powered-by', 'server'].flatMap((name) => (/\d/.test(headers[name] ?? '') || (name === 'x-powered-by' && headers[name] !== undefined) ? [`${name}: ${headers[name]}`] : []))))];
      return names.length === 0 ? pass('no trace, no path, no version in any answer') : warn('headers name the software', names.map((text) => ({ text })));
    },
  },
];
