/** Where a row lies, and which of the prompts it continues. */
export interface Start {
  readonly place: number;
  readonly prompt: number;
}

/** Computes distributions of next tokens for rows in a fixed number of places. */
export interface Runner {
  readonly places: number;
  /**
   * Puts rows into places that are free. Probabilities of their first tokens, one row a prompt:
   * [prompts, V], and what comes after them has no meaning.
   */
  start(
    prompts: readonly (readonly number[])[],
    rows: readonly Start[],
    temperature: number,
  ): Promise<Float32Array>;
  /** Probabilities of the tokens that follow these, one a place, null where no row is: [places, V]. */
  next(tokens: readonly (number | null)[], temperature: number): Promise<Float32Array>;
  /** Half as many places, with the rows of these ones in front; itself where that would not be faster. */
  halved(places: readonly number[]): Promise<Runner>;
}
