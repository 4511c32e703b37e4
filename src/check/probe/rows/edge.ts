import { inapplicable, pass, warn } from '../../rule.ts';
import { modernAsk } from '../message.ts';
import { isRefusal, judged, shown } from '../row.ts';
import type { ProbeRow } from '../row.ts';

export const edgeRows: readonly ProbeRow[] = [
  {
    id: 'host',
    title: 'Foreign Host header refused',
    why: 'A web page whose name is rebound to this address talks to the server as if it were its own.',
    async probe({ wire, isLoopback, isAdmitted }) {
      if (!isAdmitted && !isLoopback) return inapplicable('a page that is rebound has no token');
      const answer = await wire.send({ ...modernAsk('tools/list', {}, { host: 'evil.example' }), about: 'Host: evil.example' });
      if (answer.status === 0 || (answer.status >= 400 && answer.status !== 401)) return pass('only its own names are answered', [shown(answer)]);
      const text = 'it answers under any name';
      return isLoopback ? judged('', [[answer, false]], text, 'ALLOWED_HOSTS, exact and with the port: answer 403 to every other Host') : warn(`${text}: harmless behind a proxy that checks it`, [shown(answer)]);
    },
  },
  {
    id: 'origin',
    title: 'Foreign Origin refused',
    why: 'Any web page the user has open can otherwise call the server with the user\'s network behind it.',
    async probe({ wire, isProtected, isAdmitted }) {
      const origins = ['https://evil.example', 'null'];
      const answers = [];
      for (const origin of origins) answers.push(await wire.send({ ...modernAsk('tools/list', {}, { origin }), about: `Origin: ${origin}` }));
      const before = isProtected && !isAdmitted;
      return judged(before ? 'refused, before or by asking for a token' : 'only its own pages may call', answers.map((answer) => [answer, before ? isRefusal(answer) : answer.status === 403] as const), 'a web page of a stranger may call', 'Answer 403 to an Origin that is not on an exact list (2026-07-28, basic/transports/streamable-http)');
    },
  },
  {
    id: 'methods',
    title: 'Only the methods it serves',
    why: 'A GET that hangs or a PUT that answers tells clients of another transport than there is.',
    async probe({ wire, isAdmitted }) {
      const get = await wire.send({ method: 'GET', headers: { accept: 'text/event-stream' }, about: 'GET' });
      const put = await wire.send({ method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}', about: 'PUT' });
      // A GET opens a stream where there are sessions, and then wants one.
      const getIsRight = [405, 400, 404].includes(get.status) || (get.headers['content-type'] ?? '').startsWith('text/event-stream');
      const refused = (status: number) => [405, 404, 501].includes(status) || (!isAdmitted && status === 401);
      return judged('GET, PUT and the like are told what is served', [[get, getIsRight || refused(get.status)], [put, refused(put.status)]], 'a method that is not served is answered');
    },
  },
  {
    id: 'old-transport',
    title: 'No HTTP+SSE of 2024',
    why: 'It was replaced in 2025-03-26, and keeps a connection and a session open for every client.',
    async probe({ wire }) {
      const { pathname } = wire.endpoint;
      const url = new URL('/sse', wire.endpoint).href;
      if (pathname === '/sse') return warn('the endpoint itself is called /sse', [{ text: wire.endpoint.href }]);
      const answer = await wire.sendBare({ method: 'GET', url, headers: { accept: 'text/event-stream' }, about: 'GET /sse' });
      return judged('GET /sse leads nowhere', [[answer, !(answer.headers['content-type'] ?? '').startsWith('text/event-stream')]], 'the old transport is still served');
    },
  },
];
