/** Token ids in and out. `padId` is distinct from `eosId`. */
export interface Tokenizer {
  readonly vocabSize: number;
  readonly eosId: number;
  readonly padId: number;
  encode(text: string): number[];
  /** Decodes without special tokens. */
  decode(ids: ArrayLike<number>): string;
  /** What is saved beside a checkpoint, enough to build the tokenizer again. */
  toJSON(): unknown;
}
