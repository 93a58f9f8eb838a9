import type { RunHost } from '../run/host.js';
import { Conversation } from './conversation.js';
import { prepare, type TuneOptions } from './prepare.js';
import type { Tuning } from './tuning.js';

/**
 * Finds the grid of every compared family by successive halving (Jamieson & Talwalkar 2016,
 * https://arxiv.org/abs/1502.07943), under one allowance for all, on validation prompts and by what chooses.
 *
 * 1. **Candidates** are strengths x learning rates, evenly spaced in their logarithm. Each strength is a race
 *    of its own, because policies held back differently differ in KL, and a frontier needs all of them.
 * 2. **Rungs**: every rate of a strength at a share of the stage's own schedule, the better half at twice the
 *    share, until two go through the whole of it. Data, warm-up and decay are shortened together, because the
 *    first quarter of a decaying schedule is no schedule of a quarter. Short schedules still prefer higher
 *    rates than long ones, which halving alone does not see (Li et al. 2018,
 *    https://arxiv.org/abs/1603.06560: how much the least budget tells is what Hyperband hedges). Therefore
 * 3. **Neighbours**: the best rate of each strength is only believed between two neighbours that were worth
 *    less at the whole schedule, or diverged. Where it has none, they are tried, outward beyond the first
 *    candidates if need be; and then further strengths, where the best is the last one tried.
 * 4. **Worth** is what a policy gains on average over the KL budgets that the experiment compares at
 *    (`budgetedGain`), so that reward is not bought at any KL.
 * 5. **The grid** is the one whose policies together gain most; all of them were seen at their end.
 *
 * Rungs wait for each other, unlike in ASHA (Li et al. 2020, https://arxiv.org/abs/1810.05934): what is
 * promoted then depends on no clock, and equal seeds propose equal grids.
 *
 * Every family may try equally many candidates at equal shares; FLOPs differ, and are reported. Seeds are
 * others than the experiment's; gold rewards, judges and test prompts are not read by any run.
 * @returns null where a signal stopped it; the same call goes on
 * @throws TiltyardError for an experiment that cannot be tuned, before anything is written
 */
export async function tune(options: TuneOptions, host: RunHost): Promise<Tuning | null> {
  const prepared = await prepare(options);
  return new Conversation(prepared, options, host).hold();
}
