import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { readCollector, readServices } from '../generated/image/compose.ts';
import { filesOf } from './repo.ts';

const read = (file: string): string => readFileSync(new URL(`../../templates/items/observability/deploy/observability/${file}`, import.meta.url), 'utf8');
const text = read('collector.yaml');

/** The keys that this configuration has use for, as the schemas of the distribution `otelcol` have them. Nothing here can run a collector. */
const schema = z.strictObject({
  receivers: z.strictObject({ otlp: z.strictObject({ protocols: z.strictObject({ http: z.strictObject({ endpoint: z.string() }) }) }) }),
  processors: z.strictObject({ memory_limiter: z.strictObject({ check_interval: z.string().regex(/^\d+s$/), limit_percentage: z.int().max(100), spike_limit_percentage: z.int().max(100) }) }),
  exporters: z.strictObject({ debug: z.strictObject({ verbosity: z.enum(['basic', 'normal', 'detailed']) }), prometheus: z.strictObject({ endpoint: z.string() }) }),
  service: z.strictObject({
    pipelines: z.record(z.enum(['traces', 'metrics']), z.strictObject({ receivers: z.array(z.string()).min(1), processors: z.array(z.string()), exporters: z.array(z.string()).min(1) })),
  }),
});
const config = schema.parse(parse(text));

describe('the configuration of the collector', () => {
  test('spans and metrics go through what is declared, and all that is declared is used', () => {
    for (const kind of ['receivers', 'processors', 'exporters'] as const) {
      const used = new Set(Object.values(config.service.pipelines).flatMap((pipeline) => pipeline[kind]));
      expect([...used].toSorted()).toEqual(Object.keys(config[kind]).toSorted());
    }
    // It has to be first: what it refuses, nothing has looked at.
    expect(Object.values(config.service.pipelines).map(({ processors }) => processors[0])).toEqual(['memory_limiter', 'memory_limiter']);
  });

  test.each<[string, RegExp, string]>([
    ['a key that is none', /endpoint: 0\.0\.0\.0:9464/, 'end_point: 0.0.0.0:9464'],
    ['a level that is none', /verbosity: normal/, 'verbosity: loud'],
    ['an exporter that is none', /^ {2}debug:/m, '  logging:'],
  ])('what reads it refuses %s', (_title, right, wrong) => {
    expect(text).toMatch(right);
    expect(() => schema.parse(parse(text.replace(right, wrong)))).toThrow(z.ZodError);
  });
});

function portOf(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf(':') + 1);
}

describe('deploy/observability/compose.yaml', () => {
  const { added, collector } = readCollector(read('compose.yaml'));

  test('lets the server send where the collector listens, which only the server reaches', () => {
    expect(added).toEqual({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://collector:${portOf(config.receivers.otlp.protocols.http.endpoint)}` });
    const scraped = portOf(config.exporters.prometheus.endpoint);
    expect(collector.ports).toEqual([`127.0.0.1:${scraped}:${scraped}`]);
  });

  test('gives it the file beside this one, by a path from where the first compose file is', () => {
    expect(collector.volumes).toEqual(['./deploy/observability/collector.yaml:/etc/otelcol/config.yaml:ro']);
  });

  test('what it adds is nothing that the first file says', () => {
    const { server, ...others } = readServices(filesOf({ transport: 'http', auth: 'okta', session: 'redis', deploy: ['docker'] }).get('compose.yaml') ?? '');
    expect(Object.keys(server.environment)).not.toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
    expect(Object.keys(others)).not.toContain('collector');
  });
});
