import type { Meter } from '@opentelemetry/api';
import type { Telemetry } from './telemetry.js';

/** Bounds in seconds, as the conventions advise. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const METHODS: readonly string[] = ['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'PATCH'];

/** Measures HTTP requests (OpenTelemetry semantic conventions, http-metrics): what is refused at the door is no MCP operation. */
export function createMeasure(meter: Meter): Telemetry['measure'] {
  const duration = meter.createHistogram('http.server.request.duration', { unit: 's', advice: { explicitBucketBoundaries: SECONDS } });
  return async (request, endpoint, answer) => {
    const began = performance.now();
    let status = 500;
    try {
      const response = await answer;
      ({ status } = response);
      return response;
    } finally {
      duration.record((performance.now() - began) / 1_000, {
        'http.request.method': METHODS.includes(request.method) ? request.method : '_OTHER',
        'http.route': endpoint.pathname,
        'url.scheme': endpoint.protocol.slice(0, -1),
        'http.response.status_code': status,
        ...(status >= 500 && { 'error.type': String(status) }),
      });
    }
  };
}
