/**
 * The experiments behind the claims. `quick` has three seeds and few settings, `full` ten seeds and more, the
 * more the cheaper a seed is. Strings that can be listed serve wherever they can: KL, gold reward and the
 * frontier are then exact, and a run takes seconds. Reviews serve what happens along training:
 * over-optimisation and cost.
 */
type Raw = Readonly<Record<string, unknown>>;

export const PROFILES = ['quick', 'full'] as const;

/** From an optimum that the corpus almost never shows to one that it often does: the world's `tilt`. */
export const RARITY = { rare: -0.4, unusual: 0, usual: 1, common: 4 } as const;
/**
 * Sampling temperature of the pairs: at 1 they come from the reference itself, below it they show fewer
 * strings.
 */
export const COVERAGE = { narrow: 0.3, medium: 0.6, whole: 1 } as const;
/** Pairs behind the reward models of F11. */
export const DATA = [250, 1000, 4000] as const;

/** The size of a profile. */
type Pick = <T>(quick: T, full: T) => T;

export function members(profile: string): Record<string, Raw> {
  const pick: Pick = (quick, full) => (profile === 'full' ? full : quick);
  return {
    frontiers: frontiers(pick),
    certain: certain(pick),
    scale: scale(pick),
    ...named(DATA, (pairs) => [`data-${pairs}`, rewardData(pick, pairs)]),
    ...named(Object.entries(COVERAGE), ([name, temperature]) => [
      `coverage-${name}`,
      onFourLetters(pick, { collect: { temperature } }),
    ]),
    ...named(Object.entries(RARITY), ([name, tilt]) => [
      `peak-${name}`,
      onFourLetters(pick, { world: { tilt } }),
    ]),
    needle: onFourLetters(pick, { world: { landscape: 'random' } }),
    reviews: reviews(pick),
  };
}

const named = <T>(items: readonly T[], member: (item: T) => [name: string, experiment: Raw]) =>
  Object.fromEntries(items.map(member));

/** Seeds of strings of six letters. */
const sixLetters = (pick: Pick): number => pick(3, 16);

/** Sweeps of every algorithm, to compare them at equal KL. */
function frontiers(pick: Pick): Raw {
  const betas = pick([0.1, 0.3, 1], [0.05, 0.1, 0.2, 0.4, 0.8, 1.6]);
  // Matched strength: on two arms DPO at beta and IPO at tau = beta / 4 have the same slope at p = 1/2.
  const taus = betas.map((beta) => beta / 4);
  return onStrings(sixLetters(pick), {
    dpo: offline('dpo', betas),
    ipo: offline('ipo', taus),
    reward: reward(),
    ppo: ppo(pick([0.05, 0.15, 0.5], [0.025, 0.05, 0.1, 0.2, 0.4, 0.8])),
    optimum: optimum(pick([0.2, 0.8], [0.1, 0.2, 0.4, 0.8])),
    online: {
      algorithm: 'online-dpo',
      start: 'sft',
      reward: 'reward',
      params: { iterations: 250, batchSize: 16, learningRate: 0.001 },
      sweep: { beta: betas },
    },
    'one-epoch': offline('dpo', [0.1, 0.3, 1, 3], { epochs: 1 }),
  });
}

/** Labels without noise: the better string always wins. */
function certain(pick: Pick): Raw {
  const epochs = pick(8, 20);
  const betas = [0.1, 0.3, 1, 3];
  const stages = {
    dpo: offline('dpo', betas, { epochs, learningRate: 0.002 }),
    penalised: offline('dpo-penalty', betas, { epochs, learningRate: 0.002, penalty: 0.01 }),
    // Fitted as long as the policies and on the same pairs; the optimum of its objective is then taken
    // exactly.
    reward: reward({ penalty: 0.01, epochs, heldOut: 0, patience: null }),
    optimum: optimum([0.05, 0.1, 0.2, 0.5, 1, 2]),
  };
  return onStrings(sixLetters(pick), stages, { collect: { labels: { temperature: 0 } } });
}

/** Rewards a hundred times as large, and differences beyond a clamp. */
function scale(pick: Pick): Raw {
  return onStrings(sixLetters(pick), {
    reward: reward({}, { scale: [1, 100] }),
    ppo: ppo([0.1], {}, { advantages: ['raw', 'whitened', 'rank'] }),
    // Rewards that start far apart, so that many pairs begin beyond the clamp on the wrong side.
    clamped: reward(
      { penalty: 0, headScale: 30, patience: null },
      { clampDifference: [10, null], learningRate: [0.0002, 0.002] },
    ),
  });
}

