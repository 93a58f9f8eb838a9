/** Parts of the members' experiments: stages, grids, the world. */
export type Raw = Readonly<Record<string, unknown>>;

/** Pairs that a member trains on unless it says otherwise. */
export const PAIRS = 1000;

/** Rollouts of PPO, and passes over the pairs where they are fitted for long. */
export const ROLLOUTS = { short: 10, usual: 24, long: 80 } as const;
export const EPOCHS = { short: 4, fitted: 6, along: 6, long: 12 } as const;

/** The policy that pairs are drawn from, that all others start from and are measured against. */
const base = {
  algorithm: 'sft',
  completions: 'corpus',
  params: { epochs: 4, batchSize: 32, learningRate: 0.003 },
};

/** Learning rates of losses on pairs, of one step a batch of samples, and of PPO's four. */
const RATES = { pairs: [0.0007, 0.002], samples: [0.001, 0.003], ppo: [0.0007, 0.002] } as const;

/**
 * Three configurations of an algorithm: a strength at two learning rates, and a second strength. Every side
 * of a comparison at equal KL has as many.
 */
const grid = (
  strength: string,
  [near, far]: readonly [number, number],
  [slow, fast]: readonly [number, number],
): Raw[] => [
  { [strength]: near, learningRate: slow },
  { [strength]: near, learningRate: fast },
  { [strength]: far, learningRate: fast },
];

/** Every strength at every learning rate. */
const cross = (strength: string, values: readonly number[], rates: readonly number[]): Raw[] =>
  values.flatMap((value) => rates.map((learningRate) => ({ [strength]: value, learningRate })));

export const reward = (params: Raw = {}, sweep: Raw = {}): Raw => ({
  algorithm: 'bt-reward',
  start: 'base',
  params: { epochs: 4, penalty: 0.001, learningRate: 0.002, ...params },
  sweep,
});

const onPairs = (algorithm: string, sweep: readonly Raw[], params: Raw = {}): Raw => ({
  algorithm,
  start: 'base',
  params: { epochs: 2, ...params },
  sweep,
});
const onSamples = (algorithm: string, sweep: readonly Raw[], params: Raw = {}): Raw => ({
  algorithm,
  start: 'base',
  reward: 'reward',
  params,
  sweep,
});

/**
 * Strings have one length, so no end token can be missing; temperature 1 trains the policy that is evaluated.
 */
const onRollouts = (sweep: readonly Raw[], params: Raw = {}): Raw =>
  onSamples('ppo-rlhf', sweep, { temperature: 1, missingEos: 'none', iterations: ROLLOUTS.usual, ...params });

/** The coefficient at which PPO is tried at both of its learning rates. */
const KL = 0.15;

/**
 * Algorithms at equal KL, three configurations each. A family without a policy near a budget has only
 * mixtures with the start there, so strengths are placed where each ends near 2 and near .8 nats: by KL
 * alone, on a pipeline seed that no claim is decided from.
 */
export const families = {
  dpo: onPairs('dpo', grid('beta', [0.2, 1.2], RATES.pairs)),
  ipo: onPairs('ipo', grid('beta', [0.05, 0.15], RATES.pairs)),
  relabelled: {
    ...onPairs('dpo', grid('beta', [0.2, 1.2], RATES.pairs)),
    relabel: { by: 'reward', how: 'drawn' },
  },
  online: onSamples('online-dpo', grid('beta', [2, 7], RATES.samples), { iterations: 60 }),
  grpo: onSamples('grpo', grid('beta', [0.1, 0.5], RATES.samples), { iterations: 60 }),
  ppo: onRollouts(grid('klCoefficient', [KL, 0.5], RATES.ppo)),
} satisfies Record<string, Raw>;

/** PPO at raw and whitened advantages on a reward a hundred times as large, and raw on the same. */
export const rescaled = {
  hundred: reward({ scale: 100 }),
  'ppo-raw': onRollouts(cross('klCoefficient', [KL], RATES.ppo), { advantages: 'raw' }),
  'ppo-hundred': {
    ...onRollouts(cross('klCoefficient', [KL], RATES.ppo)),
    reward: 'hundred',
  },
  'ppo-raw-hundred': {
    ...onRollouts(cross('klCoefficient', [KL], RATES.ppo), { advantages: 'raw' }),
    reward: 'hundred',
  },
};

/** What RL looks for, exactly where strings are listed; the draws are only for the samples shown. */
const exact = (of: string, beta: readonly number[]): Raw => ({
  algorithm: 'tilt',
  start: 'base',
  reward: of,
  params: { n: 16 },
  sweep: { beta },
});

