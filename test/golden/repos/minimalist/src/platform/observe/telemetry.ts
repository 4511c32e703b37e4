import type { JSONRPCRequest, Server } from '@modelcontextprotocol/server';
import type { Log, LogFields, LogOptions } from './log.js';

/** Facts about an operation: names of the OpenTelemetry semantic conventions, or `app.*`. Never an argument or a result. */
export type Facts = Readonly<Record<string, string>>;

/** Where the requests of a server come from. */
export interface Origin {
  /** Absent over stdio. */
  readonly request: Request | undefined;
  /** What a request is about, in names of this server. */
  readonly aboutOf: (request: JSONRPCRequest) => Facts;
}

/** Spans and metrics; absent where nobody collects them. */
export interface Telemetry {
  /** Makes a span and a measurement of every request that a server is sent. */
  watch(server: Server, origin: Origin): void;
  /** Measures an HTTP request. @param endpoint - Its address as it is configured. */
  measure(request: Request, endpoint: URL, answer: Promise<Response>): Promise<Response>;
  /** The same `fetch`, measured. @param upstream - Whose API it goes to, by its name here. */
  measureFetch(upstream: string, dial: typeof fetch): typeof fetch;
  /** Counts what a rate limit has decided. @param layer - Which limit has refused; `none` when all of them allow. */
  countDecision(layer: string, outcome: 'allowed' | 'refused'): void;
  /** Measures an operation of the state store. */
  measureState<T>(operation: string, work: () => Promise<T>): Promise<T>;
  /** Counts warnings and errors of the log. */
  readonly noteTrouble: LogOptions['noteTrouble'];
  /** Tells more of the operation that is running. */
  note(facts: Facts): void;
  /** `trace_id` and `span_id` of the operation that is running. */
  ids(): LogFields | undefined;
  /** Says in this log when nothing can be sent. */
  reportTo(log: Log): void;
  /** Sends what there is, for a process that is about to be frozen; gives up after two seconds. */
  flush(): Promise<void>;
  /** Sends what is left; gives up after two seconds. */
  close(): Promise<void>;
}
