import type { OpenDataset } from '../../../harness/contracts/dataset.js';
import { mean } from '../../../harness/stats/moments.js';
import { chancesAfter } from './corpus.js';
import { corpusRng, strings, type StringsParams } from './dataset.js';
import { everyString } from './letters.js';

/** How rare the optimum is: log10 of the corpus's probability of the best string, averaged over prompts. */
export function peakRarity(params: StringsParams, seed: number): number {
  const opened = strings.open(params, seed, '') as Required<Pick<OpenDataset, 'gold' | 'enumerate'>>;
  const world = { gold: opened.gold, enumerate: () => opened.enumerate('') };
  const chances = chancesAfter(params, world, corpusRng(seed));
  const rarities = everyString(params.promptLength, params.letters).map((prompt) => {
    const rewards = world.enumerate().map((text) => world.gold(prompt, text));
    const best = rewards.reduce((a, b) => Math.max(a, b));
    return Math.log10(chances(prompt)[rewards.indexOf(best)]!);
  });
  return mean(rarities);
}
