import { parser } from '@prometheus-io/lezer-promql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alerts, dashboard, queries, sent, variables } from '../../deploy/observability.ts';
import { file, promtool } from '../../deploy/promtool.ts';
import { upstreamRepo } from '../upstream/repo.ts';
import { closeCollectors, startCollector } from './collector.ts';
import type { Series } from './collector.ts';
import { send } from './http.ts';
import { call, modern } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer } from './server.ts';

/** Label names by series, as Prometheus has them. */
let known: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  const collector = await startCollector();
  const server = await startServer(await probeRepo(), { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  for (const [name, args] of [['partial_work', {}], ['spend_money', { name: 'x', idempotency_key: 'dashboard-1' }], ['fail_as', { kind: 'transient' }]] as const) await send(server.port, call('modern', name, args));
  await send(server.port, modern('prompts/get', { name: 'summarize_notes', arguments: { topic: 'x' } }));
  await send(server.port, { method: 'PUT' });
  server.signal('SIGTERM');
  await server.exited;
  const withApi = await startServer(await upstreamRepo(), { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, CRM_URL: 'http://127.0.0.1:1', RATE_LIMIT_TENANT_PER_MINUTE: '1000' });
  for (let at = 0; at < 4; at++) await send(withApi.port, call('modern', 'ask_upstream', { name: 'crm', path: '/' }));
  withApi.signal('SIGTERM');
  await withApi.exited;
  const names = new Map<string, Set<string>>();
  for (const series of collector.series()) {
    for (const name of prometheusNames(series)) {
      const labels = names.get(name) ?? new Set(['job', 'instance', ...(name.endsWith('_bucket') ? ['le'] : [])]);
      names.set(name, labels);
      for (const key of Object.keys(series.attributes)) labels.add(key.replaceAll(/\W/g, '_'));
    }
  }
  known = names;
});
afterAll(async () => {
  await killServers();
  closeCollectors();
});

/** How Prometheus names what comes by OTLP (OpenTelemetry specification, compatibility/prometheus_and_openmetrics). */
function prometheusNames({ name, unit, bounds, isMonotonic }: Series): string[] {
  const units: Readonly<Record<string, string>> = { s: '_seconds', '': '' };
  const suffix = units[unit];
  if (suffix === undefined) throw new Error(`nobody has said here what Prometheus makes of the unit ${unit}`);
  const base = name.replaceAll(/\W/g, '_') + suffix;
  return bounds ? [`${base}_bucket`, `${base}_count`, `${base}_sum`] : [isMonotonic === true ? `${base}_total` : base];
}

