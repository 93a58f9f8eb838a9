import { type OptimizerParams, optimizerProperties } from '../shared/optimizer.js';

export interface PpoParams extends OptimizerParams {
  readonly iterations: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly minibatches: number;
  readonly temperature: number;
  readonly klCoefficient: number;
  readonly klController: 'fixed' | 'adaptive';
  readonly klTarget: number;
  readonly klHorizon: number;
  readonly missingEos: 'none' | 'replace' | 'subtract';
  readonly missingEosPenalty: number;
  readonly rewardClip: number | null;
  readonly gamma: number;
  readonly lambda: number;
  readonly clip: number;
  readonly valueClip: number;
  readonly valueCoefficient: number;
  readonly value: 'head' | 'separate';
  readonly advantages: 'raw' | 'whitened' | 'rank';
}

const positive = { type: 'number', exclusiveMinimum: 0 } as const;
const count = { type: 'integer', minimum: 1 } as const;
const share = { type: 'number', minimum: 0, maximum: 1 } as const;

/** TRL's defaults, but for the missing end token (Huang et al. 2024: replaced by -1) and sizes for a small transformer. */
export const ppoParams = {
  type: 'object',
  additionalProperties: false,
  properties: {
    iterations: { ...count, default: 60, description: 'Rollouts, each followed by its epochs of updates; one record each' },
    batchSize: { ...count, default: 64, description: 'Completions per rollout' },
    epochs: { ...count, default: 4, description: 'K: passes over each rollout' },
    minibatches: { ...count, default: 1, description: 'Equal parts into which a rollout is split; one optimiser step each' },
    temperature: { ...positive, default: 0.7, description: 'Sampling temperature; every log-probability and the KL are of the tempered policies' },
    klCoefficient: { type: 'number', minimum: 0, default: 0.05, description: 'β: weight of the per-token KL in the reward; the starting value where it adapts' },
    klController: { type: 'string', enum: ['fixed', 'adaptive'], default: 'fixed', description: "'adaptive': β follows klTarget (Ziegler et al. 2019)" },
    klTarget: { ...positive, default: 6, description: 'Adaptive: target of the KL summed over a completion, nats' },
    klHorizon: { ...positive, default: 10000, description: 'Adaptive: completions over which β may change by a fifth' },
    missingEos: { type: 'string', enum: ['none', 'replace', 'subtract'], default: 'replace', description: 'A completion without end token: keep its score, replace it by -missingEosPenalty, or subtract that' },
    missingEosPenalty: { type: 'number', minimum: 0, default: 1, description: 'See missingEos; units of the normalised reward' },
    rewardClip: { ...positive, nullable: true, default: null, description: 'Clip scores to ± this before missingEos; null: no clip' },
    gamma: { ...share, default: 1, description: 'γ: discount per token' },
    lambda: { ...share, default: 0.95, description: 'λ of generalised advantage estimation' },
    clip: { ...positive, default: 0.2, description: 'ε: the policy ratio is clipped to [1-ε, 1+ε]' },
    valueClip: { ...positive, default: 0.2, description: 'Values are clipped to ± this around the old ones' },
    valueCoefficient: { type: 'number', minimum: 0, default: 0.1, description: 'Weight of the value loss' },
    value: { type: 'string', enum: ['head', 'separate'], default: 'separate', description: "A scalar head on the policy's body, or a model of its own that starts from the same weights" },
    advantages: { type: 'string', enum: ['raw', 'whitened', 'rank'], default: 'whitened', description: "'rank': scores replaced by their rank in the batch, then as 'whitened'; blind to any increasing change of the reward" },
    ...optimizerProperties(3e-4),
  },
} as const;