function rewardData(pick: Pick, pairs: number): Raw {
  const stages = {
    reward: reward(),
    ppo: { ...ppo([0.01], { iterations: pick(80, 160) }), evaluation: { every: 8, prompts: 256 } },
  };
  return onStrings(sixLetters(pick), stages, { collect: { pairs } });
}

/** DPO against PPO on strings of four letters. */
function onFourLetters(pick: Pick, { world = {}, collect = {} }: Changes): Raw {
  const stages = {
    dpo: offline('dpo', pick([0.1, 0.4], [0.1, 0.2, 0.4])),
    reward: reward(),
    ppo: ppo(pick([0.1, 0.4], [0.05, 0.15, 0.4])),
  };
  return onStrings(pick(3, 32), stages, { world: { length: 4, ...world }, collect });
}

const base = {
  base: {
    algorithm: 'sft',
    completions: 'corpus',
    params: { epochs: 4, batchSize: 32, learningRate: 0.003 },
  },
  sft: { algorithm: 'sft', start: 'base', params: { epochs: 1, batchSize: 32, learningRate: 0.0005 } },
};

const offline = (algorithm: string, beta: readonly number[], params: Raw = {}): Raw => ({
  algorithm,
  start: 'sft',
  params: { epochs: 2, learningRate: 0.001, ...params },
  sweep: { beta },
});

const reward = (params: Raw = {}, sweep: Raw = {}): Raw => ({
  algorithm: 'bt-reward',
  start: 'sft',
  params: { epochs: 4, penalty: 0.001, learningRate: 0.002, ...params },
  sweep,
});

/**
 * Strings have one length, so no end token can be missing; temperature 1 trains the policy that is evaluated.
 */
const ppo = (klCoefficient: readonly number[], params: Raw = {}, sweep: Raw = {}): Raw => ({
  algorithm: 'ppo-rlhf',
  start: 'sft',
  reward: 'reward',
  params: { temperature: 1, learningRate: 0.001, missingEos: 'none', ...params },
  sweep: { klCoefficient, ...sweep },
});

/** What PPO looks for, exactly where strings are listed; the draws are only for the samples shown. */
const optimum = (beta: readonly number[]): Raw => ({
  algorithm: 'tilt',
  start: 'sft',
  reward: 'reward',
  params: { n: 16 },
  sweep: { beta },
});

/** What a member changes of the strings' world and of the collection of pairs. */
interface Changes {
  readonly world?: Raw;
  readonly collect?: Raw;
}

const onStrings = (seeds: number, stages: Raw, { world = {}, collect = {} }: Changes = {}): Raw => ({
  seeds,
  dataset: { name: 'strings', params: world },
  policy: { width: 32, layers: 2, heads: 2 },
  collect: { from: 'base', pairs: 2000, heldoutPairs: 256, ...collect },
  stages: { ...base, ...stages },
  evaluation: { every: 0, prompts: 32, testPrompts: 64 },
  checkpointEvery: 200,
});

/**
 * What happens along training: twice the epochs of `tiltyard run reviews`, and PPO with little to hold it
 * back.
 */
function reviews(pick: Pick): Raw {
  const fitted = { epochs: 4, batchSize: 16, learningRate: 0.0005 };
  const loose = { params: { klCoefficient: 0.02, temperature: 1, iterations: 80 }, evaluation: { every: 8 } };
  const long = { epochs: 6, batchSize: 32, learningRate: 0.0005 };
  return {
    seeds: pick(3, 12),
    dataset: { name: 'reviews' },
    policy: { width: 64, layers: 2, heads: 4 },
    collect: { from: 'base', pairs: 2000, heldoutPairs: 256, labels: { temperature: 0.5 } },
    stages: {
      base: {
        algorithm: 'sft',
        completions: 'corpus',
        params: { epochs: 9, batchSize: 32, learningRate: 0.002 },
      },
      sft: base.sft,
      dpo: { algorithm: 'dpo', start: 'sft', params: { beta: 0.1, ...long } },
      ipo: { algorithm: 'ipo', start: 'sft', params: { beta: 0.025, ...long } },
      reward: { algorithm: 'bt-reward', start: 'sft', params: fitted },
      'penalised-reward': {
        algorithm: 'bt-reward',
        start: 'sft',
        params: fitted,
        sweep: { penalty: [0.01, 0.1] },
      },
      ppo: { algorithm: 'ppo-rlhf', start: 'sft', reward: 'reward', ...loose },
      'ppo-penalised': { algorithm: 'ppo-rlhf', start: 'sft', reward: 'penalised-reward', ...loose },
    },
    evaluation: { every: 25, prompts: 128, testPrompts: 256, proxy: 'reward' },
    checkpointEvery: 50,
  };
}