/** Reward models with and without a penalty, and RL on each. */
export const penalised = {
  penalty: reward({}, { penalty: [0, 0.1] }),
  rloo: {
    ...onSamples('rloo', cross('beta', [0.1, 0.5], [RATES.samples[1]]), { iterations: 60 }),
    reward: 'penalty',
  },
};

const ALONG = { prompts: 128 };
/** Read along training, three times the epochs of `families`. */
export const alongPairs = {
  'dpo-long': {
    ...onPairs('dpo', cross('beta', [0.1], RATES.pairs), { epochs: EPOCHS.along }),
    evaluation: { every: 62, ...ALONG },
  },
  'ipo-long': {
    ...onPairs('ipo', cross('beta', [0.025], RATES.pairs), { epochs: EPOCHS.along }),
    evaluation: { every: 62, ...ALONG },
  },
};
/** Read along training, with little to hold it back. */
export const alongRollouts = {
  'ppo-long': {
    ...onRollouts(cross('klCoefficient', [0.01], RATES.ppo), { iterations: ROLLOUTS.long }),
    evaluation: { every: 8, ...ALONG },
  },
};

/** Shorter schedules, for costs and for what a budget of one epoch leaves of beta. */
export const short = {
  'one-epoch': onPairs('dpo', cross('beta', [0.2, 1], RATES.pairs), { epochs: 1 }),
  'ppo-short': onRollouts(cross('klCoefficient', [KL, 0.5], RATES.ppo), { iterations: ROLLOUTS.short }),
};

/** RL that goes on from a policy which DPO kept close, and from one which it did not. */
export const onward = {
  offline: onPairs('dpo', cross('beta', [0.1, 1], [RATES.pairs[0]])),
  onward: {
    ...onRollouts(cross('klCoefficient', [0.02], RATES.ppo)),
    start: 'offline',
    evaluation: { every: 0, ...ALONG },
  },
};

/** Rewards that start far apart, so that many pairs begin beyond the clamp on the wrong side. */
export const clamped = reward(
  { penalty: 0, headScale: 30, patience: null },
  { clampDifference: [10, null], learningRate: [0.0002, 0.002] },
);

const FITTED = { epochs: EPOCHS.fitted };
const FITTING = [0.001, 0.003] as const;
/**
 * Where labels are certain: fitted as long as each other and on the same pairs. The optimum of the two-stage
 * objective is then taken exactly.
 */
export const certain = {
  penalised: onPairs('dpo-penalty', cross('beta', [0.5], FITTING), { ...FITTED, penalty: 0.01 }),
  reward: reward({ ...FITTED, penalty: 0.01, heldOut: 0, patience: null }, { learningRate: [...FITTING] }),
  optimum: exact('reward', [0.12, 0.25, 0.48]),
};
export const uncertain = {
  dpo: onPairs('dpo', cross('beta', [0.3, 1], FITTING), FITTED),
  ipo: onPairs('ipo', cross('beta', [0.1], FITTING), { epochs: EPOCHS.short }),
  'ipo-long': onPairs('ipo', cross('beta', [0.1], FITTING), { epochs: EPOCHS.long }),
};

/** What a member changes of the world and of the collection of pairs. */
interface Changes {
  readonly world?: Raw;
  readonly collect?: Raw;
}

/** Strings of five letters, few enough that a run's KL, gold reward and frontier are exact in no time. */
const onStrings = (seeds: number, stages: Raw, { world = {}, collect = {} }: Changes): Raw => ({
  seeds,
  dataset: { name: 'strings', params: { length: 5, ...world } },
  policy: { width: 32, layers: 2, heads: 2 },
  collect: { from: 'base', pairs: PAIRS, heldoutPairs: 512, ...collect },
  stages: { base, ...stages },
  checkpointEvery: 0,
});

/** Policies that are compared: scored by the reward of training, and by one that nothing trains against. */
export const compared = (seeds: number, stages: Raw, changes: Changes = {}): Raw => ({
  ...onStrings(seeds, { reward: reward(), chooser: { ...reward(), pairs: 'heldout' }, ...stages }, changes),
  evaluation: { every: 0, prompts: 64, testPrompts: 64, proxy: 'reward' },
  tuning: { chooser: 'chooser' },
});

/** Policies that are only measured: nothing is chosen among them. */
export const fitted = (seeds: number, stages: Raw, changes: Changes = {}): Raw => ({
  ...onStrings(seeds, stages, changes),
  evaluation: { every: 0, prompts: 64, testPrompts: 64 },
});
