/** How a package manager spells the things we print and run. */
export interface PackageManager {
  readonly id: string;
  /** Arguments of the install we run: dependencies' install scripts stay off. */
  readonly install: readonly string[];
  /** Prefix that runs a script of package.json: `npm run`, `pnpm`, ... */
  readonly run: string;
  /** What separates a script's name from its own arguments, if anything does. */
  readonly separator: string;
  /** Install exactly what the lockfile says, in CI. */
  readonly ci: string;
  readonly lockfile: string;
  /** Its own settings, if a repo has any: an install reads them beside the lockfile. */
  readonly settings?: string;
  /** What puts it into an official Node.js image, where npm alone is in place. */
  readonly imageSetup: string;
  /** What sends `create-mcp-server` its flags. */
  readonly create: string;
  readonly templates: readonly string[];
}

/** First is the default when nothing is detected. */
export const packageManagers = [
  {
    id: 'npm',
    install: ['install', '--ignore-scripts', '--no-audit', '--no-fund'],
    run: 'npm run',
    separator: '-- ',
    ci: 'npm ci --ignore-scripts',
    lockfile: 'package-lock.json',
    imageSetup: '',
    create: 'npx create-mcp-server@latest',
    templates: ['package-manager/npm'],
  },
  {
    id: 'pnpm',
    install: ['install', '--ignore-scripts'],
    run: 'pnpm run',
    separator: '',
    ci: 'pnpm install --frozen-lockfile --ignore-scripts',
    lockfile: 'pnpm-lock.yaml',
    imageSetup: 'npm install --global pnpm@10',
    create: 'pnpm dlx create-mcp-server@latest',
    templates: ['package-manager/pnpm'],
  },
  {
    id: 'yarn',
    install: ['install'],
    run: 'yarn run',
    separator: '',
    ci: 'yarn install --immutable',
    lockfile: 'yarn.lock',
    settings: '.yarnrc.yml',
    imageSetup: 'corepack enable && corepack install --global yarn@4',
    create: 'yarn dlx create-mcp-server@latest',
    templates: ['package-manager/yarn'],
  },
  {
    id: 'bun',
    install: ['install', '--ignore-scripts'],
    run: 'bun run',
    separator: '',
    ci: 'bun install --frozen-lockfile --ignore-scripts',
    lockfile: 'bun.lock',
    // Its install script puts the binary in place.
    imageSetup: 'npm install --global --ignore-scripts=false bun@1',
    create: 'bunx create-mcp-server@latest',
    templates: ['package-manager/bun'],
  },
] as const satisfies readonly PackageManager[];
