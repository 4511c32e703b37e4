import type { Admission } from '../http/admission.js';
import { refuse } from '../http/answer.js';
import type { AuthSettings } from '../auth/settings.js';
import type { TakesLong } from '../http/slow.js';
import type { ServerFactory } from '../server/factory.js';
import type { State } from '../state/state.js';
import { createPerRequestLeg, isLegacy } from './per_request.js';

/** Answers clients of the 2025 revisions. */
export interface LegacyLeg {
  /** There are no sessions to look up. */
  lookAhead(request: Request, admission: Admission): void;
  /**
   * Resolves to undefined when the request is of the 2026 era.
   *
   * @param message - The parsed body of a POST.
   */
  answer(request: Request, admission: Admission, message?: unknown): Promise<Response | undefined>;
  /** Ends what is still open. */
  close(): void;
}

/** Serves the 2025 era without sessions, or not at all. */
export function createLegacyLeg(
  { MCP_LEGACY: mode }: AuthSettings,
  factory: ServerFactory,
  onerror: (error: Error) => void,
  _state: State,
  takesLong: TakesLong,
): LegacyLeg {
  const answerOne = createPerRequestLeg(factory, onerror, takesLong);
  return {
    lookAhead: () => undefined,
    async answer(request, admission, message) {
      if (request.method !== 'POST') return notAllowed();
      return mode === 'reject' || !(await isLegacy(request, message)) ? undefined : answerOne(request, admission, message);
    },
    close: () => undefined,
  };
}

const notAllowed = (): Response =>
  refuse(405, 'Only POST is served here: this server keeps no sessions.', 'Send one JSON-RPC message per POST.', {
    allow: 'POST',
  });
