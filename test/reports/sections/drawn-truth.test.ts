import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StoredExperiment, StoredRun } from '../../../harness/store/read.js';
import type { DrawGoldsRow } from '../../../harness/store/shared.js';
import { assemble } from '../../../reports/sections/assemble.js';
import { temporary } from '../../support.js';
import { handStore, START } from '../store.js';
import { each, ending, flat } from './hand.js';

const settings = {
  comparison: { budgets: [1], maxKl: Math.log(2), margin: 0.05 },
  ladder: { offline: 'a', rl: 'd', optimum: 'e' },
};
const family = (label: string, learnsFrom: 'pairs' | 'own-samples' | 'nothing', gold: number) =>
  each((seed) => ({ label, learnsFrom, seed, gold: flat(gold, 0), curve: ending(Math.log(2), gold) }));
const runs = [
  ...each((seed) => ({ label: START, seed, gold: flat(0.5, 0) })),
  ...family('a', 'pairs', 0.6),
  ...family('d', 'own-samples', 0.7),
  ...family('e', 'nothing', 0.8),
];

/** The store by hand, in which `e` chose among draws whose gold rewards are these. */
function withDraws(dir: string, golds: readonly DrawGoldsRow[]): StoredExperiment {
  const stored = handStore(dir, runs, settings);
  const draws = [0, 1, 2].map((seed): StoredRun => {
    const at = join(dir, `draw-${seed}`);
    mkdirSync(at);
    writeFileSync(join(at, 'golds.jsonl'), golds.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { spec, outcome } = stored.runs[0]!;
    return { spec: { ...spec, id: `draw-${seed}`, kind: 'draw', role: 'shared', seed }, outcome, dir: at };
  });
  const reading = stored.runs.map((run) =>
    run.spec.stage === 'e'
      ? { ...run, spec: { ...run.spec, inputs: { ...run.spec.inputs, drawn: `draw-${run.spec.seed}` } } }
      : run,
  );
  return { ...stored, runs: [...reading, ...draws] };
}
const promptIds = ['p0', 'p1', 'p2', 'p3'];
/** Two draws a prompt, gold 0 and 1. */
const row = (split: DrawGoldsRow['split']): DrawGoldsRow => ({
  split,
  promptIds,
  n: 2,
  golds: [0, 0, 0, 0, 1, 1, 1, 1],
});

test('the truth is resampled from the draws of the optimum: its mean over budgets, by quadrature', () => {
  const { ladder } = assemble(withDraws(join(temporary(), 'x'), [row('validation'), row('test')]));
  expect(ladder!.rungs.map(({ rung }) => rung)).toEqual(['offline', 'rl', 'optimum', 'truth']);
  // Weights p and 1 - p: gold p at log 2 - H(p) nats. The mean over budgets to log 2 of p - 1/2 is
  // the integral of (p - 1/2) dk/dp over p from 1/2 to 1, over log 2; dk/dp = log(p / (1 - p)).
  const steps = 200_000;
  let area = 0;
  for (let i = 0; i < steps; i++) {
    const p = 0.5 + (0.5 * (i + 0.5)) / steps;
    area += (p - 0.5) * Math.log(p / (1 - p)) * (0.5 / steps);
  }
  const value = ladder!.rungs.at(-1)!.value!.mean;
  // A mixture of neighbouring strengths lies below the curve, four an octave by less than a hundredth.
  expect(value).toBeLessThanOrEqual(area / Math.log(2) + 1e-9);
  expect(value).toBeGreaterThan((0.99 * area) / Math.log(2));
  expect(ladder!.aboutTruth).toMatch(/^The truth is resampled: of the same 2 draws .* 0\.693 nats at most/);
  expect(ladder!.steps.at(-1)).toMatchObject({ from: 'optimum', to: 'truth' });
});
test('strengths are set on validation prompts, and what test prompts say is reported', () => {
  const tested = { ...row('test'), golds: [0, 0, 0, 0, 3, 3, 3, 3] };
  const [same, other] = [row('test'), tested].map(
    (split) => assemble(withDraws(join(temporary(), 'x'), [row('validation'), split])).ladder!.rungs.at(-1)!,
  );
  // Golds of test prompts are three times as large, so that a strength moves further there.
  expect(other!.value!.mean).toBeGreaterThan(3 * same!.value!.mean);
  const validation = { ...row('validation'), golds: [0, 0, 0, 0, 0, 0, 0, 0] };
  const none = assemble(withDraws(join(temporary(), 'x'), [validation, row('test')])).ladder!;
  expect(none.rungs.at(-1)!.value!.mean).toBe(0);
});
test.each([
  ['no draws', []],
  ['draws of other prompts', [row('validation'), { ...row('test'), promptIds: ['q0', 'p1', 'p2', 'p3'] }]],
  ['no draws on validation prompts', [row('test')]],
])('with %s there is no truth, and the page says so', (_, golds) => {
  const { ladder } = assemble(withDraws(join(temporary(), 'x'), golds));
  expect(ladder!.rungs.map(({ rung }) => rung)).toEqual(['offline', 'rl', 'optimum']);
  expect(ladder!.aboutTruth).toContain('is not shown');
});
