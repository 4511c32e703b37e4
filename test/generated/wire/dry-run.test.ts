import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientKinds } from '../clients.ts';
import type { AnyClient } from '../clients.ts';
import { send } from './http.ts';
import type { Rpc } from './http.ts';
import { call, eras, modern } from './message.ts';
import type { Era } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer } from './server.ts';
import type { Server } from './server.ts';

type Result = NonNullable<Rpc['result']>;

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { MCP_SECRET: Buffer.alloc(32, 5).toString('base64') });
});
afterAll(killServers);

const errorOf = (result: Result) => ({ ...(result['_meta']?.['mcp-gen/error'] as object | undefined) }) as { error_class?: string; hint?: string };

let count = 0;
const fresh = (): string => `dry-run-${++count}`;
const timesOf = async (name: string) => (await send(server.port, call('modern', 'count_effects', { name }))).json().result?.structuredContent?.['times'];
const records = async (least: number, name: string) => {
  const of = (log: Record<string, unknown>[]) => log.filter(({ event, tool }) => event === 'mcp.audit' && tool === name);
  return of(await server.logUntil((log) => of(log).length >= least));
};

describe.each(Object.keys(clientKinds))('R028 a dry run, to the %s', (kind) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = await clientKinds[kind as keyof typeof clientKinds](server.url);
    // From here on the client validates every structuredContent against the output schema.
    await client.listTools();
  });
  afterAll(() => client.close());
  const attempt = async (args: Record<string, unknown>) => (await client.callTool({ name: 'try_out', arguments: { idempotency_key: fresh(), dry_run: true, ...args } })) as unknown as Result;

  test.each([['write', 'effects.set'], ['deep', 'notes.create'], ['swallow', 'effects.set'], ['go on', 'effects.set']])('%s: tells the first effect, does nothing, asks nobody', async (how, would) => {
    const name = fresh();
    const result = await attempt({ name, how });
    expect(result.isError ?? false).toBe(false);
    expect(result.structuredContent).toEqual({ dry_run: true, would });
    expect(JSON.parse(result.content?.[0]?.text ?? '')).toEqual({ dry_run: true, would });
    expect(result['_meta']?.['mcp-gen/result']).toEqual({ completeness: 'dry_run' });
    expect([await timesOf(name), await timesOf(`${name} again`)]).toEqual([0, 0]);
  });

  test('without any effect is the answer itself, and says that nothing was done', async () => {
    const result = await attempt({ name: fresh(), how: 'nothing' });
    expect(result.structuredContent).toEqual({ value: 1, dry: true });
    expect(result['_meta']?.['mcp-gen/result']).toEqual({ completeness: 'dry_run' });
  });

  test.each([['refuse', 'not_found'], ['fail', 'permanent'], ['no such way', 'validation']])('%s: fails as the call would', async (how, errorClass) => {
    const result = await attempt({ name: fresh(), how });
    expect([result.isError, errorOf(result).error_class]).toEqual([true, errorClass]);
  });

  test('leaves its key to the call that is meant', async () => {
    const name = fresh();
    const key = { name, idempotency_key: `key-of-${name}` };
    await attempt(key);
    await attempt(key);
    const asked = await attempt({ ...key, dry_run: false });
    const { hint, error_class: asking } = errorOf(asked);
    expect(asking, 'a call that is meant is confirmed').toBe('conflict');
    const confirm_token = /"confirm_token": "([^"]+)"/.exec(hint ?? '')?.[1];
    expect((await attempt({ ...key, dry_run: false, confirm_token })).structuredContent).toEqual({ value: 1, dry: false });
    expect(await timesOf(name)).toBe(1);
    // What was done is not told to whoever only tries again.
    expect((await attempt(key)).structuredContent).toEqual({ dry_run: true, would: 'effects.set' });
  });
});

describe.each(Object.keys(eras) as Era[])('R028 a dry run: %s era', (era) => {
  test('is offered by tools that say so, and by no other', async () => {
    const { tools } = (await send(server.port, eras[era]('tools/list'))).json().result as { tools: { name: string; inputSchema: { properties: object }; outputSchema: Record<string, unknown> }[] };
    expect(tools.filter(({ inputSchema }) => 'dry_run' in inputSchema.properties).map(({ name }) => name)).toEqual(['try_out']);
    expect(tools.find(({ name }) => name === 'try_out')?.outputSchema).toMatchObject({ type: 'object', anyOf: [{ type: 'object', additionalProperties: false }, { type: 'object', additionalProperties: false }] });
    const refused = (await send(server.port, call(era, 'put_value', { name: 'x', value: 1, dry_run: true }))).json().result;
    expect(refused?.isError).toBe(true);
  });

  test('R137 is in the audit as one, with the hash of the call that is meant, and no attempt', async () => {
    const name = fresh();
    const before = (await records(0, 'try_out')).length;
    await send(server.port, call(era, 'try_out', { name, idempotency_key: fresh(), dry_run: true }));
    await send(server.port, call(era, 'try_out', { name, idempotency_key: fresh() }));
    const [tried, meant, ...more] = (await records(before + 2, 'try_out')).slice(before);
    expect(tried).toMatchObject({ phase: 'outcome', status: 'ok', decision: 'permit', dry_run: true, completeness: 'dry_run', args_hash: meant?.['args_hash'] });
    for (const field of ['idempotency', 'confirmation']) expect(tried).not.toHaveProperty(field);
    expect(meant).not.toHaveProperty('dry_run');
    expect(more).toEqual([]);
  });
});

test('R028 a client that can ask its user is not told to', async () => {
  const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } };
  const { result } = (await send(server.port, modern('tools/call', { name: 'try_out', arguments: { name: fresh(), idempotency_key: fresh(), dry_run: true } }, { meta }))).json();
  expect(result?.structuredContent).toEqual({ dry_run: true, would: 'effects.set' });
});
