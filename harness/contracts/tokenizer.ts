/** Token ids in and out. */
export interface Tokenizer {
  readonly vocabSize: number;
  /** The end token that is added to a completion. */
  readonly eosId: number;
  /** Every token that ends a sample; default: `eosId` alone. */
  readonly endIds?: readonly number[];
  /** May be any id, `eosId` included: padding is masked wherever it stands. */
  readonly padId: number;
  encode(text: string): number[];
  /**
   * The tokens of `completion` where it follows `prompt`: both are encoded as one text and cut after the
   * prompt's own tokens, as TRL does. Absent: `encode(completion)`.
   */
  encodeAfter?(prompt: string, completion: string): number[];
  /** Decodes without special tokens. */
  decode(ids: ArrayLike<number>): string;
  /** What is saved beside a checkpoint, enough to build the tokenizer again. */
  toJSON(): unknown;
}
