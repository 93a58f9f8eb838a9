import type { Analysis, FigureRow, TableRow } from '../../../harness/contracts/analysis.js';
import {
  leastSquaresScores,
  logisticLoss,
  squaredLoss,
  tilted,
} from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { intervalOf } from '../../../harness/stats/interval.js';
import { BUDGETS, type Pair, train } from './train.js';

/**
 * The three-action experiment of Azar et al. 2023, arXiv:2310.12036, section 5.4: a softmax over three
 * actions with a uniform reference, Adam with learning rate .01, batches of 9 pairs drawn with replacement,
 * 18,000 steps, 10 seeds. The third data set as printed, {(a,b), (b,a)}, gives c no gradient in either loss;
 * {(a,b), (b,a), (b,c)} gives what the paper reports, and is what runs here.
 */
const TAUS = [0.1, 0.5, 1, 5, 10];
const SEEDS = 10;

interface DataSet {
  readonly id: string;
  readonly title: string;
  readonly pairs: readonly Pair[];
  /** The action whose probability is shown. */
  readonly shown: number;
  readonly letter: string;
}

const [a, b, c] = [0, 1, 2];
const SETS: readonly DataSet[] = [
  {
    id: 'D1',
    title: '{ab, bc, ac}',
    pairs: [
      [a, b],
      [b, c],
      [a, c],
    ],
    shown: a,
    letter: 'a',
  },
  {
    id: 'D2',
    title: '{ab, bc, ca}, a cycle',
    pairs: [
      [a, b],
      [b, c],
      [c, a],
    ],
    shown: a,
    letter: 'a',
  },
  {
    id: 'D3',
    title: '{ab, ba, bc}',
    pairs: [
      [a, b],
      [b, a],
      [b, c],
    ],
    shown: c,
    letter: 'c',
  },
];

const LOSSES = [
  ['DPO', logisticLoss],
  ['IPO', squaredLoss],
] as const;

/** Probability of the shown action over seeds, with its 95 % interval. */
interface Point {
  readonly loss: string;
  readonly tau: number;
  readonly steps: string;
  readonly mean: number;
  readonly lo: number;
  readonly hi: number;
}

const stepsShown = (steps: number): string => steps.toLocaleString('en');

function measure(set: DataSet, rng: Rng): Point[] {
  return LOSSES.flatMap(([loss, lossOf]) =>
    TAUS.flatMap((tau) => {
      const runs = Array.from({ length: SEEDS }, (_, seed) =>
        train(set.pairs, lossOf(tau), rng.split(loss, tau, seed)),
      );
      return BUDGETS.map((steps, budget): Point => {
        const { mean, ci } = intervalOf(runs.map((policies) => policies[budget]![set.shown]!))!;
        return { loss, tau, steps: stepsShown(steps), mean, lo: ci![0], hi: ci![1] };
      });
    }),
  );
}

function run(set: DataSet, rng: Rng): (TableRow | FigureRow)[] {
  const points = measure(set, rng);
  const uniform = [1 / 3, 1 / 3, 1 / 3];
  const closed = TAUS.map((tau) => tilted(uniform, leastSquaresScores(3, set.pairs, tau))[set.shown]!);
  return [table(set, points, closed), figure(set, points, closed)];
}

function table(set: DataSet, points: readonly Point[], closed: readonly number[]): TableRow {
  const [early, whole] = BUDGETS.map(stepsShown);
  const row = (label: string, values: readonly number[]): (string | number)[] => [
    label,
    ...values.map((x) => Math.round(x * 1000) / 1000),
  ];
  const means = (loss: string, steps: string): number[] =>
    TAUS.map((tau) => points.find((p) => p.loss === loss && p.tau === tau && p.steps === steps)!.mean);
  return {
    type: 'table',
    id: `${set.id}-table`,
    title: `pi(${set.letter}) on ${set.id} = ${set.title}`,
    reading:
      `Mean over ${SEEDS} seeds; the closed form is least squares on the comparison graph. ` +
      'DPO goes on moving with the budget, IPO stops at its closed form.',
    columns: ['', ...TAUS.map((tau) => `tau ${tau}`)],
    rows: [
      row(`DPO, ${whole} steps`, means('DPO', whole!)),
      row(`DPO, ${early} steps`, means('DPO', early!)),
      row(`IPO, ${whole} steps`, means('IPO', whole!)),
      row('IPO, closed form', closed),
    ],
  };
}

function figure(set: DataSet, points: readonly Point[], closed: readonly number[]): FigureRow {
  const atEnd = points.filter((p) => p.steps === stepsShown(BUDGETS[1]));
  const x = { field: 'tau', type: 'quantitative', scale: { type: 'log' } };
  const color = { field: 'loss', type: 'nominal' };
  return {
    type: 'figure',
    id: `${set.id}-figure`,
    title: `${set.id}: pi(${set.letter}) against tau`,
    reading:
      `Each mark is the mean of ${SEEDS} seeds with its 95% interval; dashed: IPO's closed form. ` +
      'A flat line at the edge is collapse: the coefficient no longer matters.',
    spec: {
      layer: [
        {
          data: { values: TAUS.map((tau, i) => ({ tau, closed: closed[i] })) },
          mark: { type: 'line', strokeDash: [4, 4], opacity: 0.6 },
          encoding: { x, y: { field: 'closed', type: 'quantitative' } },
        },
        {
          data: { values: atEnd },
          mark: { type: 'line', point: { filled: true, size: 60 } },
          encoding: {
            x: { ...x, title: 'tau (beta)' },
            y: {
              field: 'mean',
              type: 'quantitative',
              title: `pi(${set.letter})`,
              scale: { domain: [0, 1] },
            },
            color,
          },
        },
        {
          data: { values: atEnd },
          mark: { type: 'rule' },
          encoding: { x, y: { field: 'lo', type: 'quantitative' }, y2: { field: 'hi' }, color },
        },
      ],
    },
  };
}

export default {
  parts: SETS.map((set) => ({ id: set.id, run: (rng: Rng) => run(set, rng) })),
} satisfies Analysis;
