import type { JSONRPCRequest, Server } from '@modelcontextprotocol/server';
import type { Log, LogFields } from './log.js';

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
  /** Tells more of the operation that is running. */
  note(facts: Facts): void;
  /** `trace_id` and `span_id` of the operation that is running. */
  ids(): LogFields | undefined;
  /** Says in this log when nothing can be sent. */
  reportTo(log: Log): void;
  /** Sends what is left; gives up after two seconds. */
  close(): Promise<void>;
}
