import { beyond, failedRows, tally } from '../check/check.ts';
import { checkProvider } from '../check/provider/check.ts';
import { genericTrust, trustOf } from '../check/provider/trust.ts';
import type { Trust } from '../check/provider/trust.ts';
import { ExitCode, UserError, usageError } from '../error.ts';
import { openRepo } from '../repo/repo.ts';
import { printRows, readToken } from './check.ts';
import type { Io } from './io.ts';
import { plain } from './report.ts';
import type { Reporter } from './report.ts';

/** Flags of `mcp-gen check auth`. */
export interface CheckAuthFlags {
  readonly issuer?: string;
  readonly audience?: string;
  readonly tokenStdin?: true;
  readonly strict?: true;
  readonly evidence?: true;
  readonly json?: true;
}

/** `mcp-gen check auth`: what the identity provider says of itself, and a token against what the server expects. */
export async function checkAuth(flags: CheckAuthFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const trust = flags.issuer === undefined ? await configured(io) : genericTrust(issuerFrom(flags.issuer), flags.audience);
  const token = flags.tokenStdin === true ? await readToken(io) : undefined;
  const { rows, requests } = await checkProvider(flags.audience === undefined ? trust : { ...trust, audiences: [flags.audience] }, token, io.signal);
  report.line(`${report.style('bold', plain(trust.profile.name))} ${plain(trust.issuer)}`);
  printRows(rows, flags.evidence === true || token !== undefined, report);
  report.line(`${requests} requests were sent. Nobody signed in, nothing was registered.${token === undefined ? ' --token-stdin compares a token with what is expected.' : ''}`);
  const failed = failedRows(rows, flags.strict === true);
  report.document({ ok: failed.length === 0, issuer: trust.issuer, provider: trust.profile.name, rows, counts: tally(rows), requests, notChecked: beyond.filter(({ what }) => what !== 'the identity provider') });
  return failed.length > 0 ? ExitCode.pending : ExitCode.done;
}

async function configured(io: Io): Promise<Trust> {
  const found = await trustOf(openRepo(io.cwd), io.env, io.signal);
  if ('fault' in found) throw new UserError('check_failed', `Whose tokens this server accepts could not be found out: ${found.fault}.`, { hint: 'Set what it names in the environment or in .env, or ask any provider with --issuer https://...' });
  return found;
}

/** TLS, but on this machine. @throws {UserError} `usage` (exit 2). */
function issuerFrom(issuer: string): string {
  if (/^(?:https:\/\/|http:\/\/(?:localhost|127(?:\.\d+){3}|\[::1\])[:/])[!-~]+$/.test(issuer) && URL.canParse(issuer) && !/[?#]/.test(issuer)) return issuer;
  throw usageError('usage', `--issuer ${JSON.stringify(issuer).slice(0, 80)} must be an https URL without query and fragment.`, 'Exactly the iss of its tokens, with or without the last slash.');
}
