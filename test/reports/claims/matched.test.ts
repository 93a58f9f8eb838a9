import { expect, test } from 'vitest';
import { matched } from '../../../reports/claims/matched.js';
import { pair, world } from './cases.js';

test('F15 says what the labels alone do', () => {
  const rows = matched(
    world((s) => [
      ...pair('online', 'relabelled', 0),
      { stage: 'dpo', end: { kl: 1, gold: 0.3 + 0.01 * s } },
    ]),
  );
  // Three quarters of .2, .19, .18, .17, .16.
  expect(rows.find(({ id }) => id === 'F15')!.note).toMatch(
    /^the reward's labels instead of the data's, the same way: 0\.135 \[0\.1\d\d, 0\.1\d\d\]$/,
  );
});
