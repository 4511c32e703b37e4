import { answersSchema } from '../answers/schema.ts';
import { platformDrift } from '../repo/drift.ts';
import type { PlatformDrift } from '../repo/drift.ts';
import type { Repo } from '../repo/repo.ts';
import { sha256 } from '../tree/hash.ts';
import { version } from '../version.ts';
import { plan } from './plan.ts';

/** What is known of `src/platform`, and how. */
export interface PlatformState extends PlatformDrift {
  /** `release`: compared with what this version makes of the answers. `manifest`: with the hashes that were written down, because another version made it. */
  readonly comparedWith: 'release' | 'manifest';
  readonly identical: boolean;
}

/** Compares `src/platform` with the release it came from. */
export function platformState(repo: Repo): PlatformState {
  const answers = repo.manifest.version === version ? answersSchema.safeParse(repo.manifest.answers) : undefined;
  const fresh = answers?.success === true ? Object.fromEntries(plan(answers.data, version).files().map(({ path, contents }) => [path, sha256(contents)])) : undefined;
  const drift = platformDrift(repo, fresh ?? repo.manifest.files);
  return { comparedWith: fresh === undefined ? 'manifest' : 'release', identical: [drift.changed, drift.missing, drift.added].every((files) => files.length === 0), ...drift };
}
