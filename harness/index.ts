/** Everything that a plugin, a dataset, an analysis or a suite may import: this is the whole public list. */

export * from './contracts/analysis.js';
export * from './contracts/batches.js';
export * from './contracts/context.js';
export * from './contracts/dataset.js';
export * from './contracts/define-external.js';
export * from './contracts/external.js';
export * from './contracts/nets.js';
export * from './contracts/params.js';
// What others implement.
export * from './contracts/plugin.js';
export * from './contracts/suite.js';
export * from './contracts/tokenizer.js';
export type { Tensor } from './engine/ops.js';
// What they are written with.
export { ops } from './engine/guarded-ops.js';
export { TiltyardError } from './errors.js';
export type { GivenPair, OpenPairsOptions } from './open-pairs.js';
export { openPairs } from './open-pairs.js';
export type { GivenJudgement, OpenUnpairedOptions } from './open-unpaired.js';
export { openUnpaired } from './open-unpaired.js';
export { completionSums, pick, recombined, rows } from './policy/batch.js';
export { byteTokenizer } from './policy/tokenizers/bytes.js';
export { wordTokenizer } from './policy/tokenizers/words.js';
export { Rng } from './rng.js';
export { decided } from './stats/decided.js';
export { readJsonl } from './store/jsonl.js';
export { runPaths } from './store/layout.js';
export type { StoredRun } from './store/read.js';
// What a suite decides from.
export { finished } from './store/read.js';
export type {
  EnvironmentInfo,
  Estimate,
  EvalRow,
  KlEstimates,
  Ledger,
  Outcome,
  OutcomeRow,
  PairRow,
  Phase,
  SampleRow,
  StepRow,
} from './store/records.js';
export type { BudgetSpec, EvaluationSpec, PolicySpec, RunSpec } from './store/spec.js';
