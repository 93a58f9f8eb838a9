import { describe, expect, test } from 'vitest';
import { heldOutPairs, watchHeldOut } from '../../../plugins/bt-reward/early-stopping.js';
import { paperContext } from './support.js';

const options = { evaluateEvery: 2, headScale: 3, patience: 2 };
const length = { perEpoch: 4, totalSteps: 9 };
const loss = (d: number): number => Math.log1p(Math.exp(-d));

describe('early stopping', () => {
  test('measures every so often and at the last step, in reward units', async () => {
    const { ctx } = paperContext([[2, 1]]);
    const watch = watchHeldOut(ctx, await heldOutPairs(ctx, { heldOut: 0.1, patience: 2 }), options, length);
    expect(await watch.after(1)).toEqual({});
    for (const step of [2, 9]) {
      const measured = await watch.after(step);
      expect(measured['eval/difference_mean']).toBeCloseTo(3, 6);
      expect(measured['eval/loss']).toBeCloseTo(loss(3), 6);
    }
  });
  test('a run of few steps is measured so often that patience can run out', async () => {
    const { ctx, raise } = paperContext([[2, 1]]);
    // 17 steps an epoch of 300 pairs, two epochs, as the defaults would measure them: at 20 and 34 alone.
    const few = { evaluateEvery: 20, headScale: 1, patience: 4 };
    const watch = watchHeldOut(ctx, await ctx.holdOutPairs(0.1), few, { perEpoch: 17, totalSteps: 34 });
    const measured: number[] = [];
    for (let step = 1; step <= 34 && !watch.stopped(); step++) {
      raise(-step); // worse from the first step on
      if ('eval/loss' in (await watch.after(step))) measured.push(step);
    }
    expect(measured).toEqual([4, 8, 12, 16, 20]);
    expect(watch.stopped()).toBe(true);
  });
  test('stops after two measurements without a better one, and brings the best weights back', async () => {
    const { ctx, done, raise } = paperContext([[2, 1]]);
    const watch = watchHeldOut(ctx, await ctx.holdOutPairs(0.1), options, length);
    const stopped: boolean[] = [];
    for (const [i, shift] of [0, 1, 0.5, 0.7].entries()) {
      raise(shift);
      await watch.after(2 * (i + 1));
      stopped.push(watch.stopped());
    }
    expect(stopped).toEqual([false, false, false, true]);
    expect(done).toEqual(['keep', 'keep']);
    const summary = await watch.finish();
    expect(done.at(-1)).toBe('restore');
    expect(summary).toMatchObject({ 'heldout/pairs': 1, stopped_early: 1 });
    // From 3 reward units at half an epoch to 3 (1 + .7) at two.
    expect(summary['heldout/difference_growth']).toBeCloseTo((3 * 0.7) / 1.5, 5);
  });
  test('without patience it only measures: no weights are kept or brought back', async () => {
    const { ctx, done } = paperContext([[2, 1]]);
    const watch = watchHeldOut(ctx, await ctx.holdOutPairs(0.1), { ...options, patience: null }, length);
    for (const step of [2, 4, 6, 8]) await watch.after(step);
    expect(watch.stopped()).toBe(false);
    expect(await watch.finish()).toMatchObject({ stopped_early: 0 });
    expect(done).toEqual([]);
  });
  test('goes on where a stopped process was', async () => {
    const saved = {};
    const first = paperContext([[2, 1]], saved);
    const before = watchHeldOut(first.ctx, await first.ctx.holdOutPairs(0.1), options, length);
    await before.after(2);
    await before.after(4);
    const second = paperContext([[2, 1]], saved);
    const after = watchHeldOut(second.ctx, await second.ctx.holdOutPairs(0.1), options, length);
    await after.after(6);
    expect(after.stopped()).toBe(true);
  });
  test('without held-out pairs there is nothing to say, and nothing to stop on', async () => {
    const { ctx } = paperContext([[2, 1]]);
    const watch = watchHeldOut(
      ctx,
      await heldOutPairs(ctx, { heldOut: 0, patience: null }),
      { ...options, patience: null },
      length,
    );
    expect([await watch.after(2), await watch.finish()]).toEqual([{}, {}]);
    await expect(heldOutPairs(ctx, { heldOut: 0, patience: 4 })).rejects.toThrow(
      /patience 4 needs held-out pairs, but heldOut 0 keeps none/,
    );
  });
});
