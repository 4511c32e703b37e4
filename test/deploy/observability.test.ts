import { describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { alerts, alertsFile, dashboard, queries } from './observability.ts';
import { file, promtool } from './promtool.ts';

test('the alert rules are ones of Prometheus', (context) => {
  expect(promtool(context, 'check', 'rules', alertsFile)).toContain(`${alerts.length} rules found`);
});

test('the queries of the dashboard are PromQL', (context) => {
  const rules = queries.filter(([of]) => of.startsWith('panel')).map(([, expr], at) => ({ record: `panel:${at}`, expr }));
  expect(promtool(context, 'check', 'rules', file('panels.yaml', { groups: [{ name: 'panels', rules }] }))).toContain(`${rules.length} rules found`);
});

const of = (metric: string, labels: Readonly<Record<string, string>>): string =>
  `${metric}{${Object.entries({ job: 'notes', ...labels }).map(([key, value]) => `${key}="${value}"`).join(',')}}`;
const calls = (labels: Readonly<Record<string, string>> = {}) => of('mcp_server_operation_duration_seconds_count', { mcp_method_name: 'tools/call', gen_ai_tool_name: 'find', ...labels });
const requests = (status: string) => of('http_server_request_duration_seconds_count', { http_response_status_code: status });
const bucket = (le: string) => of('mcp_server_operation_duration_seconds_bucket', { mcp_method_name: 'tools/call', gen_ai_tool_name: 'find', le });
const keys = (outcome: string) => of('app_idempotency_outcomes_total', { gen_ai_tool_name: 'find', outcome });
const partial = of('app_tool_partial_results_total', { gen_ai_tool_name: 'find' });
const asked = (labels: Readonly<Record<string, string>> = {}) => of('http_client_request_duration_seconds_count', { app_upstream: 'crm', ...labels });
const event = (name: string) => of('app_log_events_total', { event_name: name });
const inflight = of('app_inflight', { instance: 'a' });

/** A series, and how much it grows in a minute or, after `=`, what it stays at. */
type Given = Readonly<Record<string, number | string>>;

const tool = { job: 'notes', gen_ai_tool_name: 'find' } as const;

/** What makes an alert fire, what nearly does, and what it says it is about. */
const cases: Readonly<Record<string, readonly [bad: Given, good: Given, about: Readonly<Record<string, string>>]>> = {
  McpToolsFail: [{ [calls({ error_type: 'transient' })]: 20, [calls()]: 80 }, { [calls({ error_type: 'internal' })]: 10, [calls({ error_type: 'validation' })]: 50, [calls()]: 40 }, { job: 'notes' }],
  McpHandlerThrows: [{ [calls({ error_type: 'internal' })]: '_x177 1+0x9' }, { [calls({ error_type: 'internal' })]: '=7', [calls({ error_type: 'permanent' })]: 9 }, { ...tool, mcp_method_name: 'tools/call' }],
  McpToolSlow: [{ [bucket('10')]: 90, [bucket('30')]: 100, [bucket('+Inf')]: 100 }, { [bucket('10')]: 96, [bucket('30')]: 100, [bucket('+Inf')]: 100 }, tool],
  McpArgumentsRefused: [{ [calls({ error_type: 'validation' })]: 40, [calls()]: 60 }, { [calls({ error_type: 'validation' })]: 20, [calls()]: 80 }, tool],
  McpSignInFails: [{ [requests('401')]: 100, [requests('200')]: 50 }, { [requests('401')]: 50, [requests('200')]: 20 }, { job: 'notes' }],
  McpTenantsLimited: [{ [requests('429')]: 20, [requests('200')]: 80 }, { [requests('429')]: 5, [requests('200')]: 95 }, { job: 'notes' }],
  McpUnavailable: [{ [requests('503')]: 2, [requests('500')]: 1, [requests('200')]: 97 }, { [requests('503')]: 1, [requests('404')]: 50, [requests('200')]: 49 }, { job: 'notes' }],
  McpStuck: [{ [inflight]: '=81' }, { [inflight]: '=80' }, { job: 'notes', instance: 'a' }],
  McpKeysClash: [{ [keys('conflict')]: 20, [keys('executed')]: 80 }, { [keys('conflict')]: 5, [keys('replayed')]: 95 }, tool],
  McpPartialResults: [{ [partial]: 30, [calls()]: 100 }, { [partial]: 10, [calls()]: 100 }, tool],
  McpUpstreamFails: [{ [asked({ error_type: '503' })]: 60, [asked()]: 40 }, { [asked({ error_type: '503' })]: 40, [asked()]: 60 }, { job: 'notes', app_upstream: 'crm' }],
  McpSafetyNetTorn: [{ [event('state.lost')]: '_x177 1+0x9' }, { [event('audit.failing')]: '=3', [event('tool.failed')]: 5 }, { job: 'notes', event_name: 'state.lost' }],
};

describe('alerts', () => {
  test('each is tried, and says what it is about and what to do first', () => {
    expect(alerts.map(({ alert }) => alert).toSorted()).toEqual(Object.keys(cases).toSorted());
    for (const { annotations, labels } of alerts) {
      expect(Object.keys(annotations)).toEqual(['summary', 'first']);
      expect(['page', 'ticket']).toContain(labels['severity']);
    }
  });

  test.each(Object.entries(cases))('%s fires, and only then', (alertname, [bad, good, about], ...rest) => {
    const context = rest.at(-1) as unknown as TestContext;
    const severity = alerts.find(({ alert }) => alert === alertname)?.labels['severity'] ?? '';
    const firing = `ALERTS{${Object.entries({ alertname, alertstate: 'firing', severity, ...about }).map(([key, value]) => `${key}="${value}"`).join(', ')}}`;
    const scenario = (given: Given, exp_samples: readonly object[]) => ({
      interval: '1m',
      input_series: Object.entries(given).map(([series, growth]) => ({ series, values: valuesOf(growth) })),
      promql_expr_test: [{ expr: `ALERTS{alertname="${alertname}", alertstate="firing"}`, eval_time: '3h', exp_samples }],
    });
    const tests = [scenario(bad, [{ labels: firing, value: 1 }]), scenario(good, [])];
    expect(promtool(context, 'test', 'rules', file('scenarios.yaml', { rule_files: [alertsFile], evaluation_interval: '1m', tests }))).toContain('SUCCESS');
  });
});

function valuesOf(growth: number | string): string {
  if (typeof growth === 'number') return `0+${growth}x185`;
  return growth.startsWith('=') ? `${growth.slice(1)}x185` : growth;
}

describe('the dashboard', () => {
  test('every panel has a place and an id of its own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const overlapping = panels.flatMap((a, at) => panels.slice(at + 1).filter((b) => a.gridPos.x < b.gridPos.x + b.gridPos.w && b.gridPos.x < a.gridPos.x + a.gridPos.w && a.gridPos.y < b.gridPos.y + b.gridPos.h && b.gridPos.y < a.gridPos.y + a.gridPos.h));
    expect(overlapping).toEqual([]);
  });
});
