import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { jws, pair, startIssuer } from '../auth/issuer.ts';
import type { Issuer } from '../auth/issuer.ts';
import { clientKinds } from '../clients.ts';
import type { AnyClient } from '../clients.ts';
import type { Running } from '../start.ts';
import { until } from '../wire/server.ts';
import { send } from '../wire/http.ts';
import type { Answer, HeaderList } from '../wire/http.ts';
import { call, eras, modern } from '../wire/message.ts';
import type { Era } from '../wire/message.ts';

export const MCP_SECRET = Buffer.alloc(32, 7).toString('base64');

/** What a repo without authentication needs where everybody reaches it. */
export const open = { MCP_SECRET, ALLOW_UNAUTHENTICATED: 'true' } as const;

/** Between two signs of life of the tool that shows whether answers are streamed, in milliseconds. */
const STEP_MS = 700;

const COUNTING_TOOL = `import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'count_steps',
  title: 'Count steps',
  when: 'Call this to see progress.',
  returns: 'How many steps there were.',
  effect: 'read',
  scopes: ['notes:read'],
  input: z.strictObject({}),
  output: z.object({ steps: z.number().describe('Steps taken') }),
  async run(_args, { progress }) {
    await progress(1, 2, 'begun');
    await new Promise((resolve) => setTimeout(resolve, ${STEP_MS}));
    return { steps: 2 };
  },
});
`;

/** Its work goes on beyond its deadline. */
const LATE_TOOL = `import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'do_late',
  title: 'Do late',
  when: 'Call this to have something done late.',
  returns: 'Nothing.',
  effect: 'write',
  scopes: ['notes:write'],
  blastRadius: 'nothing.',
  timeoutMs: 100,
  input: z.strictObject({}),
  output: z.object({}),
  async run(_args, { log }) {
    await new Promise((resolve) => setTimeout(resolve, ${STEP_MS}));
    log.info('late.done');
    return {};
  },
});
`;

/** Gives a repo a tool that reports progress and one that is late. The caller writes the index anew. */
export function addTools(repo: string): void {
  writeFileSync(path.join(repo, 'src/tools/count_steps.ts'), COUNTING_TOOL);
  writeFileSync(path.join(repo, 'src/tools/do_late.ts'), LATE_TOOL);
}

/** Starts a repo of one of the two kinds of authentication in the runtime. */
export type Serve = (auth: 'none' | 'oidc', env: Readonly<Record<string, string>>, context: TestContext) => Promise<Running>;

export function createNote(client: AnyClient, text: string): ReturnType<AnyClient['callTool']> {
  return client.callTool({ name: 'create_note', arguments: { text, idempotency_key: `key of ${text}` } });
}

/** The headers of a request as it comes from the edge of a platform, which saw the address. `chain` is what the client itself claims. */
export type Arrive = (address: string, chain?: string) => HeaderList;

