export const secretNames: readonly string[] = [];
