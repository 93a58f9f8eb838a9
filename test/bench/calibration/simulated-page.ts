import type { Rng } from '../../../harness/rng.js';
import type { StoredExperiment, StoredRun } from '../../../harness/store/read.js';
import type { Estimate, EvalRow } from '../../../harness/store/records.js';
import type { Family, Gathered, Group, Loaded } from '../../../reports/sections/gather.js';
import type { RunSamples } from '../../../reports/sections/rows.js';

/** What an experiment is like whose truth is known. Gold reward is `slope` sqrt(KL) above a start at 0. */
export interface Truth {
  readonly seeds: number;
  /** Families of each paradigm, and what is added to the slope of each of its families. */
  readonly paradigms: readonly {
    readonly learnsFrom: 'own-samples' | 'pairs';
    readonly families: number;
    readonly advantage: number;
  }[];
  /** Student's t with 3 degrees of freedom, scaled to the same variance, in place of normal seed effects. */
  readonly heavyTails: boolean;
}

const SLOPE = 2;
/** Two strengths and two learning rates: nats at which each ends, and how much of the slope it reaches. */
const CONFIGURATIONS = [
  { kl: 0.6, quality: 1 },
  { kl: 0.7, quality: 0.85 },
  { kl: 2, quality: 1 },
  { kl: 2.4, quality: 0.85 },
] as const;
/** Between seeds, of the slope: shared by all families, of a family, of a configuration. Families differ. */
const SPREAD = { shared: 0.15, family: [0.06, 0.09, 0.12, 0.15], configuration: 0.05 } as const;
/** Of one completion's gold reward around its policy's mean, and of a score that chooses around the truth. */
const [PROMPTS, COMPLETION, PROMPT, CHOOSER] = [48, 0.8, 0.8, 0.08];

/** KL budgets of the primary figure go up to this, nats. */
export const MOST = 2;

/**
 * The mean over budgets 0 to K of `slope` sqrt(k): what a difference of slopes is worth in the primary
 * figure.
 */
export const worth = (slope: number): number => slope * (2 / 3) * Math.sqrt(MOST);

/**
 * One experiment, as the report's sections get it: rows in memory in place of files, nothing else left out.
 * Families of one paradigm have the same truth; a configuration that no mixture should use is among each.
 */
export function simulatedPage(rng: Rng, { seeds, paradigms, heavyTails }: Truth): Gathered {
  const draw = (): number => (heavyTails ? student3(rng) / Math.sqrt(3) : rng.normal());
  const keys = Array.from({ length: PROMPTS }, (_, i) => `p${i}#0`);
  const index = new Map(keys.map((key, i) => [key, i]));
  const samples = (gold: Float64Array): RunSamples => ({
    keys,
    index,
    prompts: keys,
    gold,
    proxy: null,
    chooser: null,
    lengths: new Float64Array(PROMPTS),
    texts: [],
  });
  const perSeed = Array.from({ length: seeds }, (_, seed) => {
    const prompts = Float64Array.from({ length: PROMPTS }, () => PROMPT * rng.normal());
    const around = (mean: number): Float64Array => prompts.map((p) => mean + p + COMPLETION * rng.normal());
    return { shared: SPREAD.shared * draw(), around, start: loaded('start', seed, [], samples(around(0))) };
  });
  const families = paradigms.flatMap(({ learnsFrom, families: n, advantage }) =>
    Array.from({ length: n }, (_, f): Family => {
      const stage = `${learnsFrom}-${f}`;
      const effects = perSeed.map(() => SPREAD.family[f % SPREAD.family.length]! * draw());
      const groups = CONFIGURATIONS.map(({ kl, quality }, c): Group => {
        const entries = perSeed.map(({ shared, around }, seed) => {
          const reached = kl * Math.exp(0.08 * rng.normal());
          const slope = SLOPE + advantage + shared + effects[seed]! + SPREAD.configuration * draw();
          const gold = quality * slope * Math.sqrt(reached);
          const score = gold + CHOOSER * rng.normal();
          return loaded(`${stage}[${c}]`, seed, evaluations(reached, score, gold), samples(around(gold)));
        });
        return {
          name: `${stage}[${c}]`,
          stage,
          device: 'cpu',
          runs: entries.map(({ run }) => run),
          loaded: entries,
        };
      });
      return { name: stage, stage, device: 'cpu', groups };
    }),
  );
  const stages = Object.fromEntries(
    paradigms.flatMap(({ learnsFrom, families: n }) =>
      Array.from({ length: n }, (_, f) => [`${learnsFrom}-${f}`, { learnsFrom, roles: {} }]),
    ),
  );
  return {
    stored: {
      experiment: {
        comparison: { budgets: [], maxKl: MOST, margin: 0.05 },
        tuning: { by: 'proxy', equal: true },
      },
      stages,
    } as unknown as StoredExperiment,
    done: [],
    devices: ['cpu'],
    groups: families.flatMap(({ groups }) => groups),
    families,
    controls: [],
    chosen: new Map(),
    startOf: ({ run }) => perSeed[run.spec.seed]!.start,
    answersTo: () => null,
    costsOf: () => [{ stage: 'own training', flops: 1, seconds: 1 }],
    chooserCostOf: () => [],
  };
}

const exactly = (mean: number): Estimate => ({ mean, se: null, n: PROMPTS });

/** Before the first step, after the last, and on test prompts. */
function evaluations(kl: number, score: number, gold: number): EvalRow[] {
  const row = (step: number, split: EvalRow['split'], at: number, proxy: number): EvalRow => ({
    step,
    split,
    goldReward: exactly(step === 0 ? 0 : gold), // the truth, which no section reads where there are samples
    proxyReward: exactly(proxy),
    winRate: null,
    kl: { exact: exactly(at), raoBlackwell: exactly(at), k1: null, sampler: null },
    exact: null,
    length: exactly(1),
    finishedShare: 1,
    flops: 0,
    clock: { atMs: 0, trainSeconds: 0 },
  });
  return [row(0, 'validation', 0, 0), row(1, 'validation', kl, score), row(1, 'test', kl, score)];
}

function loaded(label: string, seed: number, evals: readonly EvalRow[], samples: RunSamples): Loaded {
  const spec = { id: `${label}-s${seed}`, label, stage: label, seed, inputs: {}, algorithm: { params: {} } };
  const run = { spec, outcome: { summary: {} }, dir: '' } as unknown as StoredRun;
  return { run, seed, samples, evals };
}

/** Student's t with 3 degrees of freedom. */
function student3(rng: Rng): number {
  const [a, b, c] = [rng.normal(), rng.normal(), rng.normal()];
  return rng.normal() / Math.sqrt((a * a + b * b + c * c) / 3);
}
