import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { offeredOverlays } from '../../src/plan/chosen.ts';

/** Overlays that some answers lead to; the rest of the folder waits for its feature. */
const offered = offeredOverlays().map((overlay) => `${overlay}/`);

const root = fileURLToPath(new URL('../../templates', import.meta.url));

export interface TemplateSource {
  /** Path below `templates/`. */
  readonly source: string;
  /** Where its overlay puts it in a repository. */
  readonly target: string;
  /** What is copied as it is; undefined for what is rendered. */
  readonly text: string | undefined;
  /** The Handlebars source; undefined for what is copied. */
  readonly hbs: string | undefined;
}

/** Overlay folders are one deep for what there is once, two deep for what there are several of. */
const single = /^(?:base|namespace|security-contact)\//;

/** Every template of a repository, read from the disk and not through the build. */
export function templateSources(): TemplateSource[] {
  return sourcesIn(offered);
}

/** Every template of an item that is added to one. */
export function itemSources(): TemplateSource[] {
  return sourcesIn(['items/']);
}

function sourcesIn(folders: readonly string[]): TemplateSource[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((source) => folders.some((folder) => source.startsWith(folder)))
    .toSorted()
    .map((source) => {
      const text = readFileSync(path.join(root, source), 'utf8');
      const isTemplate = source.endsWith('.hbs');
      return { source, target: targetOf(source), text: isTemplate ? undefined : text, hbs: isTemplate ? text : undefined };
    });
}

function targetOf(source: string): string {
  return source
    .split('/')
    .slice(single.test(source) ? 1 : 2)
    .map((segment) => segment.replace(/^_(?=[a-z])/, '.'))
    .join('/')
    .replace(/\.hbs$/, '');
}
