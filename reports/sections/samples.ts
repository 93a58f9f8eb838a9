import { type Group, type Loaded, startName } from './gather.js';
import type { SampleSet } from '../report/background.js';

const SHOWN_PROMPTS = 6;

/**
 * The first test prompts, each with the completion of the start and of every variant's first finished seed.
 */
export function sampleSets(groups: readonly Group[], start: Loaded | undefined): SampleSet[] {
  const all = [
    ...(start?.samples == null ? [] : [{ name: `${startName(start)} (start)`, samples: start.samples }]),
    ...groups.flatMap(({ name, loaded }) =>
      loaded[0]?.samples == null ? [] : [{ name, samples: loaded[0].samples }],
    ),
  ];
  const first = all[0]?.samples;
  if (first === undefined) return [];
  return first.keys.slice(0, SHOWN_PROMPTS).map((key, i) => ({
    prompt: first.prompts[i]!,
    completions: all.flatMap(({ name, samples }) => {
      const at = samples.index.get(key);
      return at === undefined || at >= samples.texts.length
        ? []
        : [{ name, text: samples.texts[at]!, gold: samples.gold?.[at] ?? null }];
    }),
  }));
}
