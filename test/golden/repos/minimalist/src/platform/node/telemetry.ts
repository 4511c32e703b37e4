import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { AlwaysOnSampler, BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { CommonSettings } from '../config/settings.js';
import { createMeasures } from '../observe/measure.js';
import { createOperations } from '../observe/operation.js';
import type { Telemetry } from '../observe/telemetry.js';
import type { ServerIdentity } from '../server/definition.js';

/** Milliseconds: how long anybody waits until what is left has been sent, and how seldom the log repeats that nothing arrives. */
const WAIT = { closing: 2_000, complaint: 60_000 } as const;

/** Waits, but not for long: a collector may take reports and never answer. */
async function briefly(sent: Promise<unknown>): Promise<void> {
  await Promise.race([sent, sleep(WAIT.closing, undefined, { ref: false })]);
}

/** Sends spans and metrics to a collector (OTLP over HTTP, protobuf), in batches, from a queue that drops what does not fit. */
export function openTelemetry(settings: CommonSettings, { name, version }: ServerIdentity): Telemetry {
  // The packages read the environment themselves; these two may have come from a file.
  for (const variable of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS'] as const) {
    const value = settings[variable];
    if (value !== undefined) process.env[variable] = value;
  }
  const self = { 'service.name': name, 'service.version': version, 'service.instance.id': crypto.randomUUID() };
  const resource = resourceFromAttributes(self).merge(detectResources({ detectors: [envDetector] }));
  const traces = new NodeTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    // Whether a call is recorded is not for its caller to say.
    ...(process.env['OTEL_TRACES_SAMPLER'] === undefined && { sampler: new AlwaysOnSampler() }),
  });
  // So that tools find the tracer in @opentelemetry/api.
  traces.register();
  const { OTEL_METRIC_EXPORT_INTERVAL: exportIntervalMillis } = settings;
  const exportTimeoutMillis = Math.min(exportIntervalMillis, 10_000);
  const metrics = new MeterProvider({ resource, readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(), exportIntervalMillis, exportTimeoutMillis })] });
  const meter = metrics.getMeter(name, version);

  return {
    ...createOperations(traces.getTracer(name, version), meter),
    ...createMeasures(meter),
    reportTo(log) {
      let last = -Infinity;
      // Without the error: it can repeat the address, and what the collector has answered.
      setGlobalErrorHandler(() => {
        if (performance.now() - last < WAIT.complaint) return;
        last = performance.now();
        // Whichever call has set the timer off, it is none of its lines.
        context.with(ROOT_CONTEXT, () => log.warn('telemetry.lost'));
      });
    },
    flush: () => briefly(Promise.allSettled([traces.forceFlush(), metrics.forceFlush()])),
    close: () => briefly(Promise.allSettled([traces.shutdown(), metrics.shutdown()])),
  };
}
