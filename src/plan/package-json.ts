import { unscoped } from '../answers/name.ts';
import type { Answers } from '../answers/schema.ts';
import type { DeployTarget, Feature } from '../features/index.ts';
import { deployTargets, packageManagers, transports } from '../features/index.ts';

/** Composes package.json from data: dependencies sorted, versions exact. @throws {TypeError} for a package without a version. */
export function packageJson(answers: Answers, features: readonly Feature[], version: string, versions: Readonly<Record<string, string>>): string {
  const isPackage = answers.deploy.includes('npm');
  const stdio = transports.some((transport) => transport.id === answers.transport && transport.stdio);
  const bin = stdio ? 'dist/stdio.js' : 'dist/node.js';
  return `${JSON.stringify(
    {
      name: answers.name,
      version: '0.1.0',
      description: answers.description,
      ...(isPackage ? {} : { private: true }),
      ...(answers.namespace === undefined ? {} : { mcpName: `${answers.namespace}/${answers.name.split('/').at(-1)}` }),
      type: 'module',
      engines: { node: '>=20.19' },
      ...(isPackage ? { bin: { [answers.name.split('/').at(-1) ?? answers.name]: bin }, files: ['dist/*.js'] } : {}),
      scripts: scriptsOf(answers, features, version),
      dependencies: pinned(features.flatMap((feature) => feature.dependencies ?? []), versions),
      devDependencies: pinned(features.flatMap((feature) => feature.devDependencies ?? []), versions),
    },
    undefined,
    2,
  )}\n`;
}

/** A package of its own for infrastructure that is code, so that the server depends on none of it; undefined where there is none. */
export function infrastructurePackage({ deploy }: Answers, versions: Readonly<Record<string, string>>): string | undefined {
  const targets: readonly DeployTarget[] = deployTargets.filter((target) => deploy.includes(target.id));
  const scripts = Object.assign({}, ...targets.map(({ infrastructure }) => infrastructure ?? {})) as Record<string, string>;
  if (Object.keys(scripts).length === 0) return undefined;
  const manifest = {
    name: 'infrastructure',
    private: true,
    type: 'module',
    scripts: { ...scripts, typecheck: 'tsc --noEmit' },
    devDependencies: pinned(['@types/node', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'tsx', 'typescript'], versions),
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** In the order a newcomer needs them, whatever feature brought them. */
const order = ['dev', 'dev:auth', 'dev:stdio', 'dev:cloudflare', 'build', 'start', 'start:stdio', 'test', 'test:e2e', 'typecheck', 'lint', 'verify', 'lock', 'inspect', 'bundle', 'deploy:cloudflare', 'gen'];

function scriptsOf(answers: Answers, features: readonly Feature[], version: string): Record<string, string> {
  const run = packageManagers.find((one) => one.id === answers.packageManager)?.run ?? 'npm run';
  const merged = Object.assign({}, ...features.map((feature) => feature.scripts ?? {})) as Record<string, string>;
  const entries = [...new Set(features.flatMap((feature) => feature.entries ?? []))].map((entry) => `src/entry/${entry}.ts`).join(' ');
  const all = { ...merged, gen: `npx --yes --package create-mcp-server@${version} mcp-gen` };
  return Object.fromEntries(
    Object.entries(all)
      .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
      .map(([name, command]) => [name, command.replaceAll('{run}', run).replace('{entries}', entries).replace('{slug}', unscoped(answers.name))]),
  );
}

function pinned(names: readonly string[], versions: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    [...new Set(names)].toSorted().map((name) => {
      const version = versions[name];
      if (version === undefined) throw new TypeError(`templates/package.json pins no version of ${name}`);
      return [name, version];
    }),
  );
}
