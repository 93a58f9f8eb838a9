/** Where a row lies, and which of the prompts it continues. */
export interface Start {
  readonly place: number;
  readonly prompt: number;
}

/**
 * What is known of next tokens: the probabilities of all, [rows, V], or where `tokens` is there those that
 * were drawn of them, and of each its probability.
 */
export interface NextTokens {
  readonly p: Float32Array;
  readonly tokens?: Int32Array;
}

/** How next tokens are asked for. */
export interface Asked {
  readonly temperature: number;
  /**
   * Uniform in [0, 1), one a row: tokens are drawn on the device with these. Null: the probabilities of all
   * tokens are wanted.
   */
  readonly chances: Float32Array | null;
}

/** Computes distributions of next tokens for rows in a fixed number of places. */
export interface Runner {
  readonly places: number;
  /** Whether it may be given chances. */
  readonly draws: boolean;
  /**
   * Puts rows into places that are free. Of their first tokens, probabilities one row a prompt, or what was
   * drawn one a row; what comes after them has no meaning.
   */
  start(prompts: readonly (readonly number[])[], rows: readonly Start[], asked: Asked): Promise<NextTokens>;
  /** Of the tokens that follow these, one a place, null where no row is. */
  next(tokens: readonly (number | null)[], asked: Asked): Promise<NextTokens>;
  /** Half as many places, with the rows of these ones in front; itself where that would not be faster. */
  halved(places: readonly number[]): Promise<Runner>;
}
