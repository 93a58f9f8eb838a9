import { basename, dirname, join } from 'node:path';

/**
 * Where things lie in an output folder; records.ts says what they hold. No other file of the harness names
 * them.
 */
export const storePaths = (out: string) => ({
  experiment: join(out, 'experiment.json'),
  plan: join(out, 'plan.json'),
  /** Absent for worlds. */
  data: join(out, 'data.json'),
  /** Of an analysis: what it was, and its rows. */
  analysis: join(out, 'analysis.json'),
  rows: join(out, 'rows.jsonl'),
  /** Of a suite: what it was; its members' folders lie beside it and share its runs. */
  suite: join(out, 'suite.json'),
  /** Of a tuning: what was tried and what came of it; its rounds lie beside it and share its runs. */
  proposal: join(out, 'proposal.json'),
  /** What language models said of pairs of answers; and digests of what a pass left of it. */
  verdicts: join(out, 'verdicts.jsonl'),
  verdictsSeal: join(out, 'verdicts.seal.json'),
  /** The report, which is not there before all runs have ended. */
  report: join(out, 'report.json'),
  /** Digests of the report's files, and of a suite's rows. */
  reportFiles: join(out, 'report.files.json'),
  /** While a process works on the folder: which one. */
  lock: join(out, 'lock.json'),
  runs: join(out, 'runs'),
  run: (id: string) => join(out, 'runs', id),
});

/** Where things lie in a run's folder. */
export interface RunPaths {
  /** The folder itself. */
  readonly dir: string;
  readonly run: string;
  readonly steps: string;
  readonly evals: string;
  readonly samples: string;
  readonly pairs: string;
  readonly heldout: string;
  readonly measured: string;
  readonly draws: string;
  /** Gold rewards of the draws, which no other run reads. */
  readonly golds: string;
  /** What a reward gives the pairs that it labels. */
  readonly scores: string;
  readonly outcome: string;
  /** Digests of all that an ended run left. */
  readonly files: string;
  readonly model: string;
  /** Of a run that trained adapters: these, in PEFT's layout. The model has them merged into it. */
  readonly adapter: string;
  /** The end of what the run printed; absent where it printed nothing. */
  readonly output: string;
  /** Of a run that a trainer outside worked on: its job and what it said of its work. */
  readonly external: string;
}

/** `readJsonl(runPaths(dir).evals)` reads a run's evaluations. */
export const runPaths = (dir: string): RunPaths => ({
  dir,
  run: join(dir, 'run.json'),
  steps: join(dir, 'steps.jsonl'),
  evals: join(dir, 'evals.jsonl'),
  samples: join(dir, 'samples.jsonl'),
  pairs: join(dir, 'pairs.jsonl'),
  heldout: join(dir, 'heldout.jsonl'),
  measured: join(dir, 'measured.json'),
  draws: join(dir, 'draws.jsonl'),
  golds: join(dir, 'golds.jsonl'),
  scores: join(dir, 'scores.json'),
  outcome: join(dir, 'outcome.json'),
  files: join(dir, 'files.json'),
  model: join(dir, 'model'),
  adapter: join(dir, 'adapter'),
  output: join(dir, 'output.txt'),
  external: join(dir, 'external.json'),
});

/**
 * Where a run lies whose plugin is not built in, beside its own folder, while it is worked on: `given` is
 * what its process may read of others, `own` what it says before rewards are known, which is where it writes
 * its evaluations and its outcome. Both go when the run has ended.
 */
export function confinedPaths(runDir: string) {
  const dir = join(outOf(runDir), 'confined', basename(runDir));
  const own = join(dir, 'own');
  const given = join(dir, 'given');
  const run = runPaths(runDir);
  const beside = (path: string): string => join(own, basename(path));
  return {
    dir,
    own,
    given,
    /** All that it gets but models and draws. */
    supplies: join(given, 'supplies.bin'),
    /** `runsBeside`, of the runs that it may read. */
    runs: (id: string): RunPaths => runPaths(join(given, 'runs', id)),
    /** As the process has it. */
    run: { ...run, evals: beside(run.evals), outcome: beside(run.outcome), files: beside(run.files) },
  };
}

/**
 * Where a trainer outside works on a run, beside the run's own folder: what it is given, and what it leaves,
 * until that has been taken over. It goes when the run has ended.
 */
export function externalPaths(runDir: string) {
  const dir = join(dirname(dirname(runDir)), 'external', basename(runDir));
  return {
    dir,
    job: join(dir, 'job.json'),
    data: join(dir, 'training.jsonl'),
    orders: join(dir, 'orders.jsonl'),
    start: join(dir, 'start'),
    reward: join(dir, 'reward'),
    output: join(dir, 'output'),
    metrics: join(dir, 'metrics.jsonl'),
    ledger: join(dir, 'ledger.json'),
    checkpoints: join(dir, 'checkpoints'),
  };
}

/**
 * Where what jobs of a cluster need lies, beside the runs: a wave of runs that were submitted together, and
 * of each run which job has it and how far it is. It goes when all runs have finished.
 */
export function clusterPaths(out: string) {
  const dir = join(out, 'slurm');
  return {
    dir,
    /** Waves, a folder each. */
    waves: join(dir, 'waves'),
    wave: (name: string) => {
      const folder = join(dir, 'waves', name);
      return {
        folder,
        script: join(folder, 'job.sh'),
        /** Which runs, and as which job, once that is known. */
        wave: join(folder, 'wave.json'),
        /** What the task of an array is to work on. */
        task: (index: number) => join(folder, `${index}.task`),
        /** What it printed. */
        printed: (index: number | '%a') => join(folder, `${index}.out`),
      };
    },
    jobs: join(dir, 'jobs'),
    /** Which job works on a run. */
    lock: (id: string) => join(dir, 'jobs', `${id}.lock`),
    /** How far it is, which shows too that it lives. */
    status: (id: string) => join(dir, 'jobs', `${id}.status`),
  };
}

/** The output folder that a run's folder lies in. */
export const outOf = (runDir: string): string => dirname(dirname(runDir));

/** Finds the folders of the runs that a run reads from: they lie beside its own. */
export const runsBeside =
  (dir: string) =>
  (id: string): RunPaths =>
    runPaths(join(dirname(dir), id));

const CHECKPOINT = 'ckpt-';

/** The checkpoint of a run after a step; names sort by step. */
export const checkpointFolder = (dir: string, step: number): string =>
  join(dir, `${CHECKPOINT}${String(step).padStart(6, '0')}`);

/** Whether a name in a run's folder is that of a checkpoint, half-written ones included. */
export const isCheckpoint = (name: string): boolean => name.startsWith(CHECKPOINT);

/** Where things lie in a checkpoint. */
export const checkpointPaths = (checkpoint: string) => ({
  manifest: join(checkpoint, 'manifest.json'),
  state: join(checkpoint, 'state.safetensors'),
});
