import type { Answers } from '../answers/schema.ts';
import { manifestName } from '../repo/repo.ts';
import { Tree } from '../tree/tree.ts';
import { plan } from './plan.ts';

/** A file that adding a target would change, if its owner had not: it stays as it is. */
export interface Kept {
  readonly path: string;
  /** As it was generated, and as it would be with the target; undefined where it would be new. */
  readonly before: string | undefined;
  readonly after: string;
}

/** What one more deploy target makes of a repository. */
export interface TargetPlan {
  readonly answers: Answers;
  /** The target's own files, those of ours that it changes, and the manifest. */
  readonly tree: Tree;
  readonly kept: readonly Kept[];
}

/**
 * Plans one more deploy target. Pure: what the target makes of the repository is what `create` would have made of it.
 * @param read what stands in the repository now, by path
 */
export function planTarget(answers: Answers, target: Answers['deploy'][number], version: string, read: (path: string) => string | undefined): TargetPlan {
  const extended = { ...answers, deploy: [...answers.deploy, target] };
  const generated = plan(answers, version);
  const tree = new Tree();
  const kept: Kept[] = [];
  for (const { path, contents: after } of plan(extended, version).files()) {
    const before = generated.get(path);
    if (before === after) continue;
    const found = withoutReturns(read(path));
    if (path === manifestName || found === before || found === after) tree.add(path, after);
    else kept.push({ path, before, after });
  }
  return { answers: extended, tree, kept };
}

/** A checkout may have changed the line ends: nobody edited that. */
function withoutReturns(text: string | undefined): string | undefined {
  return text?.replaceAll('\r\n', '\n');
}
