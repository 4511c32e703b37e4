import { fail, inapplicable, pass, unknown } from '../../rule.ts';
import { modernAsk, objectOf } from '../message.ts';
import { admitted, judged, shown } from '../row.ts';
import type { ProbeRow } from '../row.ts';

/** Bytes that no call of a tool needs. */
const huge = 100 * 1024 * 1024;
const depth = 5_000;

export const limitRows: readonly ProbeRow[] = [
  {
    id: 'body-cap',
    title: 'Bodies are capped',
    why: 'One request of a hundred megabytes is all it takes where nobody counts.',
    async probe({ wire }) {
      const { headers = {} } = modernAsk('tools/list');
      const answer = await wire.send({ headers, declaredBytes: huge, about: '100 MiB announced, none sent' });
      if (answer.status === 0) return fail('100 MiB are waited for', [shown(answer)], 'Look at Content-Length first and answer 413');
      // Whoever asks for a token first has not looked at the length either, but reads nothing.
      return judged('refused before a byte of it was sent', [[answer, [413, 401, 403].includes(answer.status)]], 'not refused with 413');
    },
  },
  {
    id: 'nesting',
    title: 'Depth is capped',
    why: 'Parsing, validating and logging walk every level: deep enough, and the stack is gone.',
    probe: (facts) => admitted(facts, async () => {
      const { wire } = facts;
      // Right in everything else: what is refused here is refused for its depth.
      const { body = '', headers = {} } = modernAsk('tools/list', { x: 0 });
      const deep = await wire.send({ headers, body: body.replace('"x":0', `"x":${'['.repeat(depth)}${']'.repeat(depth)}`), about: `${depth} nested lists` });
      const after = await wire.send({ ...modernAsk('tools/list'), about: 'a right request after it' });
      if (after.status === 0) return fail('the server is gone after it', [shown(deep), shown(after)]);
      return judged('refused, and the next request is answered', [[deep, deep.status >= 400 && deep.status < 500]], 'taken as if it were a request', 'Count the levels before the body is parsed; 64 are plenty');
    }),
  },
  {
    id: 'quotas',
    title: 'Quotas are told',
    why: 'An agent that is not told how much is left finds out by being refused.',
    probe: (facts) => admitted(facts, async () => {
      const header = facts.wire.answers.flatMap(({ headers }) => Object.keys(headers)).find((name) => /^(?:x-)?ratelimit/.test(name));
      const budget = facts.wire.answers.find(({ json }) => JSON.stringify(objectOf(objectOf(json)['result'])['_meta'] ?? '').includes('mcp-gen/budget'));
      if (header !== undefined) return pass(`in the header ${header}`);
      return budget === undefined ? unknown('no answer says how much is left; that there is a limit was not tried, to be polite') : pass('in _meta of the answers', [shown(budget)]);
    }),
  },
  {
    id: 'documents',
    title: 'Discovery documents',
    why: 'A document that is there and wrong sends clients and registries to the wrong place.',
    async probe({ wire }) {
      const { origin, href } = wire.endpoint;
      const wanted = [`${href}/server-card`, `${origin}/.well-known/ai-catalog.json`, `${origin}/`];
      const answers = [];
      for (const url of wanted) answers.push(await wire.sendBare({ method: 'GET', url, headers: { accept: 'application/json' }, about: `GET ${new URL(url).pathname}` }));
      const there = answers.filter(({ status, headers }) => status === 200 && (headers['content-type'] ?? '').includes('json'));
      if (there.length === 0) return inapplicable('none are served');
      const tools = there.filter(({ json, ask }) => ask.about?.endsWith('/server-card') === true && objectOf(json)['tools'] !== undefined);
      if (tools.length > 0) return fail('the server card lists tools, to anyone', tools.map(shown), 'A card says what the server is, not what it can do (SEP-2127)');
      return judged(there.map(({ ask }) => ask.about?.replace('GET ', '')).join(', '), there.map((answer) => [answer, answer.json !== undefined] as const), 'not JSON, though it says so');
    },
  },
];
