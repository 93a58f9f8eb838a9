import type { Analysis, ClaimRow, TableRow } from '../../../harness/contracts/analysis.js';
import { createEngine } from '../../../harness/engine/select.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { completionSums, packBatch } from '../../../harness/policy/batch.js';
import type { HostTensor } from '../../../harness/contracts/plugin.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { transformer } from '../../../harness/policy/transformer.js';
import type { Rng } from '../../../harness/rng.js';
import { bootstrapMean } from '../../../harness/stats/bootstrap.js';
import { mean, standardDeviation } from '../../../harness/stats/moments.js';
import { expectation } from '../../../harness/metrics/frontier.js';
import { strings } from '../../../datasets/worlds/strings/dataset.js';

/**
 * Estimators of the sequence KL of a transformer, graded against the exact value on strings that can be listed
 * (k1, k3: Schulman 2020, joschu.net/blog/kl-approx.html; Rao-Blackwellised: Amini et al. 2025, arXiv:2504.10637).
 */
const K = 4;
const T = 6;
const REPETITIONS = 200;
const SAMPLES = 256;
/** Standard deviation of the noise that turns the reference's weights into the policy's. */
const DISTANCES = [['near', 0.02], ['middle', 0.06], ['far', 0.15]] as const;
const NAMES = ['k1', 'k3', 'Rao-Blackwellised', 'gold reward'] as const;

async function grade(distance: string, noise: number, rng: Rng): Promise<(TableRow | ClaimRow)[]> {
  const engine = await createEngine('onnxruntime', 'cpu', 1);
  try {
    const world = await strings.open({ letters: K, length: T, promptLength: 1, rewardSpread: 2, landscape: 'additive', tilt: 0, corpusSize: 1, prompts: K }, 0, '');
    const shape = { time: 1 + T, completion: T, padId: 0, eosId: null };
    const architecture = transformer({ vocabSize: K, contextLength: 1 + T, width: 32, layers: 2, heads: 2 });
    const module = (name: string, scale: number): NetworkModule => {
      const body = architecture.initialBody(rng.split('weights'));
      for (const [array, { shape: dims, data }] of body) {
        const own = rng.split(name, array);
        // Matrices are widened: an untrained transformer is nearly uniform, and then there is little to estimate.
        data.forEach((x, i) => { data[i] = (dims.length > 1 ? 5 * x : x) + scale * own.normal(); });
      }
      return new NetworkModule(name, engine, architecture, engine.variables(body), null, shape, new Meter(), false);
    };
    const [policy, reference] = [module('policy', noise), module('reference', 0)];

    const prompts = Array.from({ length: K }, (_, i) => String.fromCharCode(97 + i));
    const every = world.enumerate!('');
    let exactKl = 0;
    let exactGold = 0;
    for (const prompt of prompts) {
      const rows = every.map((text) => ({ prompt: world.tokenizer.encode(prompt), completion: world.tokenizer.encode(text) }));
      const { logps, refLogps } = await policy.against(reference, packBatch(rows, shape));
      const [own, other] = [sums(logps), sums(refLogps)];
      exactKl += own.reduce((sum, lp, i) => sum + Math.exp(lp) * (lp - other[i]!), 0) / K;
      exactGold += expectation(own.map(Math.exp), every.map((text) => world.gold!(prompt, text))) / K;
    }

    const grades = NAMES.map((name) => ({ name, means: [] as number[], deviations: [] as number[], covered: 0, exact: name === 'gold reward' ? exactGold : exactKl }));
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const own = rng.split('samples', repetition);
      const asked = Array.from({ length: SAMPLES }, (_, i) => ({ id: String(i), ids: [own.int(K)] }));
      const { batch, completions } = await policy.generate(asked, { rng: own });
      const { logps, refLogps, kl } = await policy.against(reference, batch);
      const ofReference = sums(refLogps);
      const ratio = sums(logps).map((x, i) => x - ofReference[i]!);
      const perSample: Record<(typeof NAMES)[number], number[]> = {
        k1: ratio,
        k3: ratio.map((x) => Math.exp(-x) - 1 + x),
        'Rao-Blackwellised': sums(kl),
        'gold reward': completions.map((ids, i) => world.gold!(world.tokenizer.decode(asked[i]!.ids), world.tokenizer.decode(ids))),
      };
      for (const g of grades) {
        const values = Float64Array.from(perSample[g.name]);
        const [lo, hi] = bootstrapMean(values)!;
        g.means.push(mean(values));
        g.deviations.push(standardDeviation(values));
        if (lo <= g.exact && g.exact <= hi) g.covered++;
      }
    }
    const best = grades.filter((g) => g.name !== 'gold reward').reduce((a, b) => (mean(b.deviations) < mean(a.deviations) ? b : a)).name;
    const table: TableRow = {
      type: 'table',
      id: `${distance}-table`,
      title: `${distance}: exact KL ${exactKl.toFixed(3)} nats, expected gold reward ${exactGold.toFixed(3)}`,
      reading: `${REPETITIONS} repetitions of ${SAMPLES} samples. Bias and spread are in the estimator's own unit; coverage is how often the 95% bootstrap interval held the exact value. Least spread here: ${best}.`,
      columns: ['estimator', 'bias', 'standard error of the bias', 'spread of one sample', 'coverage'],
      rows: grades.map((g) => [g.name, mean(g.means) - g.exact, standardDeviation(g.means) / Math.sqrt(REPETITIONS), mean(g.deviations), `${((100 * g.covered) / REPETITIONS).toFixed(1)}%`]),
    };
    const claims = grades
      .filter((g) => g.name === 'Rao-Blackwellised' || g.name === 'gold reward')
      .map((g): ClaimRow => {
        const value = g.covered / REPETITIONS;
        return { type: 'claim', id: `${distance}, ${g.name}`, claim: `The reported 95% interval of ${g.name === 'gold reward' ? g.name : 'the Rao-Blackwellised KL'} covers the exact value in 93% to 97% of repetitions.`, scenario: `${K ** T} strings after each of ${K} prompts, exact KL ${exactKl.toFixed(3)} nats`, statistic: 'coverage', value, ci: null, threshold: '.93 to .97', n: REPETITIONS, verdict: value >= 0.93 && value <= 0.97 ? 'supported' : 'refuted', reported: null, figure: null };
      });
    return [table, ...claims];
  } finally {
    engine.dispose();
  }
}

/** Row sums of [B, C]. */
const sums = (logps: HostTensor): number[] => Array.from(completionSums(logps));

export default { parts: DISTANCES.map(([id, noise]) => ({ id, run: (rng: Rng) => grade(id, noise, rng) })) } satisfies Analysis;
