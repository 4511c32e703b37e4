import type { AuthInfo } from '@modelcontextprotocol/server';
import type { Principal } from '../principal.js';
import type { Router } from './router.js';

/** A caller that the gate has let through. */
export interface Admission {
  readonly principal: Principal;
  /** What the SDK's handlers see of the token: never the token itself. Absent without authentication. */
  readonly authInfo?: AuthInfo;
}

/** Everything that stands between the edge and the body of a request, and then between the body and its handler. */
export interface Gate {
  /** Told to whoever asks `GET /`. */
  readonly scheme: 'none' | 'oauth2';
  /** Routes that clients need before they can sign in. */
  addRoutes(app: Router): void;
  /** Decides who is calling from the headers alone, or answers the request itself. */
  admit(request: Request): Promise<Admission | Response>;
  /** Decides whether the caller may do all that the messages of a request ask; the answer when not. */
  authorize(admission: Admission, messages: readonly unknown[]): Response | undefined;
  /** Bounds an answer that may stay open, such as a stream of changes. */
  bound(admission: Admission, request: Request, response: Response): Response;
}
