import { texts, specs, versions } from 'virtual:templates';
import { inputVariables } from '../answers/provider-inputs.ts';
import type { Answers } from '../answers/schema.ts';
import { render } from '../render/engine.ts';
import { itemKinds, renderIndex } from '../repo/index-files.ts';
import { Tree } from '../tree/tree.ts';
import { environmentFile } from './environment.ts';
import { renderManifest } from './manifest.ts';
import { infrastructurePackage, packageJson } from './package-json.ts';
import { chosenFeatures, overlaysOf } from './chosen.ts';
import { templateContext } from './context.ts';

/**
 * Answers in, repository out. Pure: no clock, network, random value, environment or disk,
 * so the same answers and version give the same bytes for ever.
 */
export function plan(answers: Answers, version: string): Tree {
  const features = chosenFeatures(answers);
  const context = templateContext(answers, features, version);
  const tree = new Tree();
  for (const overlay of overlaysOf(answers, features)) {
    const prefix = `${overlay}/`;
    for (const [source, text] of Object.entries(texts)) {
      if (source.startsWith(prefix)) tree.add(destination(source, prefix), text);
    }
    for (const [source, spec] of Object.entries(specs)) {
      if (source.startsWith(prefix)) tree.add(destination(source, prefix), render(spec, context));
    }
  }
  for (const kind of itemKinds) tree.add(`src/${kind}/index.ts`, renderIndex(kind, tree.files().map((file) => file.path)));
  tree.add('package.json', packageJson(answers, features, version, versions));
  const infrastructure = infrastructurePackage(answers, versions);
  if (infrastructure !== undefined) tree.add('deploy/aws/package.json', infrastructure);
  tree.add('.env.example', environmentFile(features, context.http ? 'node' : 'stdio', inputVariables(answers)));
  tree.add('.mcp-gen.json', renderManifest(answers, version, tree.files()));
  return tree;
}

/** npm drops or renames some dotfiles when it packs, so templates spell the dot as an underscore. */
function destination(source: string, prefix: string): string {
  return source
    .slice(prefix.length)
    .split('/')
    .map((segment) => segment.replace(/^_(?=[^_])/, '.'))
    .join('/');
}
