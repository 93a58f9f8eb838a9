import type { Prompt } from '../../contracts/dataset.js';
import type { Meter } from '../../metrics/meter.js';
import type { EvaluatedSplit, KnownSamples } from '../../store/shared.js';
import type { Observer } from '../evaluate/observe.js';
import type { RunEvaluator } from '../optimise.js';
import { type ObservedRow, stored } from './row.js';

/** Observes a policy for another process to score: in this one there is no reward to score with. */
export class ConfinedEvaluator implements RunEvaluator {
  constructor(
    private readonly observer: Observer,
    private readonly meter: Meter,
    private readonly weights: () => Promise<string>,
  ) {}

  async prepare(): Promise<void> {}

  async evaluate(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
    known: KnownSamples | null = null,
  ): Promise<{ readonly row: Pick<ObservedRow, 'split' | 'isStart' | 'weights' | 'observed'> }> {
    const isStart = known !== null;
    return this.meter.charge('eval', async () => {
      const observed = await this.observer.observe(prompts, samplesPerPrompt, split, isStart);
      return { row: { split, isStart, weights: await this.weights(), observed: stored(observed) } };
    });
  }
}
