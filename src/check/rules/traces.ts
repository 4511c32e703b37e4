import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';

const opened = /openTelemetry\(/;

export const traces: Rule = {
  id: 'traces',
  part: 'checklist',
  title: 'Traces',
  why: 'A bad answer crosses agent, server and upstream: without one trace nobody finds where it went wrong.',
  check(subject) {
    const entries = subject.sources.filter(({ path }) => /^src\/entry\/(?:node|stdio|lambda)\.ts$/.test(path));
    const silent = entries.filter(({ text }) => !opened.test(text));
    if (entries.length > 0 && silent.length === 0) return pass('spans and metrics are sent when OTEL_EXPORTER_OTLP_ENDPOINT is set', entries.map(({ path }) => ({ at: subject.at(path, opened), text: 'loaded here' })));
    const evidence = silent.map(({ path }) => ({ at: path, text: 'never opens telemetry' }));
    return fail('no spans, wherever they are to be sent', evidence.length > 0 ? evidence : [{ text: 'src/entry has no node.ts, no stdio.ts and no lambda.ts' }], "const telemetry = sendsTelemetry(config) ? (await import('./telemetry.js')).openTelemetry(config, identity) : undefined;");
  },
};
