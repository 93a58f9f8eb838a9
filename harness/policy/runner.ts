/** Computes logits one token at a time for a fixed number of rows. */
export interface Runner {
  /** Logits [rows, V] for the first completion token; rows beyond the prompts repeat the first one. */
  begin(prompts: readonly (readonly number[])[]): Promise<Float32Array>;
  /** Feeds one token per row; logits for the next. */
  next(tokens: readonly number[]): Promise<Float32Array>;
  /** Floating-point operations since the last call. */
  takeFlops(): number;
}
