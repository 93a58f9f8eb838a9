import { join } from 'node:path';

/** Where things lie in an output folder; records.ts says what they hold. */
export const storePaths = (out: string) => ({
  experiment: join(out, 'experiment.json'),
  plan: join(out, 'plan.json'),
  /** Of an analysis: what it was, and its rows. */
  analysis: join(out, 'analysis.json'),
  rows: join(out, 'rows.jsonl'),
  /** Of a suite: what it was; its members' folders lie beside it and share its runs. */
  suite: join(out, 'suite.json'),
  runs: join(out, 'runs'),
  run: (id: string) => join(out, 'runs', id),
});

/** Where things lie in a run's folder; `readJsonl(runPaths(dir).evals)` reads its evaluations. */
export const runPaths = (dir: string) => ({
  run: join(dir, 'run.json'),
  steps: join(dir, 'steps.jsonl'),
  evals: join(dir, 'evals.jsonl'),
  samples: join(dir, 'samples.jsonl'),
  pairs: join(dir, 'pairs.jsonl'),
  heldout: join(dir, 'heldout.jsonl'),
  outcome: join(dir, 'outcome.json'),
  model: join(dir, 'model'),
});
