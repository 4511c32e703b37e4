import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const folder = new URL('../../templates/items/observability/deploy/observability/', import.meta.url);

/** Where the alert rules are. */
export const alertsFile = fileURLToPath(new URL('alerts.yaml', folder));

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

export const alerts = (parse(readFileSync(alertsFile, 'utf8')) as { readonly groups: readonly { readonly rules: readonly Alert[] }[] }).groups.flatMap(({ rules }) => rules);

export const dashboard = JSON.parse(readFileSync(new URL('dashboard.json', folder), 'utf8')) as Dashboard;

/** A query as Grafana sends it. */
export function sent(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '6h').replaceAll(/\$(?:job|tool)\b/g, '.*');
}

/** What the variables of the dashboard ask for. */
export const variables = dashboard.templating.list.flatMap(({ query }) => {
  const [, expr, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
  return expr === undefined || label === undefined ? [] : [{ expr: sent(expr), label }];
});

/** Every query of dashboard and alerts, by what asks it. */
export const queries: readonly (readonly [of: string, expr: string])[] = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [`panel ${title}`, sent(expr)] as const)),
  ...alerts.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
];
