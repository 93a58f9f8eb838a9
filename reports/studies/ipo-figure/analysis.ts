import type { Analysis, FigureRow, TableRow } from '../../../harness/contracts/analysis.js';
import type { Rng } from '../../../harness/rng.js';
import { seedInterval } from '../../../harness/stats/interval.js';
import * as exact from '../../../harness/metrics/closed-forms.js';

/**
 * The three-action experiment of Azar et al. 2023, arXiv:2310.12036, section 5.4: a softmax over three actions with a
 * uniform reference, Adam with learning rate .01, batches of 9 pairs drawn with replacement, 18,000 steps, 10 seeds. The
 * third data set as printed, {(a,b), (b,a)}, gives c no gradient in either loss; {(a,b), (b,a), (b,c)} gives what the
 * paper reports, and is what runs here.
 */
const TAUS = [0.1, 0.5, 1, 5, 10];
const SEEDS = 10;
const BATCH = 9;
const STEPS = 18_000;
const EARLY = 1000;
type Pair = readonly [winner: number, loser: number];
const [a, b, c] = [0, 1, 2];
const SETS: readonly { id: string; title: string; pairs: readonly Pair[]; shown: number; letter: string }[] = [
  { id: 'D1', title: '{ab, bc, ac}', pairs: [[a, b], [b, c], [a, c]], shown: a, letter: 'a' },
  { id: 'D2', title: '{ab, bc, ca}, a cycle', pairs: [[a, b], [b, c], [c, a]], shown: a, letter: 'a' },
  { id: 'D3', title: '{ab, ba, bc}', pairs: [[a, b], [b, a], [b, c]], shown: c, letter: 'c' },
];
const LOSSES = [['DPO', (tau: number) => exact.logisticLoss(tau)], ['IPO', (tau: number) => exact.squaredLoss(tau)]] as const;

/** pi after `EARLY` and after `STEPS` steps. */
function train(pairs: readonly Pair[], loss: exact.PairLoss, rng: Rng): [number[], number[]] {
  const theta = [0, 0, 0];
  const m = [0, 0, 0];
  const v = [0, 0, 0];
  let early = theta;
  for (let step = 1; step <= STEPS; step++) {
    const g = [0, 0, 0];
    for (let i = 0; i < BATCH; i++) {
      const [w, l] = pairs[rng.int(pairs.length)]!;
      const slope = loss.slope(theta[w]! - theta[l]!) / BATCH; // uniform reference: log-ratio gaps are logit gaps
      g[w]! += slope;
      g[l]! -= slope;
    }
    for (let k = 0; k < 3; k++) {
      m[k] = 0.9 * m[k]! + 0.1 * g[k]!;
      v[k] = 0.999 * v[k]! + 0.001 * g[k]! ** 2;
      theta[k]! -= (0.01 * (m[k]! / (1 - 0.9 ** step))) / (Math.sqrt(v[k]! / (1 - 0.999 ** step)) + 1e-8);
    }
    if (step === EARLY) early = [...theta];
  }
  return [exact.softmax(early), exact.softmax(theta)];
}

function run(set: (typeof SETS)[number], rng: Rng): (TableRow | FigureRow)[] {
  const uniform = [1 / 3, 1 / 3, 1 / 3];
  const points: { loss: string; tau: number; steps: string; mean: number; lo: number; hi: number }[] = [];
  for (const [name, lossOf] of LOSSES) {
    for (const tau of TAUS) {
      const runs = Array.from({ length: SEEDS }, (_, seed) => train(set.pairs, lossOf(tau), rng.split(name, tau, seed)));
      for (const [which, steps] of [[0, EARLY], [1, STEPS]] as const) {
        const { mean, ci } = seedInterval(runs.map((r) => Float64Array.of(r[which][set.shown]!)))!;
        points.push({ loss: name, tau, steps: steps.toLocaleString('en'), mean, lo: ci![0], hi: ci![1] });
      }
    }
  }
  const closed = TAUS.map((tau) => exact.tilted(uniform, exact.leastSquaresScores(3, set.pairs, tau))[set.shown]!);
  const row = (label: string, values: readonly number[]): (string | number)[] => [label, ...values.map((x) => Math.round(x * 1000) / 1000)];
  const of = (loss: string, steps: number): number[] => TAUS.map((tau) => points.find((p) => p.loss === loss && p.tau === tau && p.steps === steps.toLocaleString('en'))!.mean);
  return [
    {
      type: 'table',
      id: `${set.id}-table`,
      title: `pi(${set.letter}) on ${set.id} = ${set.title}`,
      reading: `Mean over ${SEEDS} seeds; the closed form is least squares on the comparison graph. DPO goes on moving with the budget, IPO stops at its closed form.`,
      columns: ['', ...TAUS.map((tau) => `tau ${tau}`)],
      rows: [row(`DPO, ${STEPS.toLocaleString('en')} steps`, of('DPO', STEPS)), row(`DPO, ${EARLY.toLocaleString('en')} steps`, of('DPO', EARLY)), row(`IPO, ${STEPS.toLocaleString('en')} steps`, of('IPO', STEPS)), row('IPO, closed form', closed)],
    },
    {
      type: 'figure',
      id: `${set.id}-figure`,
      title: `${set.id}: pi(${set.letter}) against tau`,
      reading: `Each mark is the mean of ${SEEDS} seeds with its 95% interval; dashed: IPO's closed form. A flat line at the edge is collapse: the coefficient no longer matters.`,
      spec: {
        layer: [
          { data: { values: TAUS.map((tau, i) => ({ tau, closed: closed[i] })) }, mark: { type: 'line', strokeDash: [4, 4], opacity: 0.6 }, encoding: { x: { field: 'tau', type: 'quantitative', scale: { type: 'log' } }, y: { field: 'closed', type: 'quantitative' } } },
          { data: { values: points.filter((p) => p.steps === STEPS.toLocaleString('en')) }, mark: { type: 'line', point: { filled: true, size: 60 } }, encoding: { x: { field: 'tau', type: 'quantitative', scale: { type: 'log' }, title: 'tau (beta)' }, y: { field: 'mean', type: 'quantitative', title: `pi(${set.letter})`, scale: { domain: [0, 1] } }, color: { field: 'loss', type: 'nominal' } } },
          { data: { values: points.filter((p) => p.steps === STEPS.toLocaleString('en')) }, mark: { type: 'rule' }, encoding: { x: { field: 'tau', type: 'quantitative', scale: { type: 'log' } }, y: { field: 'lo', type: 'quantitative' }, y2: { field: 'hi' }, color: { field: 'loss', type: 'nominal' } } },
        ],
      },
    },
  ];
}

export default { parts: SETS.map((set) => ({ id: set.id, run: (rng: Rng) => run(set, rng) })) } satisfies Analysis;
