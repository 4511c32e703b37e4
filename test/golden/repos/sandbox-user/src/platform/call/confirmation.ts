import * as z from 'zod';
import type { AuditRecord } from '../observe/audit.js';
import type { Signer } from '../observe/signature.js';
import { namesOf, type Principal } from '../principal.js';
import type { StatePort } from '../state/port.js';
import { type Dialogue, declined, MAX_QUESTION } from './dialogue.js';
import { ToolError } from './error.js';
import { plainText } from './plain_text.js';

/** How long a confirmation is good for, in milliseconds: as long as the state of a question. */
const TTL_MS = 10 * 60_000;

const Confirmed = z.object({ confirm: z.boolean().describe('Whether to go ahead.') });

/** What has to be confirmed, by whom. */
export interface Confirmable {
  readonly principal: Principal;
  /** The tool and a hash of its arguments. */
  readonly about: string;
  readonly question: string;
  readonly dialogue: Dialogue;
  /** The `confirm_token` of the call. */
  readonly token: string | undefined;
  readonly record: Pick<AuditRecord, 'noteConfirmation' | 'deny'>;
}

/**
 * Lets a destructive call go ahead only when its user has agreed to this very
 * call: by an answer to a question, or, where the client cannot ask, by a token
 * that the model hands back. Each is good once.
 *
 * @throws {Question}, or {@link ToolError}: `permanent` when declined, `conflict` with a token when nobody could be asked yet.
 */
export type Confirm = (call: Confirmable) => Promise<void>;

export function createConfirm(state: StatePort, { sign, isGenuine }: Signer): Confirm {
  const signed = ({ principal, about }: Confirmable, nonce: string, expires: string): string => JSON.stringify([...namesOf(principal), about, nonce, expires]);

  const useOnce = async ({ principal }: Confirmable, nonce: string): Promise<void> => {
    if ((await state.claim(principal.tenant, `confirmation:${nonce}`, 'used', TTL_MS)) !== undefined) throw used();
  };

  const verify = async (call: Confirmable, token: string): Promise<string> => {
    const [expires = '', nonce = '', mac = ''] = token.split('.');
    const isOurs = await isGenuine(call.principal.tenant, signed(call, nonce, expires), mac);
    if (!isOurs || Number.parseInt(expires, 36) * 1_000 < Date.now()) throw notValid();
    return nonce;
  };

  const mint = async (call: Confirmable): Promise<string> => {
    const expires = Math.floor((Date.now() + TTL_MS) / 1_000).toString(36);
    const nonce = crypto.randomUUID().replaceAll('-', '');
    return [expires, nonce, await sign(call.principal.tenant, signed(call, nonce, expires))].join('.');
  };

  return async (call) => {
    const { token, dialogue, question, record } = call;
    if (token !== undefined) {
      await useOnce(call, await verify(call, token));
      record.noteConfirmation('token');
      return;
    }
    record.noteConfirmation('asked');
    if (!dialogue.isPossible) throw unconfirmed(question, await mint(call));
    const agrees = (await dialogue.answerTo(Confirmed, question))?.confirm === true;
    record.noteConfirmation(agrees ? 'elicited' : 'declined');
    if (!agrees) {
      record.deny('declined');
      throw declined();
    }
    await useOnce(call, dialogue.nonce);
  };
}

const unconfirmed = (question: string, token: string): ToolError =>
  ToolError.conflict(`Nothing has been done yet. Ask the user first: ${plainText(question, MAX_QUESTION)}`, {
    hint: `Only if the user agrees, call again with the same arguments and "confirm_token": "${token}". It is good once, for ten minutes.`,
    retryable: true,
  });

const used = (): ToolError =>
  ToolError.conflict('This confirmation has been used already.', { hint: 'Call again without confirm_token to ask the user anew.' });

const notValid = (): ToolError =>
  ToolError.validation('The confirm_token is not valid for this call, or no longer.', {
    hint: 'Call again with the same arguments and without confirm_token to get a new one.',
  });
