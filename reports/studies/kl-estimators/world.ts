import { strings } from '../../../datasets/worlds/strings/dataset.js';
import type { OpenDataset } from '../../../harness/contracts/dataset.js';
import type { Engine } from '../../../harness/engine/engine.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { transformer } from '../../../harness/policy/transformer.js';
import type { Rng } from '../../../harness/rng.js';

/** Letters of the alphabet; a prompt is one letter. */
export const LETTERS = 4;
/** Letters of a completion. */
export const LENGTH = 6;

/** Sizes of a batch: the prompt's letter and the completion's. */
export const SHAPE = { time: 1 + LENGTH, completion: LENGTH, padId: 0, eosId: null };

export async function openWorld(): Promise<Required<Pick<OpenDataset, 'tokenizer' | 'gold' | 'enumerate'>>> {
  const params = {
    letters: LETTERS,
    length: LENGTH,
    promptLength: 1,
    rewardSpread: 2,
    landscape: 'additive',
    tilt: 0,
    corpusSize: 1,
    prompts: LETTERS,
  } as const;
  const { tokenizer, gold, enumerate } = await strings.open(params, 0, '');
  return { tokenizer, gold: gold!, enumerate: enumerate! };
}

/** A transformer with random weights. @param noise standard deviation of what is added to each weight */
export function randomTransformer(name: string, noise: number, engine: Engine, rng: Rng): NetworkModule {
  const architecture = transformer({
    vocabSize: LETTERS,
    contextLength: 1 + LENGTH,
    width: 32,
    layers: 2,
    heads: 2,
  });
  const body = architecture.initialBody(rng.split('weights'));
  for (const [array, { shape, data }] of body) {
    const own = rng.split(name, array);
    // Matrices are widened: an untrained transformer is nearly uniform, and then there is little to estimate.
    const widening = shape.length > 1 ? 5 : 1;
    data.forEach((x, i) => {
      data[i] = widening * x + noise * own.normal();
    });
  }
  return new NetworkModule(
    name,
    engine,
    architecture,
    engine.variables(body),
    null,
    SHAPE,
    new Meter(),
    false,
  );
}
