import { fail, inapplicable, pass, warn } from '../../rule.ts';
import { errorCodeOf, initializeAsk, legacyAsk, resultOf } from '../message.ts';
import { inLegacy, judged, shown } from '../row.ts';
import type { ProbeRow } from '../row.ts';

export const legacyRows: readonly ProbeRow[] = [
  {
    id: 'initialize',
    title: 'initialize and its versions',
    why: 'A client of 2025 that is answered in a version it does not know has to leave.',
    probe: (facts) => inLegacy(facts, async () => {
      const { wire, initialized } = facts;
      const future = await wire.send({ ...initializeAsk('2099-01-01'), about: 'initialize at 2099-01-01' });
      const bad = await wire.send({ ...legacyAsk('tools/list', {}, { 'mcp-protocol-version': '1999-01-01' }), about: 'MCP-Protocol-Version: 1999-01-01' });
      const version = resultOf(future)?.['protocolVersion'];
      const negotiated = typeof version === 'string' && /^202[45]-/.test(version);
      return judged(`${String(resultOf(initialized)?.['protocolVersion'])}; a version nobody knows is answered with one that is`, [[future, negotiated], [bad, bad.status >= 400 && bad.status < 500]], 'a version nobody knows is taken');
    }),
  },
  {
    id: 'sessions',
    title: 'Sessions that can\'t be guessed',
    why: 'Whoever guesses or chooses the id of a session reads what it is told.',
    probe: (facts) => inLegacy(facts, async () => {
      const { wire, initialized } = facts;
      const id = initialized.headers['mcp-session-id'];
      if (id === undefined) return inapplicable('no sessions: every request stands alone');
      const other = (await wire.send({ ...initializeAsk(), about: 'initialize again' })).headers['mcp-session-id'];
      const made = await wire.send({ ...legacyAsk('tools/list', {}, { 'mcp-session-id': 'chosen-by-the-client' }), about: 'a session id that the client chose' });
      const none = await wire.send({ ...legacyAsk('tools/list'), about: 'no session id' });
      const ended = await wire.send({ method: 'DELETE', headers: { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' }, about: 'DELETE of the session' });
      if (other !== undefined) await wire.send({ method: 'DELETE', headers: { 'mcp-session-id': other, 'mcp-protocol-version': '2025-11-25' }, about: 'DELETE of the other session' });
      if (id.length < 22 || !/^[!-~]+$/.test(id) || id === other || /^\d+$/.test(id)) return fail('session ids can be guessed', [{ text: `two of them: ${id.slice(0, 40)}, ${(other ?? '').slice(0, 40)}` }], 'crypto.randomUUID()');
      if (made.status < 400 || errorCodeOf(made) === undefined) return fail('a session that a client made up is taken', [shown(made)], 'Answer 404 to every id that was not minted here');
      const later = await wire.send({ ...legacyAsk('tools/list', {}, { 'mcp-session-id': id }), about: 'the session after its DELETE' });
      const left = ended.status < 300 && later.status !== 404;
      return left || none.status < 400 ? warn(left ? 'a session goes on after its DELETE' : 'a call without a session is answered, though there are sessions', [shown(later), shown(none)]) : pass('minted here, long, and gone after DELETE', [shown(made), shown(later)]);
    }),
  },
];
