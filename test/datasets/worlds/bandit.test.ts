import { describe, expect, test } from 'vitest';
import { bandit, type BanditParams } from '../../../datasets/worlds/bandit/dataset.js';
import { defaults } from '../support.js';

describe('bandit', () => {
  const open = (given: Partial<BanditParams>) =>
    bandit.open(defaults<BanditParams>(bandit.params, given), 0, '');
  test('given rewards and reference are the same in every context', async () => {
    const world = await open({ arms: 3, contexts: 2, rewards: [1, 2, 3], reference: [0, 1, 0] });
    expect(['x0', 'x1'].map((x) => ['a0', 'a1', 'a2'].map((a) => world.gold!(x, a)))).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect([...world.initialTable!.logits]).toEqual([0, 1, 0, 0, 1, 0]);
    expect(world.enumerate!('x0')).toEqual(['a0', 'a1', 'a2']);
  });
  test('refuses a list of another length, and words that are no arm', async () => {
    expect(() => open({ arms: 3, rewards: [1] })).toThrow(
      'rewards has 1 numbers for 3 arms; give one for each',
    );
    const { tokenizer } = await open({ arms: 3, contexts: 1 });
    expect(() => tokenizer.encode('a3')).toThrow("'a3' is neither an arm a0..a2 nor a context x0..x0");
  });
});
