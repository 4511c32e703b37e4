import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../src/answers/resolve.ts';
import { plan } from '../../src/plan/plan.ts';
import without from './without.json' with { type: 'json' };

describe('the bench', () => {
  const tree = plan(withDefaults({ auth: 'none' }, { name: 'bare-write', packageManager: 'npm' }), '0.0.0');

  test.each(without)('finds what it takes out of %s: %s', (file = '', from = '') => {
    expect(tree.get(file)?.split(from)).toHaveLength(2);
  });
});
