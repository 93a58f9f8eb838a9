import * as tf from '@tensorflow/tfjs';
import { int, type Tensor } from '../ops.js';
import { type AttentionOptions, attended, causalMask } from './attention-parts.js';
import { customGrad, type Grad, type Save } from './fused.js';
import { byHead, keysOf, maskOf, type PackedRows, piecesOf, sizesOf } from './packed-rows.js';

/**
 * Causal attention over packed rows: projections [N, 3D] -> [N, D], or [M, D] at the M rows of completions
 * where `completionsOnly`. Completions look at their prompt and at themselves, never at each other, so that
 * each prompt is computed once (prefix sharing; Wang & Hegde 2024, arXiv:2410.20305).
 */
export function packedAttention(
  qkv: Tensor,
  rows: PackedRows,
  heads: number,
  completionsOnly: boolean,
  options: AttentionOptions = {},
): Tensor {
  const { G, P, B, C, R, N } = sizesOf(rows);
  const { prompts, promptRows } = rows;
  const D = qkv.shape[1]! / 3;
  const size = D / heads;
  const queries = piecesOf(rows, heads, C, 0);
  const keys = piecesOf(rows, heads, P + C, P);
  const M = N - promptRows;
  const keyRows = keysOf(rows);
  const mask = maskOf(rows, options);
  const pieces = (xs: readonly Tensor[]): Tensor =>
    tf.concat(
      xs.map((x) => tf.reshape(x, [-1, size])),
      0,
    );
  /** Rows [n, width] made of those pieces. */
  const rowsOf = (xs: readonly Tensor[], at: Tensor, width: number): Tensor =>
    tf.reshape(tf.gather(pieces(xs), tf.reshape(at, [at.size])), [(at.size * size) / width, width]);

  return customGrad((...args) => {
    const [qkv, save] = args as [Tensor, Save];
    const part = (of: Tensor, j: number): Tensor => byHead(qkv, of, heads, 3, j);
    // [B, H, C, dh], and twice [B, H, P + C, dh].
    const inner = attended(
      [part(rows.completions, 0), part(keyRows, 1), part(keyRows, 2)],
      (scores) => {
        const masked = tf.add(tf.reshape(scores, [R, G, heads, C, P + C]), mask);
        return tf.reshape(masked, [B, heads, C, P + C]);
      },
      options,
    );
    // Prompts look at themselves: [G, H, P, dh].
    const own =
      prompts === null || completionsOnly
        ? null
        : attended(
            [part(prompts, 0), part(prompts, 1), part(prompts, 2)],
            (scores) => tf.add(scores, causalMask(P, options.window)),
            options,
          );
    // Places are saved too: eagerly, what the forward pass made of them is gone by then.
    save([queries, keys, ...inner.saved, ...(own?.saved ?? [])]);
    const value = completionsOnly
      ? rowsOf([inner.out], tf.sub(tf.slice(queries, [promptRows, 0], [M, heads]), int(G * heads * P)), D)
      : rowsOf(own === null ? [inner.out] : [own.out, inner.out], queries, D);

    const gradFunc: Grad = (dy, [queries, keys, ...saved]) => {
      const gradientAt = (of: Tensor): Tensor => byHead(dy, of, heads, 1, 0);
      const { completions } = rows;
      const dOut = gradientAt(completionsOnly ? tf.sub(completions, int(promptRows)) : completions);
      const [dq, dk, dv] = inner.gradients(dOut, saved.slice(0, inner.saved.length));
      let parts = [[dq], [dk], [dv]];
      if (prompts !== null) {
        // A prompt's keys and values gather the gradients of all its completions.
        const gathered = (x: Tensor): Tensor =>
          tf.sum(tf.reshape(tf.slice(x, [0, 0, 0, 0], [B, heads, P, size]), [R, G, heads, P, size]), 0);
        const ofItself = own?.gradients(gradientAt(prompts), saved.slice(inner.saved.length));
        const withOwn = (x: Tensor, y: Tensor | undefined): Tensor => (y === undefined ? x : tf.add(y, x));
        parts = [
          [ofItself?.[0] ?? tf.zeros([G, heads, P, size]), dq],
          [withOwn(gathered(dk), ofItself?.[1]), dk],
          [withOwn(gathered(dv), ofItself?.[2]), dv],
        ];
      }
      const nQueries = G * heads * P + B * heads * C;
      const nKeys = nQueries + B * heads * P;
      // [N, 3, H]
      const at = tf.stack([queries!, tf.add(keys!, int(nQueries)), tf.add(keys!, int(nQueries + nKeys))], 1);
      return rowsOf(parts.flat(), at, 3 * D);
    };
    return { value, gradFunc };
  })(qkv);
}
