import type { Feature } from '../features/index.ts';

/** Variables that the answers give a value, or could. */
export type Given = ReadonlyMap<string, { readonly about: string; readonly value: string | undefined; readonly example: string }>;

/** `.env.example`: every variable the answers need, commented out at its default, no secret. */
export function environmentFile(features: readonly Feature[], entry: string, given: Given): string {
  const variables = features.flatMap((feature) => feature.environment ?? []);
  const blocks = [
    ...[...given].map(([name, { about, value, example }]) => `# ${about}, as ${example}\n${value === undefined ? `# ${name}=` : `${name}=${value}`}\n`),
    ...variables.map(({ name, value, about }) => `# ${about}\n# ${name}=${value}\n`),
  ];
  const head = `# Every variable the server reads, at its default. Nothing loads this file by itself: copy it to .env and start with
# node --env-file=.env dist/${entry}.js    Each X may also come as X_FILE, the path of a file that holds it.
`;
  return [head, ...blocks].join('\n');
}
