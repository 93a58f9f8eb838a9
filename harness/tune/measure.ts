import { TiltyardError } from '../errors.js';
import { readJsonl } from '../store/jsonl.js';
import { runPaths } from '../store/layout.js';
import type { StoredRun } from '../store/read.js';
import type { EvalRow } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import type { Result } from './trials.js';
import type { Point } from './worth.js';

/** What chooses: a reward that nothing trains against, or the reward of training. */
export type ChoosingRule = 'chooser' | 'proxy';

/**
 * Reads how candidates fared: on validation prompts alone, by what chooses alone. Of an evaluation no other
 * field than its reward by that, and its KL, is touched.
 */
export class Measure {
  /** What the start gains by what chooses: start, scorer and seed -> its validation reward. */
  private readonly starts = new Map<string, number>();

  constructor(private readonly rule: ChoosingRule) {}

  /** The run whose reward scores this one; null where nothing does. */
  scorer({ inputs }: RunSpec): string | null {
    return (this.rule === 'chooser' ? inputs.chooser : (inputs.reward ?? inputs.proxy)) ?? null;
  }

  /** What has to be known of a run's start before it can be measured. */
  startKey(spec: RunSpec): string {
    return `${spec.inputs.start} ${this.scorer(spec)} ${spec.seed}`;
  }

  /** Learns what the starts of these runs are worth; a sampler is never its start, and tells nothing. */
  learnStarts(runs: readonly StoredRun[]): void {
    for (const { spec, dir } of runs) {
      const first = validationRows(dir).find(({ step }) => step === 0);
      // A run without a step ends where it begins, and is a sampler where its KL is a sampler's.
      if (first === undefined || first.kl.raoBlackwell === null) continue;
      const reward = this.reward(first);
      if (reward !== null && this.scorer(spec) !== null) this.starts.set(this.startKey(spec), reward);
    }
  }

  /**
   * A candidate's means over its runs, one for each seed; why it dropped out where one did not reach the end
   * of its schedule.
   * @throws TiltyardError where what it builds on failed, so that nothing is known of it
   */
  result(runs: readonly StoredRun[]): Result {
    const points: (Point & { readonly reward: number })[] = [];
    for (const { spec, dir, outcome } of runs) {
      if (outcome?.cause?.code === 'input-failed') {
        const message = `${spec.label} seed ${spec.seed}: ${outcome.cause.message}`;
        const remedy = 'a stage that all build on has to run first';
        throw new TiltyardError('tuning-input', `tune: ${message}; ${remedy}`, { exitCode: 1 });
      }
      if (outcome?.outcome !== 'completed' && outcome?.outcome !== 'budget-spent') {
        const why = outcome?.cause?.message;
        return { dropped: `${outcome?.outcome ?? 'unfinished'}${why === undefined ? '' : `: ${why}`}` };
      }
      const last = validationRows(dir).at(-1);
      const kl = last === undefined ? null : klOf(last);
      const reward = last === undefined ? null : this.reward(last);
      const start = this.starts.get(this.startKey(spec));
      if (kl === null || reward === null || start === undefined) {
        const what = kl === null ? 'no KL' : reward === null ? 'no reward' : 'no reward of its start';
        throw new TiltyardError('not-measured', `tune: ${spec.label}: ${what} on validation prompts`);
      }
      points.push({ kl, reward, gain: reward - start });
    }
    const mean = (of: (point: (typeof points)[number]) => number): number =>
      points.reduce((sum, point) => sum + of(point), 0) / points.length;
    return { dropped: null, kl: mean((p) => p.kl), reward: mean((p) => p.reward), gain: mean((p) => p.gain) };
  }

  private reward({ chooserReward, proxyReward }: EvalRow): number | null {
    return (this.rule === 'chooser' ? chooserReward : proxyReward)?.mean ?? null;
  }
}

const validationRows = (dir: string): EvalRow[] =>
  readJsonl<EvalRow>(runPaths(dir).evals).filter(({ split }) => split === 'validation');

const klOf = ({ kl }: EvalRow): number | null => (kl.exact ?? kl.raoBlackwell ?? kl.sampler)?.mean ?? null;
