import path from 'node:path';
import { inject } from 'vitest';

/** The port as a generated repo has it; described again, because it is read from there. */
export interface Values {
  get(tenant: string, key: string, extendMs?: number): Promise<string | undefined>;
  set(tenant: string, key: string, value: string, ttlMs: number): Promise<void>;
  claim(tenant: string, key: string, value: string, ttlMs: number): Promise<string | undefined>;
  replace(tenant: string, key: string, expected: string, value: string | undefined, ttlMs: number): Promise<boolean>;
  delete(tenant: string, key: string): Promise<void>;
}
export interface Entry {
  readonly id: string;
  readonly text: string;
}
export interface EventLog {
  append(tenant: string, stream: string, text: string, ttlMs: number): Promise<string>;
  read(tenant: string, stream: string, after: string): Promise<readonly Entry[]>;
  last(tenant: string, stream: string): Promise<string | undefined>;
}
export interface Channel {
  publish(name: string, message: string): void;
  subscribe(name: string, listener: (message: string) => void): () => void;
}
export interface State {
  readonly values: Values;
  readonly log: EventLog;
  readonly channel: Channel;
  ready?(): Promise<boolean>;
  details?(): Readonly<Record<string, string>>;
  close?(): void;
}
export type Follow = (state: Pick<State, 'log' | 'channel'>, tenant: string, stream: string, after: string, signal: AbortSignal) => AsyncGenerator<Entry, void, undefined>;

const module = async <T>(file: string): Promise<T> => (await import(path.join(inject('workspace'), 'http-redis/src/platform', file))) as T;

const silent = { debug() {}, info() {}, warn() {}, error() {}, failure() {}, always() {}, flush() {}, with: () => silent };

/** State in this process. */
export async function inProcess(): Promise<State> {
  return (await module<{ stateInProcess: () => State }>('state/state.ts')).stateInProcess();
}

/** State in Redis, on a connection of its own: another instance each time. */
export async function inRedis(REDIS_URL: string, log: object = silent): Promise<State> {
  return (await module<{ openState: (config: object, log: object) => Promise<State> }>('state/open.ts')).openState({ REDIS_URL, NODE_ENV: 'test' }, log);
}

export async function loadFollow(): Promise<Follow> {
  return (await module<{ follow: Follow }>('state/follow.ts')).follow;
}

export async function errorNames(): Promise<{ StateFull: new () => Error; StateUnavailable: new () => Error }> {
  return module('state/port.ts');
}

/** Who calls, as far as a handle is concerned. */
export interface Owner {
  readonly tenant: string;
  readonly user?: { readonly issuer: string; readonly subject: string };
  readonly agent: { readonly clientId: string };
}
export interface Handles {
  create(value: unknown): Promise<string>;
  read(handle: string, schema: unknown): Promise<unknown>;
  write(handle: string, value: unknown): Promise<void>;
  delete(handle: string): Promise<void>;
}

export async function loadHandles(): Promise<(state: Values) => (owner: Owner) => Handles> {
  return (await module<{ createHandles: (state: Values) => (owner: Owner) => Handles }>('state/handles.ts')).createHandles;
}
