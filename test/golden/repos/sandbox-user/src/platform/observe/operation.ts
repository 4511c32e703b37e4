import { context, createContextKey, type Attributes, type Context, type Meter, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { JSONRPCRequest, JSONRPCResponse, Transport } from '@modelcontextprotocol/server';
import type { Facts, Origin, Telemetry } from './telemetry.js';

/** Bounds in seconds, as the conventions advise. */
const SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Every other method is one that a client made up. */
const METHODS: readonly string[] = [
  'initialize', 'ping', 'server/discover', 'completion/complete', 'logging/setLevel', 'tools/list', 'tools/call', 'prompts/list',
  'prompts/get', 'resources/list', 'resources/templates/list', 'resources/read', 'resources/subscribe', 'resources/unsubscribe',
];

const CANCELLED: Facts = { 'error.type': 'cancelled' };

const RUNNING = createContextKey('the operation that is running');

interface Operation {
  readonly span: Span;
  readonly began: number;
  /** Few different values each: of the span and of its measurement. */
  readonly facts: Attributes;
  /** What was told while it ran: of the span only. */
  readonly notes: Record<string, string>;
}

/** Makes a span and a measurement of every MCP operation (OpenTelemetry semantic conventions, gen-ai/mcp). */
export function createOperations(tracer: Tracer, meter: Meter): Pick<Telemetry, 'watch' | 'note' | 'ids'> {
  const duration = meter.createHistogram('mcp.server.operation.duration', { unit: 's', advice: { explicitBucketBoundaries: SECONDS } });
  const inflight = meter.createUpDownCounter('app.inflight', { description: 'Operations that are running.' });
  const outcomes = meter.createCounter('app.idempotency.outcomes', { description: 'Calls with an idempotency key, by what became of them.' });
  const partial = meter.createCounter('app.tool.partial_results', { description: 'Calls that did a part of their work, or answered with what is old.' });

  const begin = (message: JSONRPCRequest, { request, aboutOf }: Origin, parent: Context): Operation => {
    const method = METHODS.includes(message.method) ? message.method : '_OTHER';
    const { 'mcp.resource.uri': uri, ...about } = aboutOf(message);
    const network = request ? { 'network.transport': 'tcp', 'network.protocol.name': 'http' } : { 'network.transport': 'pipe' };
    const facts = { 'mcp.method.name': method, ...about, ...network };
    const attributes = { ...facts, 'mcp.resource.uri': uri, 'jsonrpc.request.id': String(message.id) };
    const target = about['gen_ai.tool.name'] ?? about['gen_ai.prompt.name'];
    inflight.add(1);
    const span = tracer.startSpan(target === undefined ? method : `${method} ${target}`, { kind: SpanKind.SERVER, attributes }, parent);
    return { span, began: performance.now(), facts, notes: {} };
  };

  const end = ({ span, began, facts, notes }: Operation, outcome: Facts): void => {
    const error = notes['error.type'] ?? outcome['error.type'];
    const measured = { ...facts, ...outcome, ...(error !== undefined && { 'error.type': error }) };
    // Without a description: what a tool says of its failure can repeat an argument.
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttributes({ ...measured, ...notes }).end();
    inflight.add(-1);
    duration.record((performance.now() - began) / 1_000, measured);
    const tool = { 'gen_ai.tool.name': facts['gen_ai.tool.name'] };
    if (notes['app.idempotency.outcome'] !== undefined) outcomes.add(1, { ...tool, outcome: notes['app.idempotency.outcome'] });
    const kind = notes['app.result.completeness'];
    if (kind === 'partial' || kind === 'stale') partial.add(1, { ...tool, kind });
  };

  const listen = (transport: Transport, origin: Origin, version: () => string | null | undefined): void => {
    const open = new Map<unknown, Operation>();
    const close = (id: unknown, outcome: Facts): void => {
      const operation = open.get(id);
      const spoken = version();
      if (operation && open.delete(id)) end(operation, { ...(spoken && { 'mcp.protocol.version': spoken }), ...outcome });
    };
    const { onmessage: hear, onclose } = transport;
    const say = transport.send.bind(transport);
    transport.onmessage = (message, extra) => {
      // The server of a session hears again what its client has said first, then without an HTTP request.
      const isOfClient = origin.request === undefined || extra?.request !== undefined;
      if ('method' in message && 'id' in message && isOfClient) {
        const parent = parentOf(message, origin);
        const operation = begin(message, origin, parent);
        open.set(message.id, operation);
        context.with(trace.setSpan(parent, operation.span).setValue(RUNNING, operation), () => hear?.(message, extra));
        return;
      }
      hear?.(message, extra);
      if ('method' in message && message.method === 'notifications/cancelled') close(message.params?.['requestId'], CANCELLED);
    };
    transport.send = (message, options) => {
      if (!('method' in message)) close(message.id, outcomeOf(message));
      return say(message, options);
    };
    transport.onclose = () => {
      for (const id of open.keys()) close(id, CANCELLED);
      onclose?.();
    };
  };

  return {
    watch(server, origin) {
      const connect = server.connect.bind(server);
      server.connect = async (transport) => {
        await connect(transport);
        listen(transport, origin, () => server.getNegotiatedProtocolVersion() ?? origin.request?.headers.get('mcp-protocol-version'));
      };
    },
    note: (facts) => void Object.assign(running()?.notes ?? {}, facts),
    ids() {
      const ids = running()?.span.spanContext();
      return ids && { trace_id: ids.traceId, span_id: ids.spanId };
    },
  };
}

function running(): Operation | undefined {
  return context.active().getValue(RUNNING) as Operation | undefined;
}

const propagator = new W3CTraceContextPropagator();

/** The trace that the client goes on with: as its message says, else its HTTP request. */
function parentOf({ params }: JSONRPCRequest, { request }: Origin): Context {
  const inHeaders = { traceparent: request?.headers.get('traceparent'), tracestate: request?.headers.get('tracestate') };
  const found = [params?._meta, inHeaders].map((carrier) => propagator.extract(ROOT_CONTEXT, carrier, member));
  return found.find((one) => trace.getSpanContext(one)) ?? ROOT_CONTEXT;
}

/** Members of an object that a client has sent. Nothing but a text: the propagator joins a list, and its elements may throw at that. */
const member = {
  get: (carrier: object | undefined, key: string): string | undefined => {
    const value: unknown = Object(carrier)[key];
    return typeof value === 'string' ? value : undefined;
  },
  keys: (carrier: object | undefined) => Object.keys(carrier ?? {}),
};

/** Of a failure whose class nobody has noted: our class, the JSON-RPC code, or what the conventions call a failed tool. */
function outcomeOf(answer: JSONRPCResponse): Facts {
  if (!('error' in answer)) return answer.result['isError'] === true ? { 'error.type': 'tool_error' } : {};
  const { code, data } = answer.error;
  const known: unknown = Object(data)['error_class'];
  return { 'error.type': String(known ?? code), 'rpc.response.status_code': String(code) };
}
