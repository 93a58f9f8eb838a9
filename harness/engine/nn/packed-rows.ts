import * as tf from '@tensorflow/tfjs';
import { constant, int, range, type Tensor } from '../ops.js';
import { type AttentionOptions, causalMask } from './attention-parts.js';

/**
 * N rows of tokens without padding: first those of G prompts, then those of B = R * G completions, of which
 * completion r * G + g continues prompt g. For attention they are put into padded blocks; what pads a block
 * is at a row without a token, and a row without a token at a place that pads.
 */
export interface PackedRows {
  /** The row of each prompt token, but for the last of each: int32 [G, P]; null where that leaves none. */
  readonly prompts: Tensor | null;
  /** 0 on those tokens, -1e9 on padding: [G, P]. */
  readonly promptMask: Tensor | null;
  /** Tokens before each prompt's first completion row: int32 [G]. */
  readonly starts: Tensor;
  /** The row of the last prompt token, then of each completion token: int32 [B, C]. */
  readonly completions: Tensor;
  /** Which prompt (rows of prompts) or completion (the others) a row belongs to: int32 [N]. */
  readonly owner: Tensor;
  /** At which of its tokens: int32 [N]. */
  readonly place: Tensor;
  /** Rows of prompts. */
  readonly promptRows: number;
}

/** The sizes G, P, B, C of `PackedRows`, R = B / G and N. */
export function sizesOf({ prompts, completions, owner }: PackedRows) {
  const [B, C] = completions.shape as [number, number];
  const [G, P] = prompts === null ? [B, 0] : (prompts.shape as [number, number]);
  return { G, P, B, C, R: B / G, N: owner.size };
}

/** The rows that completions look at, those of their prompt first: int32 [B, P + C]. */
export function keysOf(rows: PackedRows): Tensor {
  const { prompts, completions } = rows;
  if (prompts === null) return completions;
  return tf.concat([tf.tile(prompts, [sizesOf(rows).R, 1]), completions], 1);
}

/** Additive mask of those keys: [1, G, 1, C, P + C], or the same for all prompts. */
export function maskOf(rows: PackedRows, { window }: AttentionOptions): Tensor {
  const { G, P, C } = sizesOf(rows);
  const onSelf = causalMask(C, window);
  if (rows.promptMask === null) return tf.reshape(onSelf, [1, 1, 1, C, C]);
  let onPrompt = tf.tile(tf.reshape(rows.promptMask, [G, 1, P]), [1, C, 1]);
  if (window !== undefined && window < P + C) {
    const places = tf.sub(tf.reshape(range(C), [1, C, 1]), tf.reshape(range(P), [1, 1, P]));
    const distances = tf.add(tf.reshape(rows.starts, [G, 1, 1]), places); // [G, C, P]
    const isHidden = tf.cast(tf.greaterEqual(distances, int(window)), 'float32');
    onPrompt = tf.add(onPrompt, tf.mul(isHidden, tf.scalar(-1e9)));
  }
  const self = tf.tile(tf.reshape(onSelf, [1, C, C]), [G, 1, 1]);
  return tf.reshape(tf.concat([onPrompt, self], 2), [1, G, 1, C, P + C]);
}

/**
 * Part j of `parts` of rows x [N, parts * D], by head: rows int32 [A, T] -> [A, H, T, dh]. One gather for
 * taking the part out, the rows apart and the heads together.
 */
export function byHead(x: Tensor, rows: Tensor, heads: number, parts: number, j: number): Tensor {
  const [A, T] = rows.shape as [number, number];
  const size = x.size / (x.shape[0]! * parts * heads);
  const first = tf.reshape(tf.mul(rows, int(parts * heads)), [A, 1, T]);
  const own = constant(
    Int32Array.from({ length: heads }, (_, h) => j * heads + h),
    [1, heads, 1],
  );
  const at = tf.add(first, own);
  const pieces = tf.reshape(x, [x.shape[0]! * parts * heads, size]);
  return tf.reshape(tf.gather(pieces, tf.reshape(at, [A * heads * T])), [A, heads, T, size]);
}

/**
 * Where the rows lie among blocks of prompts [G, H, P, dh] with blocks of completions [B, H, width, dh]
 * behind them, in pieces of dh: int32 [N, H].
 * @param shift the place of a completion's first token in its block
 */
export function piecesOf(rows: PackedRows, heads: number, width: number, shift: number): Tensor {
  const { G, P, N } = sizesOf(rows);
  const address = (from: number, n: number, width: number, before: number): Tensor => {
    const owner = tf.reshape(tf.slice(rows.owner, [from], [n]), [n, 1]);
    const place = tf.reshape(tf.slice(rows.place, [from], [n]), [n, 1]);
    const start = tf.add(tf.mul(owner, int(heads * width)), tf.add(place, int(before)));
    return tf.add(start, tf.reshape(tf.mul(range(heads), int(width)), [1, heads]));
  };
  const { promptRows } = rows;
  const ofCompletions = address(promptRows, N - promptRows, width, G * heads * P + shift);
  return promptRows === 0 ? ofCompletions : tf.concat([address(0, promptRows, P, 0), ofCompletions], 0);
}
