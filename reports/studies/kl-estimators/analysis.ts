import type { Analysis, ClaimRow, TableRow } from '../../../harness/contracts/analysis.js';
import type { HostTensor } from '../../../harness/engine/tensor.js';
import { createEngine } from '../../../harness/engine/select.js';
import { expectation } from '../../../harness/metrics/frontier.js';
import { completionSums, packBatch } from '../../../harness/policy/batch.js';
import type { NetworkModule } from '../../../harness/policy/module.js';
import type { Rng } from '../../../harness/rng.js';
import { bootstrapMean } from '../../../harness/stats/bootstrap.js';
import { mean, standardDeviation } from '../../../harness/stats/moments.js';
import { LENGTH, LETTERS, openWorld, randomTransformer, SHAPE } from './world.js';

/**
 * Estimators of the sequence KL of a transformer, graded against the exact value on strings that can be
 * listed (k1, k3: Schulman 2020, joschu.net/blog/kl-approx.html; Rao-Blackwellised: Amini et al. 2025,
 * arXiv:2504.10637).
 */
const REPETITIONS = 200;
const SAMPLES = 256;
/** Standard deviation of the noise that turns the reference's weights into the policy's. */
const DISTANCES = [
  ['near', 0.02],
  ['middle', 0.06],
  ['far', 0.15],
] as const;

const ESTIMATORS = ['k1', 'k3', 'Rao-Blackwellised', 'gold reward'] as const;
type Estimator = (typeof ESTIMATORS)[number];
/** Those whose intervals Tiltyard reports, and what a claim calls them. */
const REPORTED: Partial<Record<Estimator, string>> = {
  'Rao-Blackwellised': 'the Rao-Blackwellised KL',
  'gold reward': 'gold reward',
};

type World = Awaited<ReturnType<typeof openWorld>>;

/** The policy and its reference in a world: what is estimated. */
interface Setting {
  readonly world: World;
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
}

interface Exact {
  /** Nats per sequence. */
  readonly kl: number;
  readonly gold: number;
}

/** What the repetitions of one estimator say. */
interface Grade {
  readonly name: Estimator;
  readonly exact: number;
  /** Mean and standard deviation over the samples of each repetition. */
  readonly means: number[];
  readonly deviations: number[];
  /** Repetitions whose 95 % interval holds the exact value. */
  covered: number;
}

async function run(distance: string, noise: number, rng: Rng): Promise<(TableRow | ClaimRow)[]> {
  const engine = await createEngine({ name: 'onnxruntime', device: 'cpu', threads: 1 });
  try {
    const setting = {
      world: await openWorld(),
      policy: randomTransformer('policy', noise, engine, rng),
      reference: randomTransformer('reference', 0, engine, rng),
    };
    const exact = await exactValues(setting);
    const grades = await grade(setting, exact, rng);
    return [table(distance, grades, exact), ...claims(distance, grades, exact)];
  } finally {
    engine.dispose();
  }
}

/** KL and expected gold reward over all strings, averaged over prompts. */
async function exactValues({ world, policy, reference }: Setting): Promise<Exact> {
  const prompts = Array.from({ length: LETTERS }, (_, i) => String.fromCharCode(97 + i));
  const every = world.enumerate('');
  let kl = 0;
  let gold = 0;
  for (const prompt of prompts) {
    const rows = every.map((text) => ({
      prompt: world.tokenizer.encode(prompt),
      completion: world.tokenizer.encode(text),
    }));
    const { logps, refLogps } = await policy.against(reference, packBatch(rows, SHAPE));
    const [own, other] = [sums(logps), sums(refLogps)];
    kl += own.reduce((sum, logp, i) => sum + Math.exp(logp) * (logp - other[i]!), 0) / LETTERS;
    const rewards = every.map((text) => world.gold(prompt, text));
    gold += expectation(own.map(Math.exp), rewards) / LETTERS;
  }
  return { kl, gold };
}

