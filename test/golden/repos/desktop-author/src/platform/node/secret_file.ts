import { readFileSync } from 'node:fs';

/** Reads the file behind an `X_FILE` variable, such as a container secret. */
export function readSecretFile(path: string): string {
  return readFileSync(path, 'utf8');
}
