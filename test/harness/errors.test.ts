import { describe, expect, test } from 'vitest';
import { nearest } from '../../harness/errors.js';

describe('the name that somebody most likely meant', () => {
  const known = [
    'aot',
    'apo',
    'best-of-n',
    'bt-reward',
    'dpo',
    'dpo-penalty',
    'online-dpo',
    'ppo-rlhf',
    'raft',
  ];
  test.each([
    ['ppo', 'ppo-rlhf'],
    ['PPO', 'ppo-rlhf'],
    ['reward', 'bt-reward'],
    ['best', 'best-of-n'],
    ['dop', 'dpo'],
    ['rafd', 'raft'],
    ['transformer', undefined],
  ])('%s -> %s', (word, meant) => expect(nearest(word, known)).toBe(meant));
  test('a part that several share tells nothing', () => {
    expect(nearest('of', ['best-of-n', 'worst-of-n'])).toBeUndefined();
  });
});
