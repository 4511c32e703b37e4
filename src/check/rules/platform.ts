import { pass, warn } from '../rule.ts';
import type { Rule } from '../rule.ts';

export const platform: Rule = {
  id: 'platform',
  part: 'repository',
  title: 'Platform untouched',
  why: 'What is changed in src/platform was tested by nobody else, and goes with the next upgrade.',
  check({ platform: state, repo }) {
    const { version } = repo.manifest;
    const source = state.comparedWith === 'release' ? `release ${version}` : `what release ${version} wrote down`;
    if (state.identical) return pass(`src/platform is ${source}, byte by byte`);
    const found = (['changed', 'missing', 'added'] as const).flatMap((what) => state[what].map((file) => ({ at: file, text: what })));
    return warn(`${found.length} files of src/platform differ from ${source}`, found, 'git checkout -- src/platform   # or keep it, and say in AGENTS.md why');
  },
};
