import { admitsBreaking, changesBetween, nextBreaking } from '../../../templates/base/dev/changes.ts';
import { counted, fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

export const versioning: Rule = {
  id: 'versioning',
  part: 'checklist',
  title: 'Tool versioning',
  why: 'A renamed argument breaks every agent that learned the old one, and nobody sees it in a review.',
  check(subject) {
    return withTools(subject, (_tools, surface) => {
      const { lock, manifest } = subject;
      const version = String(manifest['version'] ?? '0.0.0');
      if (lock === undefined) return fail('there is no tools.lock.json to compare with', [{ at: 'tools.lock.json', text: 'missing, or not written by the lock script' }], 'npm run lock');
      const changes = changesBetween(lock, surface);
      const seen = changes.map(({ severity, item, what }) => ({ at: 'tools.lock.json', text: `${severity} ${item}: ${what}` }));
      if (changes.some(({ severity }) => severity === 'breaking') && !admitsBreaking(lock.version, version)) return fail(`a breaking change without a new version: ${lock.version} was locked, package.json says ${version}`, seen, `"version": "${nextBreaking(lock.version)}",   in package.json, then npm run lock`);
      if (changes.length > 0) return fail(`${counted(changes.length, 'change')} since ${lock.version} was locked`, seen, 'npm run lock');
      if (lock.version !== version) return fail(`package.json says ${version}, tools.lock.json ${lock.version}`, [{ at: 'package.json', text: `"version": "${version}"` }], 'npm run lock');
      return pass(`tools.lock.json is the surface of version ${version}`, [{ at: 'tools.lock.json', text: `${counted(Object.keys(surface.tools).length, 'tool')}, ${counted(Object.keys(surface.resources).length, 'resource')}, ${counted(Object.keys(surface.prompts).length, 'prompt')}` }]);
    });
  },
};
