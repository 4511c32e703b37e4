import type * as z from 'zod';
import { flag } from '../config/settings.js';
import { type HttpConfig, httpSettings } from '../http/config.js';

/** Settings of a server without authentication. */
export const authSettings = httpSettings.extend({
  ALLOW_UNAUTHENTICATED: flag
    .default(false)
    .meta({ description: 'true allows a server without authentication to be reached from other machines', example: 'true' }),
});

export type AuthSettings = HttpConfig & z.output<typeof authSettings>;
