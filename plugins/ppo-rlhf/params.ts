import { integer, number, oneOf, type ParamsOf, parameters, TiltyardError } from '../../harness/index.js';
import { optimizerProperties } from '../shared/optimizer.js';
import { scoreProperties } from '../shared/scores.js';

const sizes = {
  iterations: integer({
    min: 1,
    default: 60,
    description: 'Rollouts, each followed by its epochs of updates; one record each',
  }),
  batchSize: integer({ min: 1, default: 64, description: 'Completions per rollout' }),
  epochs: integer({ min: 1, default: 4, description: 'K: passes over each rollout' }),
  minibatches: integer({
    min: 1,
    default: 1,
    description: 'Equal parts into which a rollout is split; one optimiser step each',
  }),
  temperature: number({
    above: 0,
    default: 0.7,
    description: 'Sampling temperature; every log-probability and the KL are of the tempered policies',
  }),
};

const klProperties = {
  klCoefficient: number({
    min: 0,
    default: 0.05,
    role: { kind: 'strength', holdsBack: 'larger' },
    description: 'β: weight of the per-token KL in the reward; the starting value where it adapts',
  }),
  klController: oneOf(['fixed', 'adaptive'], {
    default: 'fixed',
    description: "'adaptive': β follows klTarget (Ziegler et al. 2019)",
  }),
  klTarget: number({
    above: 0,
    default: 6,
    description: 'Adaptive: target of the KL summed over a completion, nats',
  }),
  klHorizon: number({
    above: 0,
    default: 10000,
    description: 'Adaptive: completions over which β may change by a fifth',
  }),
};

const lossProperties = {
  gamma: number({ min: 0, max: 1, default: 1, description: 'γ: discount per token' }),
  lambda: number({ min: 0, max: 1, default: 0.95, description: 'λ of generalised advantage estimation' }),
  clip: number({ above: 0, default: 0.2, description: 'ε: the policy ratio is clipped to [1-ε, 1+ε]' }),
  valueClip: number({
    above: 0,
    default: 0.2,
    description: 'Values are clipped to ± this around the old ones',
  }),
  valueCoefficient: number({ min: 0, default: 0.1, description: 'Weight of the value loss' }),
  value: oneOf(['head', 'separate'], {
    default: 'separate',
    description:
      "A scalar head on the policy's body, or a model of its own that starts from the same weights",
  }),
  advantages: oneOf(['raw', 'whitened', 'rank'], {
    default: 'whitened',
    description:
      "'rank': scores replaced by their rank in the batch, then as 'whitened'; " +
      'blind to any increasing change of the reward',
  }),
};

const properties = {
  ...sizes,
  ...klProperties,
  ...scoreProperties('replace'),
  ...lossProperties,
  ...optimizerProperties(3e-4),
};

export type PpoParams = ParamsOf<typeof properties>;

/** TRL's defaults, but for the missing end token (Huang et al. 2024: -1 instead) and sizes. */
export const ppoParams = parameters(properties);

/** @throws TiltyardError where two parameters contradict each other */
export function checkParams(params: PpoParams): void {
  const { batchSize, minibatches, advantages, rewardClip, missingEos } = params;
  const refuse = (message: string) => new TiltyardError('parameter-conflict', `ppo-rlhf: ${message}`);
  if (batchSize % minibatches !== 0) {
    throw refuse(
      `batchSize ${batchSize} does not divide into ${minibatches} equal minibatches; make it a multiple`,
    );
  }
  if (advantages !== 'rank') return;
  if (rewardClip !== null) {
    const clip = `advantages 'rank' with rewardClip ${rewardClip}`;
    throw refuse(`${clip}: a clip makes ties that depend on the reward's scale; set rewardClip to null`);
  }
  if (missingEos === 'subtract') {
    const missing = "advantages 'rank' with missingEos 'subtract'";
    const why = "a penalty in reward units depends on the reward's scale";
    throw refuse(`${missing}: ${why}; use 'replace' (ranked last) or 'none'`);
  }
}
