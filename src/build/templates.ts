import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Handlebars from 'handlebars';
import type { Plugin } from 'rolldown';
import { offeredOverlays } from '../plan/chosen.ts';
import { compileOptions } from '../render/compile-options.ts';

/** Folders with a feature that offers them; the workspace's own files and whatever waits for its feature stay out. */
const overlays = offeredOverlays();

/** Modules of their own, so that no command loads what another one needs. */
const modules: Readonly<Record<string, (root: string, addWatchFile: (file: string) => void) => string>> = {
  'virtual:templates': (root, watch) => `${compiled(root, overlays, 'texts', 'specs', watch)}\nexport const versions = JSON.parse(${literal(readVersions(root))});`,
  'virtual:check-scripts': (_root, watch) => [textExport('src/check/script/inspect.mjs', 'inspectScript', watch), textExport('src/check/script/trust.mjs', 'trustScript', watch)].join('\n'),
  'virtual:item-templates': (root, watch) => compiled(root, ['items'], 'itemTexts', 'itemSpecs', watch),
};

/** Serves the modules of `virtual.d.ts` that hold files: the same in the bundle and in the tests. */
export function templatesPlugin(root: string): Plugin {
  return {
    name: 'templates',
    resolveId: (source) => (Object.hasOwn(modules, source) ? `\0${source}` : undefined),
    load(loaded) {
      return loaded.startsWith('\0') ? modules[loaded.slice(1)]?.(root, (file) => this.addWatchFile(file)) : undefined;
    },
  };
}

/** Exports the files below some folders of `templates/`: texts as they are, Handlebars precompiled. */
function compiled(root: string, folders: readonly string[], textsName: string, specsName: string, watch: (file: string) => void): string {
  const texts: Record<string, string> = {};
  const specs: string[] = [];
  for (const file of listFiles(root, folders)) {
    watch(path.join(root, file));
    const source = readFileSync(path.join(root, file), 'utf8');
    if (!file.endsWith('.hbs')) texts[file] = source;
    else specs.push(`${JSON.stringify(file.slice(0, -'.hbs'.length))}: ${String(Handlebars.precompile(source, compileOptions))}`);
  }
  return `export const ${textsName} = JSON.parse(${literal(texts)});\nexport const ${specsName} = {${specs.join(',\n')}};`;
}

/** Exports a file as a text. */
function textExport(file: string, name: string, watch: (file: string) => void): string {
  watch(file);
  return `export const ${name} = ${JSON.stringify(readFileSync(file, 'utf8'))};`;
}

/** V8 reads a string of JSON faster than the same object as code. */
function literal(value: unknown): string {
  return JSON.stringify(JSON.stringify(value));
}

function listFiles(root: string, folders: readonly string[]): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)))
    .toSorted();
}

function readVersions(root: string): Record<string, string> {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;
  return { ...manifest['dependencies'], ...manifest['devDependencies'] };
}
