import type { Feature } from '../features/index.ts';

/** `.env.example`: every variable the answers need, commented out at its default, no secret. */
export function environmentFile(features: readonly Feature[]): string {
  const variables = features.flatMap((feature) => feature.environment ?? []);
  const blocks = variables.map(({ name, value, about }) => `# ${about}\n# ${name}=${value}\n`);
  return ['# Every variable the server reads, at its default. Copy to .env and start with: node --env-file=.env dist/<entry>.js\n# Each X may also come as X_FILE, the path of a file that holds it.\n', ...blocks].join('\n');
}
