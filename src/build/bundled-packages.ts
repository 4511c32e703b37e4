import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'rolldown';

/** Everything the bundle may contain. A new transitive dependency fails the build until someone has looked at it. */
const allowed = new Set([
  '@clack/core', '@clack/prompts', 'fast-string-width', 'fast-string-truncated-width', 'fast-wrap-ansi', 'sisteransi',
  'commander', 'diff', 'handlebars', 'package-manager-detector', 'yaml', 'zod',
  'execa', '@sec-ant/readable-stream', '@sindresorhus/merge-streams', 'cross-spawn', 'figures', 'get-stream', 'human-signals',
  'is-plain-obj', 'is-stream', 'is-unicode-supported', 'isexe', 'npm-run-path', 'parse-ms', 'path-key', 'pretty-ms', 'shebang-command',
  'shebang-regex', 'signal-exit', 'strip-final-newline', 'unicorn-magic', 'which', 'yoctocolors',
  // Of the MCP clients that `check --url` connects with.
  '@modelcontextprotocol/client', '@modelcontextprotocol/core', '@modelcontextprotocol/sdk', 'ajv', 'ajv-formats', 'content-type', 'eventsource-parser',
  'fast-deep-equal', 'fast-uri', 'json-schema-traverse', 'pkce-challenge',
]);

interface Manifest {
  name: string;
  version: string;
  license: string;
}

/**
 * Checks what was bundled against the allow-list and emits `dist/THIRD-PARTY-LICENSES.md`. @throws for a package that is not on the list.
 * @param seen modules of the builds before this one: the last of them writes for all.
 */
export function bundledPackagesPlugin(seen: Set<string>): Plugin {
  return {
    name: 'bundled-packages',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk') for (const id of chunk.moduleIds) seen.add(id);
      const folders = [...new Set([...seen].flatMap(packageFolder))].toSorted();
      const packages = folders.map((folder) => ({ folder, ...(JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest) }));
      const strangers = packages.filter(({ name }) => !allowed.has(name)).map(({ name }) => name);
      if (strangers.length > 0) this.error(`not on the allow-list of bundled packages: ${strangers.join(', ')}`);
      const sections = packages.map(({ folder, name, version, license }) => `## ${name} ${version} (${license})\n\n${licenceText(folder)}\n`);
      const source = `# Licences of the packages bundled in dist/\n\n${[...new Set(sections)].join('\n')}`;
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.md', source });
    },
  };
}

function packageFolder(module: string): string[] {
  const found = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module.split('?')[0] ?? '');
  return found === null ? [] : [found[0].replace(/^\0/, '')];
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`no licence text in ${folder}`);
  return `\`\`\`\n${readFileSync(path.join(folder, file), 'utf8').trim()}\n\`\`\``;
}
