// @ts-nocheck -- takes the place of the file of the same name in a generated repo (upstream/exchange.test.ts)
import { onBehalfOf, tokenExchange } from '../platform/upstream/exchange.js';

const client = { tokenUrl: process.env.TOKEN_URL, clientId: 'LOGIN_ID', clientSecret: 'LOGIN_SECRET' };

export const upstreams = {
  ledger: { url: process.env.API_URL, credential: tokenExchange(client, { audience: 'ledger', scope: 'read' }) },
  graph: { url: process.env.API_URL, credential: onBehalfOf(client, { scope: 'api://graph/.default' }) },
};
