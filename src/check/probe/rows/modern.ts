import { fail, pass } from '../../rule.ts';
import { errorCodeOf, modern, modernAsk, objectOf, rawAsk, resultOf } from '../message.ts';
import { inModern, judged, shown } from '../row.ts';
import type { ProbeRow } from '../row.ts';

export const modernRows: readonly ProbeRow[] = [
  {
    id: 'header-rules',
    title: 'Headers must say what the body says',
    why: 'Proxies route and limit by the headers; a body that says something else gets past them.',
    probe: (facts) => inModern(facts, async () => {
      const asks = [
        { ...modernAsk('tools/list', {}, { 'mcp-protocol-version': '' }), about: 'no MCP-Protocol-Version' },
        { ...modernAsk('tools/list', {}, { 'mcp-protocol-version': '2025-11-25' }), about: 'another MCP-Protocol-Version' },
        { ...modernAsk('tools/list', {}, { 'mcp-method': '' }), about: 'no Mcp-Method' },
        { ...modernAsk('tools/list', {}, { 'mcp-method': 'prompts/list' }), about: 'another Mcp-Method' },
        { ...modernAsk('tools/call', { name: 'mcp_gen_no_such_tool', arguments: {} }, { 'mcp-name': '' }), about: 'no Mcp-Name' },
        { ...modernAsk('tools/call', { name: 'mcp_gen_no_such_tool', arguments: {} }, { 'mcp-name': 'another' }), about: 'another Mcp-Name' },
      ];
      const answers = [];
      for (const ask of asks) answers.push(await facts.wire.send(ask));
      return judged('-32020 for each that is missing or different', answers.map((answer) => [answer, answer.status === 400 && errorCodeOf(answer) === -32_020] as const), 'not refused with 400 and -32020', 'Compare MCP-Protocol-Version, Mcp-Method and Mcp-Name with the body (2026-07-28, basic/transports/streamable-http)');
    }),
  },
  {
    id: 'versions',
    title: 'Unknown version, missing envelope',
    why: 'A client can only fall back to what it is told is supported.',
    probe: (facts) => inModern(facts, async () => {
      const old = { _meta: { 'io.modelcontextprotocol/protocolVersion': '1900-01-01', 'io.modelcontextprotocol/clientCapabilities': {} } };
      const version = await facts.wire.send({ ...modernAsk('tools/list', old, { 'mcp-protocol-version': '1900-01-01' }), about: 'version 1900-01-01' });
      const envelope = await facts.wire.send({ ...modernAsk('tools/list', { _meta: {} }), about: 'no envelope' });
      const { supported } = objectOf(objectOf(objectOf(version.json)['error'])['data']);
      const told = version.status === 400 && errorCodeOf(version) === -32_022 && Array.isArray(supported) && supported.includes(modern);
      return judged('-32022 with what is supported, -32602', [[version, told], [envelope, envelope.status === 400 && errorCodeOf(envelope) === -32_602]], 'not refused as the protocol says');
    }),
  },
  {
    id: 'single-message',
    title: 'One message per request',
    why: 'A batch multiplies what one request may cost, behind the back of every limit.',
    probe: (facts) => inModern(facts, async () => {
      const { body = '' } = modernAsk('tools/list');
      const batch = await facts.wire.send({ ...rawAsk(`[${body},${body}]`), about: 'a batch' });
      const nullId = await facts.wire.send({ ...rawAsk(body.replace('"id":1', '"id":null')), about: 'id: null' });
      return judged('batches and null ids are refused', [batch, nullId].map((answer) => [answer, answer.status === 400 && errorCodeOf(answer) === -32_600] as const), 'not refused with 400 and -32600');
    }),
  },
  {
    id: 'discover',
    title: 'server/discover',
    why: 'It is all that a client without a session ever learns about a server before it calls.',
    probe: (facts) => inModern(facts, async () => {
      const answer = await facts.wire.send({ ...modernAsk('server/discover'), about: 'server/discover' });
      const result = resultOf(answer) ?? {};
      const missing = ['supportedVersions', 'capabilities', 'ttlMs', 'cacheScope', 'resultType'].filter((key) => result[key] === undefined);
      const listed = await facts.wire.send({ ...modernAsk('tools/list'), about: 'tools/list' });
      const again = await facts.wire.send({ ...modernAsk('tools/list'), about: 'tools/list again' });
      if (missing.length > 0) return fail(`lacks ${missing.join(', ')}`, [shown(answer)]);
      if (JSON.stringify(resultOf(listed)) !== JSON.stringify(resultOf(again))) return fail('two lists in a row differ', [shown(listed), shown(again)], 'Register the same tools for every request, in the same order');
      return pass(`versions, capabilities, and for how long it may be kept (${String(result['ttlMs'])} ms, ${String(result['cacheScope'])}); lists stay the same`, [shown(answer)]);
    }),
  },
];
