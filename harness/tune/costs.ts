import type { StoredRun } from '../store/read.js';
import { PHASES } from '../store/records.js';

/** What runs cost. */
export interface FamilyCost {
  readonly runs: number;
  /** Floating-point operations of training and of a sampler's draws. */
  readonly flops: number;
  /** Of evaluations. */
  readonly evaluationFlops: number;
}

/** What tuning has cost so far. Rounds share runs, which count once. */
export class Costs {
  private readonly runs = new Map<string, StoredRun>();

  add(runs: readonly StoredRun[]): void {
    for (const run of runs) this.runs.set(run.spec.id, run);
  }

  /** Of the candidates of a stage. */
  of(stage: string): FamilyCost {
    return this.sum(({ spec }) => spec.role === 'compared' && spec.stage === stage);
  }

  /** Of what the candidates build on and are scored by. */
  get shared(): FamilyCost {
    return this.sum(({ spec }) => spec.role !== 'compared');
  }

  private sum(counts: (run: StoredRun) => boolean): FamilyCost {
    const own = [...this.runs.values()].filter(counts);
    const flopsOf = (phases: readonly (typeof PHASES)[number][]): number =>
      own.reduce(
        (sum, { outcome }) => sum + phases.reduce((n, phase) => n + (outcome?.ledger.flops[phase] ?? 0), 0),
        0,
      );
    return {
      runs: own.length,
      flops: flopsOf(PHASES.filter((phase) => phase !== 'eval')),
      evaluationFlops: flopsOf(['eval']),
    };
  }
}
