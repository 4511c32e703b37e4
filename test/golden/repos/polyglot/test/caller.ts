/** What a test needs to be let in. */
export interface Caller {
  readonly environment: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Everyone is let in. */
export async function signIn(): Promise<Caller> {
  return { environment: {}, headers: {} };
}
