import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Handlebars from 'handlebars';
import type { Plugin } from 'rolldown';
import { offeredOverlays } from '../plan/chosen.ts';
import { compileOptions } from '../render/compile-options.ts';

const id = 'virtual:templates';

/** Folders with a feature that offers them; the workspace's own files and whatever waits for its feature stay out. */
const overlays = offeredOverlays().map((folder) => `${folder}/`);

/** Serves `virtual:templates`: the same module in the bundle and in the tests. */
export function templatesPlugin(root: string): Plugin {
  return {
    name: 'templates',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(loaded) {
      if (loaded !== `\0${id}`) return undefined;
      const files = listFiles(root);
      for (const file of files) this.addWatchFile(path.join(root, file));
      const texts: Record<string, string> = {};
      const specs: string[] = [];
      for (const file of files) {
        const source = readFileSync(path.join(root, file), 'utf8');
        if (!file.endsWith('.hbs')) texts[file] = source;
        else specs.push(`${JSON.stringify(file.slice(0, -'.hbs'.length))}: ${String(Handlebars.precompile(source, compileOptions))}`);
      }
      return [
        // V8 reads a string of JSON faster than the same object as code.
        `export const texts = JSON.parse(${JSON.stringify(JSON.stringify(texts))});`,
        `export const versions = JSON.parse(${JSON.stringify(JSON.stringify(readVersions(root)))});`,
        `export const specs = {${specs.join(',\n')}};`,
      ].join('\n');
    },
  };
}

function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => overlays.some((overlay) => file.startsWith(overlay)))
    .toSorted();
}

function readVersions(root: string): Record<string, string> {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;
  return { ...manifest['dependencies'], ...manifest['devDependencies'] };
}
