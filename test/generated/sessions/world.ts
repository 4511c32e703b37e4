import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as V1Http } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as V1Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { RepoName } from '../repos.ts';
import { scratch } from '../scratch.ts';
import { build, copyRepo, once, writeIndexes } from '../wire/probe.ts';

/** The tools of the suites. */
export const probe = fileURLToPath(new URL('./probe/src', import.meta.url));

/** A generated repo with tools that need sessions, built. */
export function sessionsRepo(name: Extract<RepoName, 'http-redis' | 'http-memory' | 'auth-redis'>): Promise<string> {
  return once(`sessions-${name}`, async (at) => {
    copyRepo(name, at);
    cpSync(probe, path.join(at, 'src'), { recursive: true });
    writeIndexes(at);
    await build(at);
  });
}

/** What has really happened, on all instances. */
export interface Effects {
  /** For the environment of every instance. */
  readonly env: { readonly EFFECTS: string };
  readonly all: () => string[];
  readonly times: (what: string) => number;
}

export function watchEffects(): Effects {
  const file = path.join(scratch('effects'), 'effects');
  writeFileSync(file, '');
  const all = () => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return { env: { EFFECTS: file }, all, times: (what) => all().filter((one) => one === what).length };
}

/** A person behind a client: what they are asked, and what they say. */
export interface Person {
  readonly asked: string[];
  answer(question: string): Record<string, string | number | boolean> | undefined;
}

export function person(answer: Person['answer'] = yes): Person {
  const asked: string[] = [];
  return {
    asked,
    answer(question) {
      asked.push(question);
      return answer(question);
    },
  };
}

/** Agrees, likes red, and takes the size that is the question's length. */
export function yes(question: string): Record<string, string | number | boolean> {
  if (question.startsWith('Which colour')) return { colour: `red of ${question}` };
  if (question.startsWith('Which size')) return { size: question.length };
  return { confirm: true };
}

type Result = { readonly isError?: boolean | undefined; readonly structuredContent?: unknown; readonly content: readonly { type: string; text?: string }[] };

/** What the suites need of any client. */
export interface SessionClient {
  readonly name: string;
  readonly client: Pick<V2Client, 'listTools' | 'close'>;
  call(name: string, args: Record<string, unknown>, options?: { onprogress?: (progress: { progress: number; message?: string | undefined }) => void; signal?: AbortSignal }): Promise<Result>;
  readonly sessionId: () => string | undefined;
  /** Ends the session. */
  end(): Promise<void>;
  /** Log messages and changes that arrived on their own. */
  readonly heard: string[];
  close(): Promise<void>;
}

export const kinds = ['v1 client', 'v2 client, 2025 era', 'v2 client, 2026-07-28'] as const;
export type Kind = (typeof kinds)[number];

export async function connect(kind: Kind, url: URL, who: Person = person(), fetchWith: typeof fetch = fetch): Promise<SessionClient> {
  const heard: string[] = [];
  const reply = (message: string) => {
    const content = who.answer(message);
    return content ? { action: 'accept' as const, content } : { action: 'decline' as const };
  };
  const note = (notification: { method: string; params?: unknown }) => void heard.push(`${notification.method} ${JSON.stringify(notification.params ?? {})}`);
  if (kind === 'v1 client') {
    const client = new V1Client({ name: 'v1', version: '1.0.0' }, { capabilities: { elicitation: {} } });
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => reply(params.message));
    client.fallbackNotificationHandler = async (notification) => note(notification);
    const transport = new V1Http(url, { fetch: fetchWith });
    await client.connect(transport as V1Transport);
    return {
      name: kind,
      client: client as unknown as SessionClient['client'],
      heard,
      sessionId: () => transport.sessionId,
      call: async (name, args, options) => (await client.callTool({ name, arguments: args }, undefined, options)) as Result,
      end: () => transport.terminateSession(),
      close: () => client.close(),
    };
  }
  const mode = kind === 'v2 client, 2026-07-28' ? { pin: '2026-07-28' as const } : ('legacy' as const);
  const client = new V2Client({ name: 'v2', version: '1.0.0' }, { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', ({ params }) => reply(params.message));
  client.fallbackNotificationHandler = async (notification) => note(notification);
  const transport = new V2Http(url, { fetch: fetchWith });
  await client.connect(transport);
  return {
    name: kind,
    client,
    heard,
    sessionId: () => transport.sessionId,
    call: async (name, args, options) => (await client.callTool({ name, arguments: args }, options)) as Result,
    end: () => transport.terminateSession(),
    close: () => client.close(),
  };
}
