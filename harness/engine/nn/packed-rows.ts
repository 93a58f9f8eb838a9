import * as tf from '@tensorflow/tfjs';
import { constant, int, range, type Tensor } from '../ops.js';
import type { AttentionOptions } from './attention-parts.js';

/**
 * N rows of tokens without padding: first those of G prompts, then those of B = R * G completions, of which
 * completion r * G + g continues prompt g. Attention takes them in blocks of sequences that are about as
 * long, padded to the longest of the block; what pads a block's queries is at a row without a token.
 */
export interface PackedRows {
  /** Prompts, which look at themselves; none where prompts have one token. */
  readonly prompts: readonly AttentionBlock[];
  /** Completions, which look at their prompt and at themselves. */
  readonly completions: readonly AttentionBlock[];
  /** Where the queries of each row lie: [N]. */
  readonly queries: Places;
  /** Where the keys of each of the M rows of completions lie. */
  readonly keys: Places;
  /**
   * Where the keys of each of the N - M rows of prompts lie: in the blocks of its R completions, then in its
   * prompt's own, [(R + 1) * (N - M)].
   */
  readonly promptKeys: Places;
  /** N - M. */
  readonly promptRows: number;
}

/** b sequences of up to T queries, that look at up to S keys. */
export interface AttentionBlock {
  /** The row of each token that looks: int32 [b, T]. */
  readonly queries: Tensor;
  /** Its place in its sequence, prompt and completion; 0 on padding: float32 [b, T]. */
  readonly queryAt: Tensor;
  /** The row of each token that is looked at, and its place, which is out of sight on padding: [b, S]. */
  readonly keys: Tensor;
  readonly keyAt: Tensor;
}

/**
 * Where rows lie among blocks one after another, each of which holds its sequences one after another. Place 0
 * comes before all blocks and holds zeros: what has no token is there. int32 each.
 */
export interface Places {
  /** The place of the first token of the row's sequence. */
  readonly first: Tensor;
  /** How many places its sequence has. */
  readonly width: Tensor;
  /** How many tokens of the sequence come before the row's. */
  readonly place: Tensor;
}

/** Additive mask of what a block's queries do not look at, what follows or a window leaves: [b, 1, T, S]. */
export function maskOf({ queryAt, keyAt }: AttentionBlock, { window }: AttentionOptions): Tensor {
  const distances = tf.sub(tf.expandDims(queryAt, 2), tf.expandDims(keyAt, 1)); // [b, T, S]
  const where = (isHidden: Tensor): Tensor => tf.mul(tf.cast(isHidden, 'float32'), tf.scalar(-1e9));
  let mask = where(tf.less(distances, tf.scalar(0)));
  if (window !== undefined) mask = tf.add(mask, where(tf.greaterEqual(distances, tf.scalar(window))));
  return tf.expandDims(mask, 1);
}

/**
 * Part j of `parts` of rows x [N, parts * D], by head: rows int32 [b, T] -> [b, H, T, dh]. One gather for
 * taking the part out, the rows apart and the heads together.
 */
export function byHead(x: Tensor, rows: Tensor, heads: number, parts: number, j: number): Tensor {
  const size = x.size / (x.shape[0]! * parts * heads);
  const own = constant(
    Int32Array.from({ length: heads }, (_, h) => j * heads + h),
    [1, heads, 1],
  );
  const at = tf.add(tf.expandDims(tf.mul(rows, int(parts * heads)), 1), own); // [b, H, T]
  return tf.gather(tf.reshape(x, [x.shape[0]! * parts * heads, size]), at as tf.Tensor1D);
}

/** Blocks [b, H, T, dh] one after another in pieces of dh, behind H pieces of zeros. */
export function piecesOf(blocks: readonly Tensor[], heads: number): Tensor {
  const size = blocks[0]!.shape.at(-1)!;
  return tf.concat([tf.zeros([heads, size]), ...blocks.map((x) => tf.reshape(x, [-1, size]))], 0);
}

/** The pieces of rows, one a head, of such blocks: int32 [rows, H]. */
export function piecesAt({ first, width, place }: Places, heads: number): Tensor {
  const column = (x: Tensor): Tensor => tf.reshape(x, [x.size, 1]);
  const ofHeads = tf.mul(column(width), tf.reshape(range(heads), [1, heads]));
  return tf.add(tf.add(tf.mul(column(first), int(heads)), column(place)), ofHeads);
}
