import type { NetworkModule } from '../policy/module.js';
import { Rng } from '../rng.js';
import { chunks } from '../worker/chunks.js';
import { joined, sliced } from '../lazy-list.js';
import type { TokenData, TokenSides } from '../worker/data.js';
import { pairLogps } from '../worker/reference-logps.js';
import { NO_WORK, times, type Work, type WorkMeter } from './work.js';

/** Of what is done many times, as many are counted. */
export const SOME = 16;

/** Of sampling, and of going through pairs, a few are counted: the rest is more of the same. */
export class Samples {
  constructor(
    private readonly data: TokenData,
    private readonly meter: WorkMeter,
  ) {}

  /** A sample of a policy. */
  async sample(policy: NetworkModule): Promise<Work> {
    const prompts = this.data.dataset
      .prompts('train')
      .slice(0, 4 * SOME)
      .map(({ id, prompt }) => this.data.prompt(id, prompt));
    const work = await this.meter.of(() => policy.generate(prompts, { rng: Rng.fromSeed(0) }));
    return times(work, 1 / Math.max(1, prompts.length));
  }

  /** Log-probabilities of pairs. */
  logps(policy: NetworkModule, pairs: TokenSides): Promise<Work> {
    return this.ofPairs(pairs, (some) => pairLogps(policy, some, this.data.shape));
  }

  /** Scores of pairs. */
  scores(reward: NetworkModule, pairs: TokenSides): Promise<Work> {
    return this.ofPairs(pairs, async ({ chosen, rejected }) => {
      for (const batch of chunks(joined(chosen, rejected), this.data.shape)) await reward.scores(batch);
    });
  }

  private async ofPairs(
    { chosen, rejected }: TokenSides,
    run: (some: TokenSides) => Promise<unknown>,
  ): Promise<Work> {
    if (chosen.length === 0) return NO_WORK;
    const n = Math.min(2 * SOME, chosen.length);
    const work = await this.meter.of(() =>
      run({ chosen: sliced(chosen, 0, n), rejected: sliced(rejected, 0, n) }),
    );
    return times(work, chosen.length / n);
  }
}
