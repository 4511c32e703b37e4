import type { Meter, MetricOptions } from '@opentelemetry/api';
import type { Telemetry } from './telemetry.js';

/** Bounds in seconds, as the conventions advise for HTTP. */
const SECONDS: MetricOptions = { unit: 's', advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] } };

const METHODS: readonly string[] = ['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'PATCH'];

type Measures = Pick<Telemetry, 'measure' | 'measureFetch' | 'countDecision' | 'measureState' | 'noteTrouble'>;

/**
 * Measures what surrounds the MCP operations: HTTP in and out (OpenTelemetry semantic conventions, http-metrics),
 * the limits, the state store, and how often the log warns. No attribute has more values than this server has names.
 */
export function createMeasures(meter: Meter): Measures {
  const served = meter.createHistogram('http.server.request.duration', SECONDS);
  const asked = meter.createHistogram('http.client.request.duration', SECONDS);
  const stored = meter.createHistogram('app.state_store.duration', SECONDS);
  const decisions = meter.createCounter('app.ratelimit.decisions', { description: 'Calls that the rate limits were asked about.' });
  const troubles = meter.createCounter('app.log.events', { description: 'Warnings and errors of the log.' });

  return {
    async measure(request, endpoint, answer) {
      const elapsed = startClock();
      let status = 500;
      try {
        const response = await answer;
        ({ status } = response);
        return response;
      } finally {
        served.record(elapsed(), {
          'http.request.method': METHODS.includes(request.method) ? request.method : '_OTHER',
          'http.route': endpoint.pathname,
          'url.scheme': endpoint.protocol.slice(0, -1),
          'http.response.status_code': status,
          ...(status >= 500 && { 'error.type': String(status) }),
        });
      }
    },
    measureFetch: (upstream, dial) => async (input, init) => {
      const elapsed = startClock();
      const facts = { 'http.request.method': init?.method ?? 'GET', 'app.upstream': upstream };
      try {
        const response = await dial(input, init);
        const { status } = response;
        asked.record(elapsed(), { ...facts, 'http.response.status_code': status, ...(status >= 400 && { 'error.type': String(status) }) });
        return response;
      } catch (error) {
        asked.record(elapsed(), { ...facts, 'error.type': error instanceof Error ? error.name : '_OTHER' });
        throw error;
      }
    },
    countDecision: (layer, outcome) => decisions.add(1, { layer, outcome }),
    async measureState(operation, work) {
      const elapsed = startClock();
      let outcome = 'failed';
      try {
        const value = await work();
        outcome = 'ok';
        return value;
      } finally {
        stored.record(elapsed(), { operation, outcome });
      }
    },
    noteTrouble: (level, event, { reason, upstream }) =>
      troubles.add(1, { 'event.name': event, 'app.log.level': level, ...(reason !== undefined && { 'app.reason': String(reason) }), ...(upstream !== undefined && { 'app.upstream': String(upstream) }) }),
  };
}

/** @returns what tells the seconds since. */
function startClock(): () => number {
  const began = performance.now();
  return () => (performance.now() - began) / 1_000;
}
