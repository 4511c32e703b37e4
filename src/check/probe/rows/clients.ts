import { fail, pass, warn } from '../../rule.ts';
import type { Outcome } from '../../rule.ts';
import type { Sight } from '../clients.ts';
import { admitted } from '../row.ts';
import type { ProbeRow } from '../row.ts';

const clientRow = (id: string, title: string, why: string, of: 'modernClient' | 'legacyClient', optional: boolean): ProbeRow => ({
  id,
  title,
  why,
  probe: (facts) => admitted(facts, async () => outcomeOf(facts[of], title, optional && (facts.speaksLegacy || facts.speaksModern))),
});

function outcomeOf(sight: Sight | Error | undefined, title: string, optional: boolean): Outcome {
  if (sight === undefined) return warn('was not tried', []);
  if (sight instanceof Error) return (optional ? warn : fail)('can\'t connect and list the tools', [{ text: `${title}: ${sight.message.split('\n')[0] ?? ''}` }]);
  return pass(`${sight.server || 'the server'} at ${sight.version}: ${sight.tools.length} tools`, [{ text: sight.tools.map(({ name }) => name).join(', ') }]);
}

export const clientRows: readonly ProbeRow[] = [
  clientRow('modern-client', 'Official client v2 (2026-07-28)', 'New clients open no session; a server that only knows sessions is out of their reach.', 'modernClient', true),
  clientRow('legacy-client', 'Official client v1 (2025-11-25)', 'Most clients in use today still open with initialize.', 'legacyClient', true),
];
