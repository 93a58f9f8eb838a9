import { integer, number, oneOf, type ParamsOf, parameters } from '../../harness/index.js';
import { optimizerProperties } from '../shared/optimizer.js';

const properties = {
  penalty: number({ min: 0, default: 0, description: 'λ: weight of the squared reward difference' }),
  penaltyScale: oneOf(['per-pair', 'per-dataset'], {
    default: 'per-pair',
    description:
      "'per-pair': λ d² on every pair; 'per-dataset': λ/N, a Gaussian prior that fades with N pairs",
  }),
  clampDifference: number({
    nullable: true,
    above: 0,
    default: null,
    description: 'c: differences are clamped to [-c, c] before the loss; null: no clamp',
  }),
  centering: number({
    min: 0,
    default: 0,
    description: 'Weight of (R_w + R_l)², which pins the free shift of the rewards',
  }),
  batchSize: integer({ min: 1, default: 16, description: 'Pairs per step' }),
  epochs: integer({
    min: 0,
    default: 2,
    description: "Passes over the pairs at most; 0: the stage's checkpoint as it is, normalised",
  }),
  heldOut: number({
    min: 0,
    max: 0.5,
    default: 0.1,
    description: 'Share of the pairs kept out of training to measure and to stop on',
  }),
  evaluateEvery: integer({
    min: 1,
    default: 20,
    description: 'Steps between measurements on the held-out pairs; fewer where patience could not run out',
  }),
  patience: integer({
    nullable: true,
    min: 1,
    default: 4,
    description:
      'Stop after this many measurements without a better held-out loss and keep the best weights; ' +
      'null: train to the end and keep the last',
  }),
  normalisationSamples: integer({
    min: 2,
    default: 256,
    description: 'Reference samples on which rewards get mean 0 and standard deviation `scale`',
  }),
  scale: number({
    above: 0,
    default: 1,
    description:
      'Standard deviation of the rewards on reference samples: how much they weigh against a KL coefficient',
  }),
  headScale: number({
    above: 0,
    default: 1,
    description: 'Reward units per unit of the scalar head: how far apart the rewards of a fresh model are',
  }),
  ...optimizerProperties(1e-3),
};

export type BtParams = ParamsOf<typeof properties>;

export const btParams = parameters(properties);
