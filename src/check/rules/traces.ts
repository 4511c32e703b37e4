import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';

const endpoint = /OTEL_EXPORTER_OTLP_ENDPOINT/;

export const traces: Rule = {
  id: 'traces',
  part: 'checklist',
  title: 'Traces',
  why: 'A bad answer crosses agent, server and upstream: without one trace nobody finds where it went wrong.',
  check(subject) {
    const found = subject.sources.find(({ text }) => endpoint.test(text));
    if (found === undefined) return fail('no telemetry in this server', [{ text: 'OTEL_EXPORTER_OTLP_ENDPOINT is read nowhere below src' }], 'npm run gen -- info   # tells the version; one with telemetry reads OTEL_EXPORTER_OTLP_ENDPOINT');
    return pass('spans are exported when OTEL_EXPORTER_OTLP_ENDPOINT is set', [{ at: subject.at(found.path, endpoint), text: 'read here' }]);
  },
};
