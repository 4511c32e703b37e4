import { isLoopback } from '../../connect/endpoint.ts';
import type { Row } from '../check.ts';
import type { Outcome } from '../rule.ts';
import type { Sight } from './clients.ts';
import { initializeAsk, legacyAsk, modernAsk, resultOf } from './message.ts';
import type { Facts, ProbeRow } from './row.ts';
import { authorizationRows } from './rows/authorization.ts';
import { clientRows } from './rows/clients.ts';
import { edgeRows } from './rows/edge.ts';
import { errorRows } from './rows/errors.ts';
import { legacyRows } from './rows/legacy.ts';
import { limitRows } from './rows/limits.ts';
import { modernRows } from './rows/modern.ts';
import { politeness, Wire } from './wire.ts';

/** Everything that is asked, in this order: what looks at all answers comes after those who ask. */
const [shape, leaks] = ['error-shape', 'leaks'].map((id) => errorRows.find((row) => row.id === id));
const last = [shape, leaks].filter((row) => row !== undefined);
export const probeRows: readonly ProbeRow[] = [...clientRows, ...edgeRows, ...authorizationRows, ...modernRows, ...errorRows.filter((row) => !last.includes(row)), ...legacyRows, ...limitRows, ...last];

/** What was found, and how much was asked for it. */
export interface Probed {
  readonly rows: readonly Row[];
  readonly requests: number;
}

/** Asks a running server from outside, as clients and strangers do. Tools that may change something are never called. */
export async function probe(url: URL, token: string | undefined, signal: AbortSignal): Promise<Probed> {
  const wire = new Wire(url, token, signal);
  const facts = await factsOf(wire);
  const rows: Row[] = [];
  for (const row of probeRows) rows.push({ id: row.id, part: 'server', title: row.title, why: row.why, ...(await judgedBy(row, facts)) });
  return { rows, requests: wire.sent };
}

async function judgedBy(row: ProbeRow, facts: Facts): Promise<Outcome> {
  if (facts.baseline.status === 0) return { verdict: 'unknown', summary: `nothing answers: ${facts.baseline.text}`, evidence: [] };
  return row.probe(facts);
}

async function factsOf(wire: Wire): Promise<Facts> {
  const { endpoint, token } = wire;
  const ask = { ...modernAsk('tools/list'), about: 'tools/list' };
  const anonymous = await wire.sendBare({ ...ask, about: 'tools/list without a token' });
  const baseline = token === undefined || anonymous.status === 0 ? anonymous : await wire.send(ask);
  const initialized = await wire.send({ ...initializeAsk(), about: 'initialize' });
  const id = initialized.headers['mcp-session-id'];
  const session: Readonly<Record<string, string>> = id === undefined ? {} : { 'mcp-session-id': id };
  const speaksLegacy = resultOf(initialized)?.['protocolVersion'] !== undefined;
  const speaksModern = resultOf(baseline)?.['tools'] !== undefined && resultOf(baseline)?.['resultType'] !== undefined;
  if (speaksLegacy) await wire.send({ ...legacyAsk('notifications/initialized', {}, session), body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }), about: 'notifications/initialized' });
  const isAdmitted = speaksModern || speaksLegacy;
  const look = async (at: 'lookModern' | 'lookLegacy'): Promise<Sight | Error> => {
    const clients = await import('./clients.ts');
    return clients[at]({ url: endpoint, token, count: () => wire.count(), timeoutMs: politeness.timeoutMs }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  };
  return {
    wire,
    anonymous,
    baseline,
    initialized,
    session,
    isProtected: anonymous.status === 401,
    isAdmitted,
    speaksModern,
    speaksLegacy,
    isLoopback: isLoopback(endpoint.href),
    modernClient: isAdmitted ? await look('lookModern') : undefined,
    legacyClient: isAdmitted ? await look('lookLegacy') : undefined,
  };
}
