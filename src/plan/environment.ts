import type { Feature } from '../features/index.ts';

/** `.env.example`: every variable the answers need, commented out at its default, no secret. */
export function environmentFile(features: readonly Feature[], entry: string): string {
  const variables = features.flatMap((feature) => feature.environment ?? []);
  const blocks = variables.map(({ name, value, about }) => `# ${about}\n# ${name}=${value}\n`);
  const head = `# Every variable the server reads, at its default. Nothing loads this file by itself: copy it to .env and start with
# node --env-file=.env dist/${entry}.js    Each X may also come as X_FILE, the path of a file that holds it.
`;
  return [head, ...blocks].join('\n');
}
