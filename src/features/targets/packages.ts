import type { DeployTarget, Feature } from '../feature.ts';

/** What a tag does, for the README. */
export const image = `A tag such as \`v0.1.0\` pushes the image to ghcr.io, with provenance and an SBOM (\`.github/workflows/release-image.yml\`, which was linted
here and run nowhere).`;
const publish = `A tag such as \`v0.1.0\` does that on GitHub, with provenance and an SBOM (\`.github/workflows/release-npm.yml\`, which was linted here and run
nowhere): publish once by hand, set \`repository\` in package.json, and name the workflow as trusted publisher on npmjs.com.`;

/** How Compose runs several instances, where they share what they keep. */
export const severalByCompose = `
nginx stands in front (\`deploy/compose/nginx.conf\`) and asks Docker once a second which instances there are, so any number serves behind the
one address. They need one secret:

\`\`\`sh
echo "MCP_SECRET=$(openssl rand -base64 32)" >> .env
docker compose up --build --scale server=3
\`\`\`

While one stops, its calls go to the others. Pin the images of nginx and Redis by digest; Dependabot raises them.
`;

/** What clients install by a click, of a package that speaks on stdio. */
export const mcpBundle: Feature = {
  id: 'mcpb',
  title: 'MCP bundle',
  hint: 'installed by a click',
  templates: ['deploy/bundle'],
  scripts: { bundle: '{run} build && tsx dev/bundle.ts && npx --yes --package @anthropic-ai/mcpb@2.1.2 mcpb pack dist/bundle dist/{slug}.mcpb' },
};

/** The same for the README. */
export const howToBundle = `
\`npm run bundle\` makes \`dist/<slug>.mcpb\` instead: Claude Desktop and other clients install it by a double click, and it brings along everything
but Node.js. What it asks its user for, and your name, stand in \`dev/bundle.ts\`. A tag puts it into a release on GitHub
(\`.github/workflows/release-bundle.yml\`, linted only). It was packed, unpacked and called here; no desktop client has installed it.`;

/** What is built here and started elsewhere, by whoever has it. */
export const packageTargets = [
  {
    id: 'docker',
    title: 'Docker',
    hint: 'a hardened image and a compose file',
    kind: 'either',
    severalInstances: false,
    templates: ['deploy/docker', 'deploy/image'],
    networkTemplates: ['deploy/compose'],
    stateTemplates: { shared: ['deploy/compose_proxy'] },
    use: {
      network: `\`docker compose up --build\` serves it on http://localhost:3000/mcp, to this machine only; what it still needs (<required>) it takes
from \`.env\`. The published name counts: only \`localhost:3000\` is accepted as Host, unless \`MCP_PUBLIC_URL\` or \`ALLOWED_HOSTS\` say otherwise.
<several>The image on its own starts in production mode and says what it still needs (\`MCP_PUBLIC_URL\`, <required>;
<secrets>), behind something that terminates TLS. It runs read-only and as uid 1000.
Cost: the machine, of which an instance takes 512 MiB at most.
${image}
Checked without Docker: the image, built and run by other tools; the compose file, key by key<proxied>. Docker itself is not.`,
      stdio: `\`docker build --tag my-server .\`, then let the MCP client start \`docker run --interactive --rm my-server\`. It opens no port.
Cost: none, it runs where its user is.
${image}`,
    },
  },
  {
    id: 'npm',
    title: 'npm package',
    hint: 'started with npx by the MCP client or by hand',
    kind: 'local',
    severalInstances: false,
    templates: ['deploy/npm'],
    use: {
      network: `\`npm run build && npm publish\` ships \`dist/\` (\`.npmrc\` keeps install scripts off, and npm's own hooks with them). Whoever installs it starts the HTTP server with \`npx <name>\`
(with \`both\`, the stdio server). Cost: none, it runs where its user is. Choose a \`license\` in package.json before you publish.
${publish}<bundle>`,
      stdio: `\`npm run build && npm publish\` ships \`dist/\`; MCP clients then start it with \`npx <name>\`. Cost: none, it runs where its user is. Choose a
\`license\` in package.json before you publish.
${publish}<bundle>`,
    },
  },
] as const satisfies readonly DeployTarget[];
