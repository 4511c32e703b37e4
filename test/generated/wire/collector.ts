import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import root from '@opentelemetry/otlp-transformer/build/src/generated/root.js';

/** A span as it was sent. */
export interface Span {
  readonly name: string;
  /** 2 is SERVER. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  /** 2 is ERROR. */
  readonly status: { readonly code?: number; readonly message?: string };
  readonly events: readonly unknown[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A series as it was last sent. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Calls in a histogram, or the value of anything else. */
  readonly value: number;
  readonly bounds: readonly number[] | undefined;
  /** How many calls were between two bounds, and their sum. */
  readonly buckets: readonly number[] | undefined;
  readonly sum: number | undefined;
  readonly isMonotonic: boolean | undefined;
}

/** An OpenTelemetry collector that keeps everything. */
export interface Collector {
  readonly url: string;
  readonly spans: () => Span[];
  readonly series: () => Series[];
  /** Attributes of what sent it. */
  readonly resource: () => Readonly<Record<string, unknown>>;
  /** Headers of each report. */
  readonly headers: () => Readonly<Record<string, unknown>>[];
  /** Every byte that arrived. */
  readonly bytes: () => Buffer;
  close(): void;
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}
interface Attributed {
  readonly attributes?: readonly { readonly key: string; readonly value: Value }[];
}
interface RawSpan extends Attributed, Pick<Span, 'name' | 'kind' | 'status' | 'events'> {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId?: Buffer;
  readonly traceState?: string;
}
interface RawPoint extends Attributed {
  readonly count?: string;
  readonly asInt?: string;
  readonly asDouble?: number;
  readonly explicitBounds?: readonly number[];
  readonly bucketCounts?: readonly string[];
  readonly sum?: number;
}
interface RawMetric {
  readonly name: string;
  readonly unit?: string;
  readonly histogram?: { readonly dataPoints: readonly RawPoint[] };
  readonly sum?: { readonly dataPoints: readonly RawPoint[]; readonly isMonotonic?: boolean };
}
interface RawTraces {
  readonly resourceSpans: readonly { readonly resource: Attributed; readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[] }[];
}
interface RawMetrics {
  readonly resourceMetrics: readonly { readonly resource: Attributed; readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[] }[];
}

interface Decoder {
  decode(bytes: Buffer): unknown;
  toObject(message: unknown, options: { readonly longs: typeof String }): Partial<RawTraces & RawMetrics>;
}
interface Definitions {
  readonly opentelemetry: { readonly proto: { readonly collector: { readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: Decoder } }; readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: Decoder } } } } };
}

const { trace, metrics } = (root as unknown as Definitions).opentelemetry.proto.collector;
const decoders: Readonly<Record<string, Decoder>> = { '/v1/traces': trace.v1.ExportTraceServiceRequest, '/v1/metrics': metrics.v1.ExportMetricsServiceRequest };
const open = new Set<Server>();

/** @param answer - The status of its answer, once it gives one. */
export async function startCollector(answer: () => number | Promise<number> = () => 200): Promise<Collector> {
  const spans: Span[] = [];
  const series = new Map<string, Series>();
  const headers: Record<string, unknown>[] = [];
  const bytes: Buffer[] = [];
  let resource: Readonly<Record<string, unknown>> = {};
  const take = (path: string, body: Buffer): void => {
    const decoder = decoders[path];
    const message = decoder?.toObject(decoder.decode(body), { longs: String }) ?? {};
    for (const { resource: sender, scopeSpans } of message.resourceSpans ?? []) {
      resource = attributesOf(sender);
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map(spanOf)));
    }
    for (const { resource: sender, scopeMetrics } of message.resourceMetrics ?? []) {
      resource = attributesOf(sender);
      for (const one of scopeMetrics.flatMap((scope) => scope.metrics.flatMap(seriesOf))) series.set(JSON.stringify([one.name, one.attributes]), one);
    }
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      bytes.push(body);
      headers.push(request.headers);
      void Promise.resolve(answer()).then((status) => {
        if (status === 200) take(request.url ?? '', body);
        response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.add(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    series: () => [...series.values()],
    resource: () => resource,
    headers: () => headers,
    bytes: () => Buffer.concat(bytes),
    close: () => stop(server),
  };
}

/** Ends every collector of this file. */
export function closeCollectors(): void {
  for (const server of open) stop(server);
}

function stop(server: Server): void {
  open.delete(server);
  server.close();
  server.closeAllConnections();
}

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');

function spanOf({ traceId, spanId, parentSpanId, traceState, name, kind, status, events, attributes }: RawSpan): Span {
  return {
    name,
    kind,
    traceId: hex(traceId),
    spanId: hex(spanId),
    parentSpanId: parentSpanId?.length ? hex(parentSpanId) : undefined,
    traceState: traceState === '' ? undefined : traceState,
    status: status ?? {},
    events: events ?? [],
    attributes: attributesOf({ ...(attributes && { attributes }) }),
  };
}

function seriesOf({ name, unit = '', histogram, sum }: RawMetric): Series[] {
  return (histogram ?? sum)?.dataPoints.map((point) => ({
    name,
    unit,
    attributes: attributesOf(point),
    value: Number(point.count ?? point.asInt ?? point.asDouble),
    bounds: point.explicitBounds,
    buckets: point.bucketCounts?.map(Number),
    sum: point.sum,
    isMonotonic: sum && sum.isMonotonic === true,
  })) ?? [];
}

function attributesOf({ attributes = [] }: Attributed): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue)]));
}
