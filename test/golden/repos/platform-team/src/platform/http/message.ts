// What the rooms before the SDK read of a JSON-RPC message. It costs next to nothing, where `isJSONRPCRequest` checks a message
// through and through; whether it is well formed is for the SDK to say.

/** What a message calls; undefined for an answer. */
export function methodOf(message: unknown): string | undefined {
  return typeof message === 'object' && message !== null && 'method' in message && typeof message.method === 'string' ? message.method : undefined;
}

/** What it calls that with. */
export function paramsOf(message: unknown): Readonly<Record<string, unknown>> {
  return typeof message === 'object' && message !== null && 'params' in message && typeof message.params === 'object' ? { ...message.params } : {};
}
