import { usageError } from '../error.ts';
import type { ExitCode } from '../error.ts';
import { planObservability } from '../plan/add.ts';
import type { Repo } from '../repo/repo.ts';
import { inspectTarget } from '../tree/target.ts';
import { assertNew, write } from './extend.ts';
import type { ExtendFlags, Planned } from './extend.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

/** Where nothing runs for long enough to send something. */
const silent: ReadonlySet<unknown> = new Set(['lambda', 'cloudflare']);

/** `mcp-gen add observability`: a Grafana dashboard, Prometheus alert rules and a collector between them and the server. Whatever stands in their place stays. */
export function addObservability(flags: ExtendFlags, io: Io, report: Reporter): Promise<ExitCode> {
  return write(planned, flags, io, report);
}

function planned(repo: Repo): Planned {
  if (repo.read('src/entry/telemetry.ts') === undefined) {
    throw usageError('not_a_generated_repo', `${repo.root} has no src/entry/telemetry.ts: it sends no metrics that a dashboard could show.`, 'Restore it from version control, or generate the repository with this version.');
  }
  const has = (file: string): boolean => repo.read(file) !== undefined;
  const target = inspectTarget(repo.root, planObservability(has));
  assertNew(target, () => false, 'Move it away to get the new one, and compare.');
  const { deploy } = repo.manifest.answers;
  const isSilent = Array.isArray(deploy) && deploy.length > 0 && deploy.every((one) => silent.has(one));
  return {
    target,
    warnings: isSilent ? ['Functions and Workers send no metrics: only what runs on Node.js by itself does.'] : [],
    next: [
      'set OTEL_EXPORTER_OTLP_ENDPOINT of the server to a collector that hands metrics on to Prometheus, such as one with deploy/observability/collector.yaml',
      ...(has('compose.yaml') ? ['or try both here: docker compose -f compose.yaml -f deploy/observability/compose.yaml up --build'] : []),
      'import deploy/observability/dashboard.json into Grafana',
      'name deploy/observability/alerts.yaml in rule_files of prometheus.yml, and route severity page and ticket in Alertmanager',
    ],
  };
}
