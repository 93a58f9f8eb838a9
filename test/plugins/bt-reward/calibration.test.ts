import { describe, expect, test } from 'vitest';
import { calibrationError, heldOutScore } from '../../../plugins/bt-reward/calibration.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('heldOutScore', () => {
  test('hand-worked', () => {
    const score = heldOutScore([2, -1, 0], [0, 0, 0.5]);
    expect(score.accuracy).toBeCloseTo(1.5 / 3, 12);
    expect(score.differenceMean).toBeCloseTo(1, 12);
    expect(score.differenceMax).toBe(2);
    expect(score.loss).toBeCloseTo(
      (-Math.log(sigmoid(2)) - Math.log(sigmoid(-1)) - Math.log(sigmoid(-0.5))) / 3,
      12,
    );
  });
  test('does not overflow', () => expect(heldOutScore([1e4, -1e4], [0, 0]).loss).toBe(5e3));
});

describe('calibrationError', () => {
  test('is 0 where favourites win as often as stated', () => {
    const d = Math.log(4); // stated .8
    expect(calibrationError([d, d, d, d, -d])).toBeCloseTo(0, 12);
  });
  test('is the excess of confidence where they win less often', () => {
    const d = Math.log(4);
    expect(calibrationError([d, -d])).toBeCloseTo(0.3, 12);
  });
  test('errors of one bin do not cancel those of another', () => {
    const low = Math.log(0.6 / 0.4);
    const high = Math.log(9);
    expect(calibrationError([low, -high])).toBeCloseTo((0.4 + 0.9) / 2, 12);
  });
  test('a reward that knows nothing and says so is calibrated', () =>
    expect(calibrationError([0, 0, 0])).toBe(0));
  test('certain and right', () => expect(calibrationError([1e4])).toBe(0));
});
