import { ToolError } from '../mcp.js';

/** An API. Paths are relative to its base address. */
export interface Api {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/**
 * The API that is called `crm` here: at `CRM_URL`, with the key in `CRM_TOKEN` where there is one. Never the caller's own token:
 * it was made for this server.
 *
 * @throws {ToolError} class `permanent` when nobody has said where it is.
 */
export function apiNamed(name: string, signal: AbortSignal): Api {
  const variable = name.toUpperCase();
  const { [`${variable}_URL`]: base, [`${variable}_TOKEN`]: token } = process.env;
  if (!base) throw ToolError.permanent(`This server does not know where ${name} is.`, { hint: `Its operator has to set ${variable}_URL.` });
  return {
    fetch(path, init) {
      const headers = new Headers(init?.headers);
      if (token) headers.set('authorization', `Bearer ${token}`);
      const ends = init?.signal ? AbortSignal.any([signal, init.signal]) : signal;
      // What is redirected would take the key along.
      return fetch(base.replace(/\/$/, '') + path, { ...init, headers, signal: ends, redirect: 'manual' });
    },
  };
}
