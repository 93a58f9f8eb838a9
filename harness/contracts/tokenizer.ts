/** Token ids with a special meaning, and the file and field that name them. */
export interface SpecialToken {
  readonly role: 'end' | 'padding' | 'begin';
  readonly ids: readonly number[];
  readonly from: string;
}

/** The tokens of a completion where it follows its prompt. */
export interface EncodedAfter {
  readonly ids: number[];
  /** Whether the prompt's own tokens are those that the two texts together begin with. */
  readonly exact: boolean;
}

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
  /** Where the ids above come from; absent where they are the tokenizer's own choice. */
  readonly specialTokens?: readonly SpecialToken[];
  /**
   * The tokens of `completion` where it follows `prompt`: both are encoded as one text and cut after as many
   * tokens as the prompt has alone, as TRL does. Absent: `encode(completion)`.
   * @param ended the end token's own text follows, unless the completion ends with it
   * @param alone the tokens of the prompt alone, where they are known: it need not be encoded again
   */
  encodeAfter?(prompt: string, completion: string, ended: boolean, alone?: readonly number[]): EncodedAfter;
  /** Decodes without special tokens. */
  decode(ids: ArrayLike<number>): string;
  /** The model folder that it was read from: a trained model carries its files along. Absent: none. */
  readonly folder?: string;
  /** What is saved beside a checkpoint, enough to build the tokenizer again. */
  toJSON(): unknown;
}
