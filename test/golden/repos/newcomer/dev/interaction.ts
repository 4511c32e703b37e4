import type Provider from 'oidc-provider';
import { ACCOUNTS } from './accounts.js';
import { signInPage } from './page.js';

const PATH = /^\/sign-in\/[\w-]+$/;

/** Nobody signs in with more than this. In bytes. */
const MAX_FORM = 16_384;

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** Adds the page on which a person signs in and grants scopes. */
export function addSignIn(authority: Provider): void {
  authority.use(async (context, next) => {
    // A server without scopes lets clients ask for none; this software would deny that.
    if (context.path === '/auth' && !context.query['scope']) context.query = { ...context.query, scope: 'openid' };
    if (!PATH.test(context.path)) return next();
    const interaction = await authority.interactionDetails(context.req, context.res);
    if (context.method !== 'POST') {
      context.type = 'html';
      context.set(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      );
      context.body = signInPage(await describe(authority, interaction));
      return;
    }
    const form = await readForm(context.req);
    const account = ACCOUNTS.find(({ name }) => name === form.get('account'));
    const result =
      form.get('action') === 'allow' && account
        ? {
            login: { accountId: account.name, remember: false },
            consent: { grantId: await grant(authority, interaction, account.name, form.getAll('scope')) },
          }
        : { error: 'access_denied', error_description: 'The user has denied access.' };
    await authority.interactionFinished(context.req, context.res, result);
    context.respond = false;
  });
}

async function describe(authority: Provider, { params }: Interaction) {
  const client = await authority.Client.find(String(params['client_id']));
  return {
    client: client?.clientName ?? String(params['client_id']),
    redirectsTo: String(params['redirect_uri']),
    resource: String(params['resource'] ?? ''),
    scopes: requestedScopes(params),
  };
}

/** Scopes a person decides about; the others only concern the protocol. */
function requestedScopes(params: Interaction['params']): string[] {
  return String(params['scope'] ?? '')
    .split(' ')
    .filter((scope) => !['', 'openid', 'offline_access'].includes(scope));
}

async function grant(
  authority: Provider,
  { params }: Interaction,
  accountId: string,
  scopes: readonly string[],
): Promise<string> {
  const granted = new authority.Grant({ accountId, clientId: String(params['client_id']) });
  granted.addOIDCScope('openid offline_access');
  const resource = String(params['resource'] ?? '');
  // The scopes are known to the server and to the resource, so both have to be answered for.
  for (const scope of requestedScopes(params)) {
    if (scopes.includes(scope)) {
      granted.addOIDCScope(scope);
      granted.addResourceScope(resource, scope);
    } else {
      granted.rejectOIDCScope(scope);
      granted.rejectResourceScope(resource, scope);
    }
  }
  return granted.save();
}

async function readForm(request: AsyncIterable<unknown>): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_FORM) throw new Error('The form is too long.');
  }
  return new URLSearchParams(text);
}
