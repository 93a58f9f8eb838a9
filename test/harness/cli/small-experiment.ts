import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A start that learns nothing and stages from it, on 32 pairs: as little as there is to run. */
export function smallExperiment(
  dir: string,
  name: string,
  stages: Readonly<Record<string, object>>,
  more: object = {},
): string {
  const path = join(dir, `${name}.yaml`);
  const params = { corpusSize: 40, trainPrompts: 32, validationPrompts: 4, testPrompts: 4 };
  const experiment = {
    name,
    seeds: 1,
    dataset: { name: 'reviews', params: { ...params, heldoutPrompts: 16 } },
    policy: { kind: 'transformer', width: 8, layers: 1, heads: 1 },
    collect: { from: 'base', pairs: 32, heldoutPairs: 4 },
    stages: {
      base: { algorithm: 'sft', completions: 'corpus', params: { epochs: 0, batchSize: 16 } },
      ...Object.fromEntries(
        Object.entries(stages).map(([stage, given]) => [stage, { start: 'base', ...given }]),
      ),
    },
    evaluation: { every: 0, prompts: 4, testPrompts: 4 },
    checkpointEvery: 1,
    ...more,
  };
  writeFileSync(path, stringify(experiment));
  return path;
}
