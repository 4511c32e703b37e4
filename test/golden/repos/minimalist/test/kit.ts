import { randomUUID } from 'node:crypto';
import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { onTestFinished } from 'vitest';
import { settings } from '../src/config.js';
import type { ErrorBody } from '../src/platform/call/error.js';
import { loadEnvironment, readVariable } from '../src/platform/config/environment.js';
import { createLog } from '../src/platform/observe/log.js';
import { LOCAL_PRINCIPAL, type Principal } from '../src/platform/principal.js';
import { createRuntime, type Runtime } from '../src/platform/runtime.js';
import { type State, stateInProcess } from '../src/platform/state/state.js';

/** The protocol generations a server speaks: 2026-07-28, and the 2025 revisions. */
export const ERAS = ['modern', 'legacy'] as const;
export type Era = (typeof ERAS)[number];

/** A server in this process, with its own services, and what it has logged. */
export interface TestServer {
  readonly runtime: Runtime;
  readonly logs: string[];
  /** Connects a real client without a socket; closed when the test ends. */
  connect(options?: ConnectOptions): Promise<TestClient>;
}

export interface ConnectOptions {
  readonly era?: Era;
  readonly principal?: Principal;
  /** What the user answers to a question; undefined declines. Without it the client cannot ask anybody. */
  readonly user?: (question: string) => Record<string, string | number | boolean | string[]> | undefined;
}

/** @param state - Several servers that share it are instances of one. */
export function startServer(environment: Record<string, string> = {}, state: State = stateInProcess()): TestServer {
  const logs: string[] = [];
  const log = createLog('info', (line) => logs.push(line));
  const variable = (name: string) => readVariable(name, { ...process.env, ...environment });
  const runtime = createRuntime(loadEnvironment(settings, environment), { transport: 'http', log, state, variable });
  return {
    runtime,
    logs,
    async connect({ era = 'modern', principal = LOCAL_PRINCIPAL, user } = {}) {
      const [near, far] = InMemoryTransport.createLinkedPair();
      const server = serveStdio(runtime.factoryFor(() => principal), { transport: far });
      const mode = era === 'modern' ? { pin: '2026-07-28' } : 'legacy';
      const capabilities = user ? { elicitation: { form: {} } } : {};
      const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities, versionNegotiation: { mode } });
      if (user) {
        client.setRequestHandler('elicitation/create', ({ params }) => {
          const content = user(params.message);
          return content ? { action: 'accept', content } : { action: 'decline' };
        });
      }
      await client.connect(near);
      onTestFinished(async () => {
        await client.close();
        await server.close();
      });
      return new TestClient(client);
    },
  };
}

/** Calls tools as a client does, and unpacks what comes back. */
export class TestClient {
  constructor(readonly mcp: Client) {}

  /** The output of a call. @throws when the call fails. */
  async call(name: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const { isError, structuredContent, content } = await this.mcp.callTool({ name, arguments: args });
    if (isError) throw new Error(`${name} failed: ${JSON.stringify(content)}`);
    return Object(structuredContent) as Record<string, unknown>;
  }

  /** The error of a call. @throws when the call succeeds. */
  async fail(name: string, args: Record<string, unknown> = {}): Promise<ErrorBody> {
    const { isError, content } = await this.mcp.callTool({ name, arguments: args });
    const [first] = content;
    if (!isError || first?.type !== 'text') throw new Error(`${name} did not fail`);
    return JSON.parse(first.text) as ErrorBody;
  }
}

/** A fresh idempotency key. */
export function newKey(): string {
  return randomUUID();
}
