import { describe, expect, test } from 'vitest';
import { shapedScores } from '../../../plugins/shared/scores.js';

describe('shapedScores', () => {
  const options = { rewardClip: null, missingEos: 'none', missingEosPenalty: 1 } as const;
  const finished = [true, false];
  test('none leaves scores alone', () => expect(shapedScores([3, 2], finished, options)).toEqual([3, 2]));
  test('replace puts the penalty in place of the score', () =>
    expect(shapedScores([3, 2], finished, { ...options, missingEos: 'replace' })).toEqual([3, -1]));
  test('subtract takes it off', () =>
    expect(shapedScores([3, 2], finished, { ...options, missingEos: 'subtract' })).toEqual([3, 1]));
  test('the clip comes first', () => {
    expect(shapedScores([30, -30], finished, { ...options, rewardClip: 5, missingEos: 'subtract' })).toEqual([
      5, -6,
    ]);
  });
});
