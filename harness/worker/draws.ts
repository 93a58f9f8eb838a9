import type { Draws, Samples, TokenPrompt } from '../contracts/batches.js';
import type { Meter } from '../metrics/meter.js';
import { completionSums } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import type { Rng } from '../rng.js';
import { readJson } from '../store/atomic.js';
import type { RunPaths } from '../store/layout.js';
import type { OutcomeRow } from '../store/records.js';
import type { DrawsRow } from '../store/shared.js';
import type { RunSpec } from '../store/spec.js';
import { readShared } from './shared-file.js';

/** n completions of each prompt: row r P + p is draw r of prompt p, so that fewer draws are a beginning. */
export const drawEach = (
  policy: NetworkModule,
  prompts: readonly TokenPrompt[],
  n: number,
  rng: Rng,
): Promise<Samples> => policy.generate(Array.from({ length: n }, () => prompts).flat(), { rng });

/** What was drawn, with its rewards. */
export const scoredDraws = ({ completions, finished, logps }: Samples, scores: ArrayLike<number>): Draws => ({
  completions,
  finished,
  logps: Array.from(completionSums(logps)),
  scores: Array.from(scores),
});

/** What a draw run left. */
export class Drawn {
  private constructor(
    private readonly rows: ReadonlyMap<string, DrawsRow>,
    /** What an operation took when they were drawn. */
    private readonly secondsPerFlop: number,
  ) {}

  /** Null where the run has to draw itself. */
  static read({ inputs, stage }: RunSpec, runs: (id: string) => RunPaths): Drawn | null {
    if (inputs.drawn === undefined) return null;
    const paths = runs(inputs.drawn);
    const lines = readShared(paths, paths.draws, stage).split('\n').filter(Boolean);
    const rows = new Map(lines.map((line) => JSON.parse(line) as DrawsRow).map((row) => [row.stream, row]));
    const { ledger, clock } = readJson<OutcomeRow>(paths.outcome);
    return new Drawn(rows, clock.seconds.eval / Math.max(1, ledger.flops.eval));
  }

  /**
   * The first n draws for these very prompts from this very stream, which are what drawing them gives, and
   * cost what they cost. Null where it has none.
   */
  take(prompts: readonly TokenPrompt[], n: number, { key }: Rng, meter: Meter): Draws | null {
    const row = this.rows.get(key);
    if (row === undefined || row.n < n || row.promptIds.length !== prompts.length) return null;
    if (prompts.some(({ id }, p) => id !== row.promptIds[p])) return null;
    for (const phase of ['rollout', 'score'] as const) {
      const flops = Math.round((row.flops[phase] * n) / row.n);
      meter.book(phase, flops, flops * this.secondsPerFlop);
    }
    const rows = n * prompts.length;
    const completions = row.completions.slice(0, rows);
    meter.generated(completions.reduce((sum, tokens) => sum + tokens.length, 0));
    return {
      completions,
      finished: row.finished.slice(0, rows),
      logps: row.logps.slice(0, rows),
      scores: row.scores.slice(0, rows),
    };
  }
}
