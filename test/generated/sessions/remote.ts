import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '../scratch.ts';
import { bundleForWorkerd, startWorkerd } from '../serverless/workerd.ts';
import type { RunningWorkerd } from '../serverless/workerd.ts';
import { copyRepo, once } from '../wire/probe.ts';
import type { Entry, State } from './adapters.ts';

/** The port of an object, call by call: what the entry for Workers makes of its storage. */
const ENTRY = `// @ts-nocheck
import { DurableObject } from 'cloudflare:workers';
import { createLocalChannel } from '../platform/state/channel.js';
import { openDatabase, sweep } from '../platform/state/sqlite.js';
import { createSqliteLog } from '../platform/state/sqlite_log.js';
import { createSqliteState } from '../platform/state/sqlite_state.js';

export class Tenant extends DurableObject {
  #database = openDatabase(this.ctx.storage.sql);
  #channel = createLocalChannel();
  #parts = { values: createSqliteState(this.#database), log: createSqliteLog(this.#database, this.#channel), channel: this.#channel, database: { ...this.#database, sweep: () => sweep(this.#database) } };

  async fetch(request) {
    const { part, method, args } = await request.json();
    if (method === 'subscribe') return this.#listen(args[0]);
    try {
      // JSON has no undefined.
      return Response.json({ value: await this.#parts[part][method](...args.map((arg) => arg ?? undefined)) });
    } catch ({ name, message }) {
      return Response.json({ failed: name, message });
    }
  }

  #listen(name) {
    let stop;
    const start = (controller) => {
      controller.enqueue(new TextEncoder().encode('\\n'));
      stop = this.#channel.subscribe(name, (text) => controller.enqueue(new TextEncoder().encode(JSON.stringify(text) + '\\n')));
    };
    return new Response(new ReadableStream({ start, cancel: () => stop() }));
  }
}

export default { fetch: (request, { TENANTS }) => (request.method === 'GET' ? new Response() : TENANTS.getByName('any').fetch(request)) };
`;

/** The state of one Durable Object, on another machine as far as the caller can tell. */
export interface RemoteState extends State {
  /** Seconds to wait for the tokens of a bucket; 0 where they were taken. */
  take(tenant: string, bucket: { readonly key: string; readonly size: number; readonly cost: number }): Promise<number>;
  /** A statement of SQL. */
  run(statement: string): Promise<unknown>;
  sweep(): Promise<boolean>;
}

/** Starts an object with nothing but its state. */
export async function startStateObject(executable: string, disk = scratch('object')): Promise<RunningWorkerd> {
  const repo = await once('state-object', async (at) => {
    copyRepo('objects-none', at);
    writeFileSync(path.join(at, 'src/entry/port.ts'), ENTRY);
    await bundleForWorkerd(at, 'src/entry/port.ts');
  });
  return startWorkerd(executable, path.join(repo, 'workerd/port.js'), {}, { disk, isolates: 2 });
}

/** Speaks to it at one of its isolates. */
export function remoteState(port: number): RemoteState {
  const post = (part: string, method: string, args: readonly unknown[], signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify({ part, method, args }), ...(signal && { signal }) });
  const ask = async <T>(part: string, method: string, ...args: readonly unknown[]): Promise<T> => {
    const { value, failed, message } = (await (await post(part, method, args)).json()) as { value: T; failed?: string; message?: string };
    if (failed === undefined) return value;
    throw Object.assign(new Error(message), { name: failed });
  };
  const listen = async (name: string, listener: (message: string) => void, signal: AbortSignal): Promise<void> => {
    const { body } = await post('channel', 'subscribe', [name], signal);
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (text + chunk).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) if (line !== '' && !signal.aborted) listener(JSON.parse(line) as string);
    }
  };
  return {
    values: {
      get: (...args) => ask('values', 'get', ...args),
      set: (...args) => ask('values', 'set', ...args),
      claim: (...args) => ask('values', 'claim', ...args),
      replace: (tenant, key, expected, value, ttlMs) => ask('values', 'replace', tenant, key, expected, value, ttlMs),
      delete: (...args) => ask('values', 'delete', ...args),
    },
    log: {
      append: (...args) => ask('log', 'append', ...args),
      read: (...args) => ask<Entry[]>('log', 'read', ...args),
      last: (...args) => ask('log', 'last', ...args),
    },
    channel: {
      publish: (...args) => void ask('channel', 'publish', ...args),
      subscribe(name, listener) {
        const end = new AbortController();
        listen(name, listener, end.signal).catch(() => undefined);
        return () => end.abort();
      },
    },
    take: async (tenant, bucket) => (await ask<{ waitSeconds: number }[]>('values', 'take', tenant, [bucket]))[0]?.waitSeconds ?? NaN,
    run: (statement) => ask('database', 'run', statement),
    sweep: () => ask('database', 'sweep'),
  };
}