/** The series of a histogram. */
const parts = (name: string): string[] => ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`);

/** What a query reads: series, and every label that it names, by the series they belong to. */
function readBy(expr: string): { series: string[]; labels: string[]; isBroken: boolean } {
  const series: string[] = [];
  const labels: string[] = [];
  let isBroken = false;
  parser.parse(expr).iterate({
    enter({ name, type, from, to }) {
      isBroken ||= type.isError;
      if (name === 'Identifier') series.push(expr.slice(from, to));
      if (name === 'LabelName') labels.push(expr.slice(from, to));
    },
  });
  return { series, labels, isBroken };
}

/** A histogram under one name. */
const base = (name: string): string => name.replace(/_(?:bucket|count|sum)$/, '');

const missing = (expr: string): string[] => {
  const { series, labels } = readBy(expr);
  const all = new Set(series.flatMap((one) => [...(known.get(one) ?? [])]));
  return [...series.filter((one) => !known.has(one)), ...labels.filter((label) => !all.has(label))];
};

/** Values of a counter that grows by as much every minute. */
const grows = (value: number) => `0+${value}x10`;

/** A query of the dashboard, ten minutes on. @param compared - What its answer is compared with. */
const shown = (title: string, { compared = '', legend }: { compared?: string; legend?: string } = {}) => {
  const { targets = [] } = dashboard.panels.find((panel) => panel.title === title) ?? {};
  const { expr = '' } = targets.find(({ legendFormat }) => legend === undefined || legendFormat === legend) ?? {};
  return { expr: `${sent(expr)}${compared}`, eval_time: '10m' };
};

/** What the answer is, by the value of a label. */
const by = (label: string, samples: Record<string, number>) => ({ exp_samples: Object.entries(samples).map(([value, number]) => ({ labels: value === '' ? '{}' : `{${label}="${value}"}`, value: number })) });
const tool = (samples: Record<string, number>) => by('gen_ai_tool_name', samples);

test('what is really sent is known by the names that Prometheus gives it', () => {
  expect([...known.keys()].toSorted()).toEqual([
    'app_idempotency_outcomes_total', 'app_inflight', 'app_log_events_total', 'app_ratelimit_decisions_total', ...parts('app_state_store_duration_seconds'), 'app_tool_partial_results_total',
    ...['http_client_request_duration_seconds', 'http_server_request_duration_seconds', 'mcp_server_operation_duration_seconds'].flatMap(parts),
  ]);
});

test.each(queries)('%s asks only for series and labels that are there', (_, expr) => {
  expect(readBy(expr)).toMatchObject({ isBroken: false });
  expect(readBy(expr).series.length).toBeGreaterThan(0);
  expect(missing(expr)).toEqual([]);
});

describe('the dashboard', () => {
  test('its variables, its legends and the texts of the alerts are labels that are there', () => {
    expect(variables).toHaveLength(2);
    for (const { expr, label } of variables) expect([...missing(expr), ...(known.get(readBy(expr).series[0] ?? '')?.has(label) === true ? [] : [label])]).toEqual([]);
    for (const { targets } of dashboard.panels) {
      for (const { expr, legendFormat } of targets) expect(readBy(expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '6h')).labels).toEqual(expect.arrayContaining([...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)));
    }
    for (const { expr, annotations } of alerts) {
      const told = [...Object.values(annotations).join(' ').matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      const all = new Set(readBy(expr).series.flatMap((one) => [...(known.get(one) ?? [])]));
      expect(told.filter((label) => label !== undefined && !all.has(label))).toEqual([]);
    }
  });

  test('R144 tells rate, failures, slowness and refused arguments of each tool as they were', async (context) => {
    const collector = await startCollector();
    const server = await startServer(await probeRepo(), { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const times = (count: number, name: string, args: Record<string, unknown>) => Promise.all(Array.from({ length: count }, () => send(server.port, call('modern', name, args))));
    await Promise.all([times(18, 'slow_call', { ms: 0, name: 'x' }), times(12, 'slow_call', { ms: 5_500, name: 'x' })]);
    await times(12, 'echo_nonce', { nonce: 'a' });
    await times(18, 'echo_nonce', { nonce: 7 });
    for (const kind of ['transient', 'conflict']) await times(3, 'fail_as', { kind });
    server.signal('SIGTERM');
    await server.exited;
    const input_series = collector.series().filter(({ name }) => name === 'mcp.server.operation.duration').flatMap((series) => {
      const [bucket, count, sum] = prometheusNames(series);
      const labels = (more: Record<string, unknown> = {}) => `{${Object.entries({ job: 'probe', ...series.attributes, ...more }).map(([key, value]) => `${key.replaceAll(/\W/g, '_')}=${JSON.stringify(String(value))}`).join(',')}}`;
      const upTo = (at: number) => (series.buckets ?? []).slice(0, at + 1).reduce((total, one) => total + one, 0);
      return [
        ...[...(series.bounds ?? []), '+Inf'].map((le, at) => ({ series: bucket + labels({ le }), values: grows(upTo(at)) })),
        { series: count + labels(), values: grows(series.value) },
        { series: sum + labels(), values: grows(series.sum ?? 0) },
      ];
    });
    const promql_expr_test = [
      // A query that only compares keeps what it finds, so that no rounding decides.
      { ...shown('Calls by tool', { compared: ' * 60 > bool 29.999' }), ...tool({ slow_call: 1, echo_nonce: 1, fail_as: 0 }) },
      { ...shown('Calls by tool', { compared: ' * 60 < bool 30.001' }), ...tool({ slow_call: 1, echo_nonce: 1, fail_as: 1 }) },
      { ...shown('Failures by class', { compared: ' * 60 > bool 2.999' }), ...by('error_type', { validation: 1, transient: 1, conflict: 1 }) },
      { ...shown('Failures by class', { compared: ' * 60 < bool 3.001' }), ...by('error_type', { validation: 0, transient: 1, conflict: 1 }) },
      // 3 of 66.
      { ...shown('Calls that we failed', { compared: ' > 0.04545 < 0.04546 > bool 0' }), ...by('', { '': 1 }) },
      { ...shown('Arguments refused, by tool', { compared: ' > 0.599 < 0.601 > bool 0' }), ...tool({ echo_nonce: 1 }) },
      // Two of five waited for 5.5 s: between the bounds 5 and 10.
      { ...shown('p95 by tool', { compared: ' > 5 < 10 > bool 0' }), ...tool({ slow_call: 1 }) },
      { ...shown('Duration of tool calls', { legend: 'p50', compared: ' < bool 5' }), ...by('', { '': 1 }) },
    ];
    expect(promtool(context, 'test', 'rules', file('exported.yaml', { rule_files: [], evaluation_interval: '1m', tests: [{ interval: '1m', input_series, promql_expr_test }] }))).toContain('SUCCESS');
  });

  test('shows everything that is sent', () => {
    const asked = queries.flatMap(([of, expr]) => (of.startsWith('panel') ? readBy(expr).series : []));
    expect([...new Set([...known.keys()].map(base))].filter((name) => !asked.map(base).includes(name))).toEqual([]);
  });
});
