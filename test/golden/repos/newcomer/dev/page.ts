import { ACCOUNTS } from './accounts.js';

export interface SignInRequest {
  readonly client: string;
  readonly redirectsTo: string;
  readonly resource: string;
  readonly scopes: readonly string[];
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const STYLE = `body{font:16px/1.5 system-ui;max-width:30rem;margin:4rem auto;padding:0 1rem;color:#1a1a1a}
code{overflow-wrap:anywhere}fieldset{border:1px solid #ccc;border-radius:.5rem;margin:1rem 0;padding:.5rem 1rem}
label{display:block;padding:.2rem 0}button{font:inherit;padding:.5rem 1.2rem;border-radius:.5rem;border:1px solid #888;background:#fff}
button.main{background:#1a5fb4;border-color:#1a5fb4;color:#fff}`;

/** The page a person signs in on: who to be, and what to grant. */
export function signInPage({ client, redirectsTo, resource, scopes }: SignInRequest): string {
  const accounts = ACCOUNTS.map(
    ({ name, tenant }, at) =>
      `<label><input type="radio" name="account" value="${name}"${at === 0 ? ' checked' : ''}> ${name} (tenant ${tenant})</label>`,
  );
  const granted = scopes.map(
    (scope) =>
      `<label><input type="checkbox" name="scope" value="${escape(scope)}" checked> <code>${escape(scope)}</code></label>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in (local)</title><style>${STYLE}</style>
<h1>Local sign-in</h1>
<p><strong>${escape(client)}</strong> wants to use <code>${escape(resource)}</code> and returns to <code>${escape(redirectsTo)}</code>.</p>
<form method="post">
<fieldset><legend>Sign in as</legend>${accounts.join('')}</fieldset>
<fieldset><legend>Allow</legend>${granted.join('') || 'nothing in particular'}</fieldset>
<button class="main" name="action" value="allow">Allow</button> <button name="action" value="deny">Deny</button>
</form><p><small>This authorization server runs on your machine, has no passwords and forgets everything when it stops.</small></p></html>`;
}
