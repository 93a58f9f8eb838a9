import type { Report } from '../../reports/report/model.js';
import { fixture } from './fixture.js';

const EIGHT = ['dpo', 'ipo', 'simpo', 'relabelled', 'ppo', 'rloo', 'best-of-n', 'tilt'] as const;

/** Reports as experiments of other kinds give them, by what is different in them. */
export function variants(): Readonly<Record<string, Report>> {
  const whole = fixture();
  const offline = fixture({ families: ['dpo'], configurations: 4 });
  return {
    'no gold': {
      ...whole,
      answer: {
        ...unanswered(whole, 'There is no answer: the data has no gold reward, and the experiment no judge.'),
      },
      reference: { ...whole.reference!, goldReward: null },
      chosen: null,
      algorithms: whole.algorithms.map((a) => ({
        ...a,
        goldReward: null,
        goldDifference: null,
        winRate: { vsReference: null, vsChosen: null, lengthControlled: null },
      })),
      frontiers: whole.frontiers.map((row) => ({
        ...row,
        mean: null,
        points: [],
        missing: ['there is no gold reward'],
      })),
      ladder: null,
      compute: [],
      headToHead: [],
      curves: whole.curves.map((point) => ({ ...point, goldReward: null, goldCi: null, winRate: null })),
    },
    'one seed': fixture({ seeds: 1 }),
    'no RL': fixture({ families: ['dpo', 'ipo'] }),
    judge: {
      ...whole,
      judge: { name: 'judge', accuracy: { mean: 0.712, ci: [0.68, 0.74], n: 10 }, canJudge: true },
    },
    failed: {
      ...whole,
      failures: Array.from({ length: 5 }, (_, seed) => ({
        run: `ppo-s${seed}-0123456${seed}`,
        label: 'ppo[beta=0.1]',
        seed,
        outcome: 'diverged',
        cause: 'the loss is not finite at step 12',
      })),
      algorithms: whole.algorithms.map((a) => (a.family === 'ppo' ? { ...a, completed: 5 } : a)),
    },
    'single family': {
      ...offline,
      answer: {
        ...offline.answer,
        secondary: { open: false, moderated: null, comparisons: [] },
      },
    },
    'no ladder': { ...whole, ladder: null },
    'eight families': fixture({ families: EIGHT, configurations: 4, seeds: 5 }),
    undecided: undecided(whole),
  };
}

const unanswered = (whole: Report, sentence: string): Report['answer'] => ({
  ...whole.answer,
  sentence,
  details: [],
  budget: null,
  margin: null,
  primary: null,
  costRatio: null,
  secondary: { open: false, moderated: null, comparisons: [] },
  sensitivity: [],
});

/** The primary hypothesis open, so that the gate to the pairs is shut. */
function undecided(whole: Report): Report {
  const primary = whole.answer.primary!;
  return {
    ...whole,
    answer: {
      ...whole.answer,
      sentence:
        'RL and offline are not told apart: +0.12 gold reward [−0.21, +0.45], on average over KL budgets ' +
        'up to 15 nats (10 seeds), at 4.1 times the compute.',
      primary: {
        ...primary,
        difference: { mean: 0.12, ci: [-0.21, 0.45], n: 10 },
        verdict: 'not told apart',
        p: 0.43,
        equivalenceP: 0.38,
        adjustedP: 0.38,
        detectable: 0.47,
      },
      secondary: { ...whole.answer.secondary, open: false },
    },
  };
}

/** A report's fields where nothing was compared. */
export const nothingAnswered = ({ answer }: Report) => ({
  answer: {
    ...answer,
    primary: null,
    secondary: { open: false, moderated: null, comparisons: [] },
    sensitivity: [],
  },
  frontiers: [],
  ladder: null,
  compute: [],
  breakEven: [],
  grids: [],
  rewardsOnPolicies: [],
});
