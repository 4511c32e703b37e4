import type * as z from 'zod';
import { commonSettings } from './platform/config/settings.js';

/**
 * Environment variables of your own, next to the platform's (all listed in
 * .env.example). Read once at start; a bad or missing value stops the start
 * with a line to paste. Every X may also come as X_FILE.
 *
 * @example
 * ```ts
 * NOTES_API_URL: z.url().meta({ description: 'where notes are kept', example: 'https://notes.example.com' }),
 * ```
 */
export const settings = commonSettings.extend({});

/** The validated settings; handed to `createServices`. */
export type Config = z.output<typeof settings>;