async function grade(setting: Setting, exact: Exact, rng: Rng): Promise<Grade[]> {
  const grades = ESTIMATORS.map((name): Grade => {
    return {
      name,
      exact: name === 'gold reward' ? exact.gold : exact.kl,
      means: [],
      deviations: [],
      covered: 0,
    };
  });
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const estimates = await estimatesOf(setting, rng.split('samples', repetition));
    for (const each of grades) {
      const values = Float64Array.from(estimates[each.name]);
      const [lo, hi] = bootstrapMean(values)!;
      each.means.push(mean(values));
      each.deviations.push(standardDeviation(values));
      if (lo <= each.exact && each.exact <= hi) each.covered++;
    }
  }
  return grades;
}

/** Every estimator on each of the same samples. */
async function estimatesOf(
  { world, policy, reference }: Setting,
  rng: Rng,
): Promise<Record<Estimator, number[]>> {
  const prompts = Array.from({ length: SAMPLES }, (_, i) => ({ id: String(i), ids: [rng.int(LETTERS)] }));
  const { batch, completions } = await policy.generate(prompts, { rng });
  const { logps, refLogps, kl } = await policy.against(reference, batch);
  const ofReference = sums(refLogps);
  const ratio = sums(logps).map((logp, i) => logp - ofReference[i]!);
  return {
    k1: ratio,
    k3: ratio.map((x) => Math.exp(-x) - 1 + x),
    'Rao-Blackwellised': sums(kl),
    'gold reward': completions.map((ids, i) =>
      world.gold(world.tokenizer.decode(prompts[i]!.ids), world.tokenizer.decode(ids)),
    ),
  };
}

function table(distance: string, grades: readonly Grade[], exact: Exact): TableRow {
  const ofKl = grades.filter(({ name }) => name !== 'gold reward');
  const best = ofKl.reduce((least, each) => (mean(each.deviations) < mean(least.deviations) ? each : least));
  return {
    type: 'table',
    id: `${distance}-table`,
    title: `${distance}: exact KL ${exact.kl.toFixed(3)} nats, expected gold reward ${exact.gold.toFixed(3)}`,
    reading:
      `${REPETITIONS} repetitions of ${SAMPLES} samples. Bias and spread are in the estimator's own unit; ` +
      'coverage is how often the 95% bootstrap interval held the exact value. ' +
      `Least spread here: ${best.name}.`,
    columns: ['estimator', 'bias', 'standard error of the bias', 'spread of one sample', 'coverage'],
    rows: grades.map(({ name, exact: value, means, deviations, covered }) => [
      name,
      mean(means) - value,
      standardDeviation(means) / Math.sqrt(REPETITIONS),
      mean(deviations),
      `${((100 * covered) / REPETITIONS).toFixed(1)}%`,
    ]),
  };
}

function claims(distance: string, grades: readonly Grade[], exact: Exact): ClaimRow[] {
  return grades.flatMap(({ name, covered }): ClaimRow[] => {
    const called = REPORTED[name];
    if (called === undefined) return [];
    const interval = `The reported 95% interval of ${called}`;
    const value = covered / REPETITIONS;
    return [
      {
        type: 'claim',
        id: `${distance}, ${name}`,
        claim: `${interval} covers the exact value in 93% to 97% of repetitions.`,
        scenario:
          `${LETTERS ** LENGTH} strings after each of ${LETTERS} prompts, ` +
          `exact KL ${exact.kl.toFixed(3)} nats`,
        statistic: 'coverage',
        value,
        ci: null,
        threshold: '.93 to .97',
        n: REPETITIONS,
        verdict: value >= 0.93 && value <= 0.97 ? 'supported' : 'refuted',
        reported: null,
        figure: null,
      },
    ];
  });
}

/** Sums over the tokens of each sequence: [B, C] -> [B]. */
const sums = (logps: HostTensor): number[] => Array.from(completionSums(logps));

export default {
  parts: DISTANCES.map(([id, noise]) => ({ id, run: (rng: Rng) => run(id, noise, rng) })),
} satisfies Analysis;
