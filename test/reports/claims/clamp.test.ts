import { expect, test } from 'vitest';
import { clamp } from '../../../reports/claims/clamp.js';
import { best, world } from './cases.js';
import type { Run } from './support.js';

test('F20-clamp counts wrong pairs of the last epoch, with and without the clamp', () => {
  const rows = clamp(
    world((s) => [
      best,
      ...[0.0002, 0.002].flatMap((learningRate) =>
        [10, null].map(
          (clampDifference): Run => ({
            stage: 'clamped',
            params: { clampDifference, learningRate },
            accuracies: [0, 0, 0, clampDifference === null ? 0.9 : 0.6],
            summary:
              clampDifference === null
                ? {}
                : { 'clamp/uncorrected': learningRate > 0.001 ? 0.5 : 0.8 + 0 * s },
          }),
        ),
      ),
    ]),
  );
  const { note, values, figure } = rows.find((r) => r.id === 'F20-clamp')!;
  expect(note).toBe(
    'at learning rate 0.0002 40% of all training pairs end ranked wrongly, without the clamp 10%, ' +
      'and 80% of those that began beyond it; ' +
      'at learning rate 0.002 40% of all training pairs end ranked wrongly, without the clamp 10%, ' +
      'and 50% of those that began beyond it',
  );
  expect(values).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  expect(figure!.id).toBe('clamp');
});
