// @ts-nocheck -- takes the place of the file of the same name in a generated repo (upstream/upstream.test.ts)
import { apiKey, clientCredentials } from '../platform/upstream/credentials.js';

const client = { tokenUrl: process.env.TOKEN_URL, clientId: 'LOGIN_ID', clientSecret: 'LOGIN_SECRET' };

export const upstreams = {
  quick: { timeoutMs: 400 },
  narrow: { maxConcurrent: 1, timeoutMs: 3_000 },
  small: { maxBytes: 1_000 },
  shed: { quota: { perMinute: 60, maxWaitMs: 0 } },
  queue: { quota: { perMinute: 60, maxWaitMs: 5_000 } },
  keyed: { credential: apiKey('KEYED_KEY', { header: 'x-api-key', scheme: '' }) },
  login: { url: process.env.QUICK_URL, credential: clientCredentials(client, { scope: 'read' }) },
  web: { anywhere: true },
};
