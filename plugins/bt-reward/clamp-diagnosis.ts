import type { RunContext } from '../../harness/index.js';
import type { BtParams } from './params.js';

/**
 * What a clamp costs: training pairs that the fresh model ranks wrongly by more than the clamp have no
 * gradient of their own.
 * @returns to be called after training: their share of the training pairs, and the share of them still ranked
 * wrongly (absent where there were none); nothing without a clamp
 */
export async function clampDiagnosis(
  ctx: RunContext,
  { batchSize, clampDifference, headScale }: Pick<BtParams, 'batchSize' | 'clampDifference' | 'headScale'>,
): Promise<() => Promise<Record<string, number>>> {
  if (clampDifference === null) return async () => ({});
  const clamp = clampDifference / headScale; // in units of the head
  const atStart = ctx.state<{ wrong: number[] | null; pairs: number }>('misranked', {
    wrong: null,
    pairs: 0,
  });
  // In a resumed run these batches have been handed out before: there are none, and what they gave was saved.
  const differences = await everyDifference(ctx, batchSize);
  if (atStart.wrong === null) {
    const wrong = [...differences.keys()].filter((i) => differences[i]! < -clamp);
    Object.assign(atStart, { wrong, pairs: differences.length });
  }
  return async () => {
    const wrong = atStart.wrong!;
    const after = await everyDifference(ctx, batchSize);
    const still = wrong.filter((i) => after[i]! < 0).length;
    return {
      'clamp/misranked': wrong.length / atStart.pairs,
      ...(wrong.length === 0 ? {} : { 'clamp/uncorrected': still / wrong.length }),
    };
  };
}

/** Score of chosen minus rejected in the order of the first epoch, which is the same every time. */
async function everyDifference(ctx: RunContext, batchSize: number): Promise<number[]> {
  const differences: number[] = [];
  for await (const { tokens, size } of ctx.pairs({ batchSize, epochs: 1 })) {
    const scores = await ctx.rewardModel.scores(tokens); // [2B]
    for (let b = 0; b < size; b++) differences.push(scores[b]! - scores[size + b]!);
  }
  return differences;
}
