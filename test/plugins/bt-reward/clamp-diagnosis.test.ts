import { describe, expect, test } from 'vitest';
import { clampDiagnosis } from '../../../plugins/bt-reward/clamp-diagnosis.js';
import { paperContext } from './support.js';

/** Chosen minus rejected: -4, -1, 2, -6. */
const pairs = [
  [0, 4],
  [1, 2],
  [3, 1],
  [0, 6],
] as const;
const options = { batchSize: 2, clampDifference: 6, headScale: 2 }; // 3 in units of the head

describe('what a clamp costs', () => {
  test('the share of pairs that begin beyond it, and of these the share still wrong', async () => {
    const { ctx, raise } = paperContext(pairs);
    const finished = await clampDiagnosis(ctx, options);
    raise(5); // -4 is put right, -6 is not
    expect(await finished()).toEqual({ 'clamp/misranked': 0.5, 'clamp/uncorrected': 0.5 });
  });
  test('none beyond it: nothing to correct', async () => {
    const { ctx } = paperContext(pairs);
    const finished = await clampDiagnosis(ctx, { ...options, clampDifference: 20 });
    expect(await finished()).toEqual({ 'clamp/misranked': 0 });
  });
  test('a resumed run remembers how it began', async () => {
    const saved = {};
    await clampDiagnosis(paperContext(pairs, saved).ctx, options);
    const resumed = paperContext(pairs, saved);
    resumed.raise(100);
    expect(await (await clampDiagnosis(resumed.ctx, options))()).toEqual({
      'clamp/misranked': 0.5,
      'clamp/uncorrected': 0,
    });
  });
  test('no clamp: no diagnosis, and no pass over the pairs', async () => {
    const { ctx } = paperContext(pairs);
    ctx.pairs = () => {
      throw new Error('looked at the pairs');
    };
    expect(await (await clampDiagnosis(ctx, { ...options, clampDifference: null }))()).toEqual({});
  });
});
