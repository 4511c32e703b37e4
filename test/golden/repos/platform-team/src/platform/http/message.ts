/** What the rooms before the SDK read of a JSON-RPC message; whether it is well formed is for the SDK to say. */
export interface MessageParts {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Costs nothing, where the SDK's `isJSONRPCRequest` checks a message through and through. @returns undefined for what calls no method. */
export function partsOf(message: unknown): MessageParts | undefined {
  if (typeof message !== 'object' || message === null || !('method' in message) || typeof message.method !== 'string') return undefined;
  return { method: message.method, params: 'params' in message && typeof message.params === 'object' ? { ...message.params } : {} };
}
