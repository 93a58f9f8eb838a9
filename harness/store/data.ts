/** data.json: what the runs of an experiment read, measured before the first of them. */

/** Token counts of one kind of text: exact figures, and how often each range of lengths occurs. */
export interface LengthsRow {
  readonly min: number;
  readonly mean: number;
  readonly median: number;
  /** 95 of 100 are no longer. */
  readonly p95: number;
  readonly max: number;
  /** Ranges of equal width that cover all; `to` is included. */
  readonly bins: readonly { readonly from: number; readonly to: number; readonly rows: number }[];
}

/** A completion that many pairs have, and how often it is preferred. */
export interface AnswerRow {
  readonly text: string;
  readonly chosen: number;
  readonly rejected: number;
}

/** The pairs of one split, counted as the tokens that training gets. */
export interface PairsRow {
  readonly pairs: number;
  /** Rows whose prompt, chosen and rejected completion an earlier row has. */
  readonly duplicates: number;
  /** Rows whose two completions are the same tokens. */
  readonly equalSides: number;
  /** Rows whose two completions an earlier row has the other way round. */
  readonly conflicting: number;
  readonly chosen: LengthsRow;
  readonly rejected: LengthsRow;
  /** Share of the rows whose chosen completion has more tokens than the rejected one. */
  readonly chosenLonger: number;
  readonly rejectedLonger: number;
  /** Mean of chosen tokens minus rejected tokens. */
  readonly lengthDifference: number;
  /** Completions without an end token: cut, or as long as the bound. */
  readonly withoutEnd: number;
  /** Completions with more than one end token. */
  readonly severalEnds: number;
  /** Rows with a strength of their own, and those of them in which it speaks against the label. */
  readonly margins: { readonly rows: number; readonly negative: number };
  /** Completions that are at least one in twenty of all, most frequent first. */
  readonly answers: readonly AnswerRow[];
}

/** The completions of one split that are judged one by one, counted as the tokens that training gets. */
export interface JudgedRow {
  readonly rows: number;
  /** Those labelled true. */
  readonly good: number;
  /** Rows whose prompt, completion and label an earlier row has. */
  readonly duplicates: number;
  /** Rows whose prompt and completion an earlier row has with the other label. */
  readonly conflicting: number;
  readonly completion: LengthsRow;
  /** Completions without an end token: cut, or as long as the bound. */
  readonly withoutEnd: number;
  /** Completions with more than one end token. */
  readonly severalEnds: number;
}

export interface SplitRow {
  readonly split: 'train' | 'validation' | 'test' | 'heldout';
  readonly prompts: number;
  /**
   * Of the prompts of the pairs, a row each; of the prompts where pairs are sampled. Null where there are
   * none.
   */
  readonly promptTokens: LengthsRow | null;
  /** Tokens that stand for text that the tokenizer does not know. */
  readonly unknownTokens: number;
  /** Null where pairs are made by sampling, or the split has none. */
  readonly given: PairsRow | null;
  /** Null where the split has none; absent where the dataset has pairs, or none are given. */
  readonly unpaired?: JudgedRow | null;
}

/** What became of the rows of one file. */
export interface SourceAccount {
  /** As the parameters name it. */
  readonly file: string;
  /** SHA-256 of its bytes, in hex. */
  readonly sha256: string;
  readonly rows: number;
  readonly kept: number;
  /** Rows that were left out, by reason, with where the first of them stands. */
  readonly dropped: readonly { readonly reason: string; readonly rows: number; readonly first: string }[];
  /** Texts that were cut to their bound. */
  readonly truncated: { readonly prompts: number; readonly completions: number };
}

export interface DataRow {
  readonly dataset: string;
  /** The pipeline seed whose splits are counted. */
  readonly seed: number;
  readonly sources: readonly SourceAccount[];
  readonly template: { readonly name: string; readonly from: string } | null;
  readonly specialTokens: readonly {
    readonly role: 'end' | 'padding' | 'begin';
    readonly ids: readonly number[];
    readonly from: string;
  }[];
  readonly notes: readonly string[];
  /** Longest prompt and longest completion that rows may have, in tokens. */
  readonly bounds: { readonly prompt: number; readonly completion: number };
  readonly splits: readonly SplitRow[];
  /** Prompts that two splits have in common, equal but for white space; the first of them by its id. */
  readonly shared: readonly {
    readonly splits: readonly [string, string];
    readonly prompts: number;
    readonly first: string;
  }[];
  /**
   * Pairs that `collect` asks for, and those that there are. Null where none are collected from given ones.
   */
  readonly asked: {
    readonly pairs: { readonly asked: number; readonly there: number };
    readonly heldoutPairs: { readonly asked: number; readonly there: number };
  } | null;
}
