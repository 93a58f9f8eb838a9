import type { BudgetSpec, EvaluationSpec, PolicySpec, RunSpec } from './spec.js';

/** A stage with its defaults filled. */
export interface Stage {
  readonly algorithm: string;
  readonly start: string | null;
  readonly reward: string | null;
  readonly completions: 'corpus' | 'chosen';
  /** Absent: train. */
  readonly pairs?: 'train' | 'heldout';
  readonly role?: 'shared' | 'compared';
  readonly params: Readonly<Record<string, unknown>>;
  readonly sweep: Readonly<Record<string, readonly unknown[]>>;
  /** Each configuration once more, with other randomness (A/A). */
  readonly control: boolean;
  readonly evaluation?: Partial<EvaluationSpec>;
  readonly budget?: Partial<BudgetSpec>;
}

/** The experiment as resolved: defaults filled, seeds listed. What experiment.json holds. */
export interface Experiment {
  readonly name: string;
  readonly description: string;
  readonly seeds: readonly number[];
  readonly dataset: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  /** A fresh transformer's shape, or `checkpoint`: a model folder from the experiment file. */
  readonly policy: Omit<PolicySpec, 'checkpoint'> & { readonly checkpoint?: string };
  readonly collect: (NonNullable<RunSpec['collect']> & { readonly from: string | null }) | null;
  readonly stages: Readonly<Record<string, Stage>>;
  /**
   * `proxy`: the stage whose reward scores compared runs that have none of their own. `judge`: the stage
   * whose reward stands for a gold reward.
   */
  readonly evaluation: EvaluationSpec & { readonly proxy: string | null; readonly judge: string | null };
  readonly tuning: { readonly equal: boolean };
  readonly budget: BudgetSpec;
  readonly checkpointEvery: number;
  readonly engine: RunSpec['engine'];
}
