/** A transformer's sizes, of which its number of parameters follows. */
export interface Sizes {
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly width: number;
  readonly layers: number;
}

/** Parameters of GPT-2's parts: a feed-forward net of 4D, tied embeddings, as transformer.ts has them. */
export interface ParameterCount {
  /** V D. */
  readonly embeddings: number;
  /** S D. */
  readonly positions: number;
  /** L (12 D^2 + 13 D), and the last norm's 2 D. */
  readonly blocks: number;
}

/** Counted without making any, so that sizes may be asked about that fit no memory. */
export const parameterCount = ({ vocabSize, contextLength, width, layers }: Sizes): ParameterCount => ({
  embeddings: vocabSize * width,
  positions: contextLength * width,
  blocks: layers * (12 * width ** 2 + 13 * width) + 2 * width,
});
