import { expect, test } from 'vitest';
import { matched } from '../../../reports/claims/matched.js';
import { pair, world } from './cases.js';

test('F14 says how far PPO is from the exact optimum of its own reward', () => {
  const [row] = matched(
    world((s) => [...pair('ppo', 'dpo', 0), { stage: 'optimum', end: { kl: 1, gold: 0.5 + 0.1 * (s % 2) } }]),
  );
  expect(row!.note).toMatch(
    /^PPO minus the exact optimum of its own reward, the same way: -0\.0\d\d \[-0\.\d{3}, 0\.\d{3}\]$/,
  );
});
