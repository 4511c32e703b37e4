import { beforeAll, describe, expect, test } from 'vitest';
import { templateSources } from '../render/sources.ts';
import { checks } from './checks.ts';
import { combinations, label, planned } from './combinations.ts';

const faults = new Map<string, string[]>(Object.keys(checks).map((title) => [title, []]));
const paths = new Set<string>();
const texts = new Set<string>();
let count = 0;

beforeAll(() => {
  for (const answers of combinations()) {
    const repo = planned(answers);
    count += 1;
    for (const [file, text] of repo.files) {
      paths.add(file);
      texts.add(text);
    }
    for (const [title, check] of Object.entries(checks)) {
      faults.get(title)?.push(...check(repo).map((fault) => `${fault}   [${label(answers)}]`));
    }
  }
}, 300_000);

describe('every combination of answers', () => {
  test('is planned', () => {
    expect(count).toBeGreaterThanOrEqual(288);
  });

  test.each(Object.keys(checks))('%s', (title) => {
    const found = faults.get(title) ?? [];
    expect(found.slice(0, 8), `${found.length} faults in ${count} repositories`).toEqual([]);
  });

  test('every template is planned by some combination', () => {
    const orphans = templateSources().filter(({ target, text }) => (text === undefined ? !paths.has(target) : !texts.has(text)));
    expect(orphans.map(({ source }) => source)).toEqual([]);
  });
});