/** What holds wherever the server runs. @param streams - Whether answers arrive piece by piece. @param keeps - Whether something outlasts a request. */
export function describeContract(row: string, serve: Serve, streams: boolean, arrive: Arrive, keeps = false): void {
  describe('without authentication', () => {
    test.for(Object.keys(clientKinds))(`${row} answers the %s`, async (kind, context) => {
      const server = await serve('none', open, context);
      const client = await clientKinds[kind as keyof typeof clientKinds](server.url);
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['count_steps', 'create_note', 'delete_note', 'do_late', 'search_notes']);
      const text = `from afar ${kind}`;
      const created = await createNote(client, text);
      expect(created.structuredContent).toEqual({ id: expect.any(String) as string });
      expect(JSON.stringify(await client.callTool({ name: 'search_notes', arguments: { query: text } }))).toContain(text);
      expect((await client.callTool({ name: 'search_notes', arguments: { query: 7 } })).isError).toBe(true);
      await expect(client.getPrompt({ name: 'no_such_prompt' })).rejects.toMatchObject({ code: -32_602 });
      await client.close();
    });

    test(`${row} S001 refuses a foreign Host, answers probes by any, and has nothing elsewhere`, async (context) => {
      const { url } = await serve('none', open, context);
      const foreign = await send(Number(url.port), modern('tools/list', {}, { headers: { host: 'evil.example.com' } }));
      expect([foreign.status, foreign.json().error?.code]).toEqual([403, -32_600]);
      expect((await send(Number(url.port), { method: 'GET', path: '/readyz', headers: { host: '10.0.0.7:3000' } })).status).toBe(200);
      expect((await send(Number(url.port), { method: 'GET', path: '/other?x=1', headers: { host: url.host } })).status).toBe(404);
      expect((await send(Number(url.port), { method: 'GET', headers: { host: url.host } })).status).toBe(keeps ? 400 : 405);
    });

    test.skipIf(keeps)(`${row} refuses a stream of changes at once: nobody could fill it`, async (context) => {
      const { url } = await serve('none', open, context);
      const answer = await send(Number(url.port), modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { headers: { host: url.host } }));
      expect(answer.json().error?.code).toBe(-32_603);
    });

    test(`${row} ${streams ? 'sends progress when it happens' : 'sends the answer in one piece, progress included'}`, async (context) => {
      const { url } = await serve('none', open, context);
      const { headers = {}, body } = call('modern', 'count_steps', {}, { meta: { progressToken: 7 } });
      const answer = await fetch(url, { method: 'POST', headers: headers as Record<string, string>, body });
      const arrived: number[] = [];
      let text = '';
      for await (const chunk of answer.body ?? []) {
        const piece = new TextDecoder().decode(chunk as Uint8Array);
        text += piece;
        if (/"progressToken"|"structuredContent"/.test(piece)) arrived.push(performance.now());
      }
      expect(text).toMatch(/notifications\/progress[\s\S]*"steps":2/);
      const between = (arrived.at(-1) ?? 0) - (arrived[0] ?? 0);
      expect(between > STEP_MS / 2).toBe(streams);
    });
  });

  describe('what outlives its answer', () => {
    test(`${row} is done before the process is frozen or ended, and remembered`, async (context) => {
      const { url, output } = await serve('none', open, context);
      const late = call('modern', 'do_late', { idempotency_key: 'late-0001' }, { headers: { host: url.host } });
      const first = await send(Number(url.port), late);
      expect(first.json().result).toMatchObject({ isError: true, structuredContent: { error: { error_class: 'transient' } } });
      await until(() => output().includes('late.done'));
      // The stand-in for Lambda says when it would freeze the process: not between the call and the end of its work.
      const meanwhile = output().slice(output().indexOf('"tool":"do_late"'), output().indexOf('late.done'));
      expect(meanwhile).not.toContain('invocation over');
      const again = await send(Number(url.port), late);
      expect(again.json().result?.isError ?? false).toBe(false);
    });
  });

  describe('with authentication', () => {
    const key = pair('ES256', 'ec-1');
    let issuer: Issuer;
    beforeAll(async () => {
      issuer = await startIssuer([key.jwk]);
    });
    afterAll(() => issuer.close());

    const trusting = () => ({ MCP_SECRET, OAUTH_ISSUER: issuer.url, OAUTH_JWKS_URI: issuer.jwksUri.replace('localhost', '127.0.0.1'), ...(keeps && { MCP_LEGACY: 'stateless' }) });
    const token = (aud: string, changes: Record<string, unknown> = {}): string =>
      jws({ alg: 'ES256', kid: 'ec-1', typ: 'at+jwt' }, { iss: issuer.url, sub: 'user-1', aud, client_id: 'client-1', scope: 'notes:read notes:write', org_id: 'acme', jti: Math.random().toString(36), iat: seconds(), exp: seconds() + 300, ...changes }, key);

    test(`${row} R080 lets nobody in without a token, and says where to get one`, async (context) => {
      const { url } = await serve('oidc', trusting(), context);
      const answer = await ask(url, []);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain(`resource_metadata="${url.origin}/.well-known/oauth-protected-resource/mcp"`);
      const metadata = await send(Number(url.port), { method: 'GET', path: '/.well-known/oauth-protected-resource/mcp', headers: { host: url.host } });
      expect(metadata.json()).toMatchObject({ resource: url.href, authorization_servers: [issuer.url] });
    });

    test(`${row} S035 S036 lets in who has a token for this server, in both eras, and nobody else`, async (context) => {
      const { url, output } = await serve('oidc', trusting(), context);
      const good = token(url.href);
      for (const era of ['modern', 'legacy'] as const) {
        const answer = await ask(url, [`Bearer ${good}`], era);
        expect([answer.status, answer.json().result?.['tools']]).toEqual([200, expect.any(Array)]);
      }
      for (const bad of [token('https://other.example.com/mcp'), token(url.href, { iss: 'https://evil.example.com' }), token(url.href, { exp: seconds() - 60 }), `${good.slice(0, -8)}AAAAAAAA`]) {
        expect((await ask(url, [`Bearer ${bad}`])).status).toBe(401);
      }
      expect((await ask(url, [`Bearer ${good}`, `Bearer ${good}`])).status).toBeGreaterThanOrEqual(400);
      expect(output()).not.toContain(good);
    });

    const underAttack = async (context: TestContext, env: Readonly<Record<string, string>> = {}) => {
      const { url } = await serve('oidc', { ...trusting(), ...env }, context);
      const [good, bad] = [token(url.href), token(url.href, { exp: seconds() - 60 })];
      const from = async (address: string, chain?: string, bearer = good): Promise<number> => (await ask(url, [`Bearer ${bearer}`], 'modern', arrive(address, chain))).status;
      const attack = async (chainOf: (at: number) => string | undefined): Promise<number[]> => {
        const statuses: number[] = [];
        for (let at = 0; at < 1_000; at += 50) statuses.push(...(await Promise.all(Array.from({ length: 50 }, (_, more) => from('198.51.100.7', chainOf(at + more), bad)))));
        return statuses;
      };
      return { from, attack };
    };

    test(`${row} S027 turns away who sends a thousand bad tokens, by the address that the platform saw whatever X-Forwarded-For says, and nobody else`, async (context) => {
      const { from, attack } = await underAttack(context);
      const statuses = await attack((at) => (at % 2 === 0 ? `203.0.113.${at % 250}` : undefined));
      // Those that were on their way together are looked at together.
      expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(300);
      expect(statuses.filter((status) => status === 401).length).toBeLessThan(400);
      expect(statuses.slice(-100)).toEqual(Array.from({ length: 100 }, () => 429));
      expect([await from('198.51.100.7'), await from('198.51.100.7', '192.0.2.99')]).toEqual([429, 429]);
      expect([await from('192.0.2.99'), await from('192.0.2.99', '198.51.100.7'), await from('203.0.113.4')]).toEqual([200, 200, 200]);
    });

    test(`${row} S028 turns them away by the address that a trusted proxy saw`, async (context) => {
      const { from, attack } = await underAttack(context, { TRUSTED_PROXY_HOPS: '1' });
      expect((await attack((at) => `203.0.113.${at % 250}, 192.0.2.50`)).at(-1)).toBe(429);
      expect([await from('198.51.100.7', '192.0.2.50'), await from('198.51.100.7', '192.0.2.51')]).toEqual([429, 200]);
    });

    test(`${row} lets in everybody who comes together before the keys are there`, async (context) => {
      const { url } = await serve('oidc', trusting(), context);
      const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await ask(url, [`Bearer ${token(url.href)}`])).status));
      expect(statuses).toEqual(Array.from({ length: 12 }, () => 200));
    });
  });
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

function ask(url: URL, authorization: readonly string[], era: Era = 'modern', more: HeaderList = []): Promise<Answer> {
  return send(Number(url.port), { ...eras[era]('tools/list', {}, { headers: { host: url.host } }), more: [...authorization.map((value) => ['authorization', value] as const), ...more] });
}
