import type * as z from 'zod';
import { problem, type Rule } from '../config/environment.js';
import { flag } from '../config/settings.js';
import { isLoopback } from '../http/address.js';
import { type HttpConfig, httpSettings } from '../http/config.js';

/** Settings of a server without authentication. */
export const authSettings = httpSettings.extend({
  ALLOW_UNAUTHENTICATED: flag
    .default(false)
    .meta({ description: 'true allows a server without authentication to be reached from other machines', example: 'true' }),
});

export type AuthSettings = HttpConfig & z.output<typeof authSettings>;

/** Nobody should reach such a server from other machines by accident. */
export const authRule: Rule<z.output<typeof authSettings>> = ({ HOST, ALLOW_UNAUTHENTICATED }) =>
  isLoopback(HOST) || ALLOW_UNAUTHENTICATED
    ? []
    : [
        problem(
          'ALLOW_UNAUTHENTICATED',
          `this server has no authentication and would accept calls from every machine that reaches it.`,
          'ALLOW_UNAUTHENTICATED=true   (only behind something that authenticates), or HOST=localhost',
        ),
      ];
