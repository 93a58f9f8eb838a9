/**
 * A tensor as plugins see it: numbers of one type under a shape, eager or a node of a graph while tracing.
 * `ops` computes with it; its values are the engine's, and come back from `trainer.step` or a module.
 */
export interface PublicTensor {
  /** Sizes of its axes; [] for a scalar. */
  readonly shape: number[];
  /** The type of its numbers: those that `ops` takes and gives are float32 or int32. */
  readonly dtype: 'float32' | 'int32' | 'bool' | 'complex64' | 'string';
  /** How many axes it has. */
  readonly rank: number;
  /** How many numbers it holds. */
  readonly size: number;
}
