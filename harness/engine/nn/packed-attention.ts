import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../ops.js';
import {
  type AttentionOptions,
  attentionGradients,
  capped,
  causalMask,
  rowSums,
  scaledScores,
} from './attention-parts.js';
import { customGrad, type Grad, type Save } from './fused.js';
import { byHead, keysOf, maskOf, type PackedRows, piecesOf, sizesOf } from './packed-rows.js';

type Triple = [Tensor, Tensor, Tensor];

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
    const [q, k, v] = [part(rows.completions, 0), part(keyRows, 1), part(keyRows, 2)];
    const { scores, bent } = capped(scaledScores(q, k), options.softcap);
    const masked = tf.add(tf.reshape(scores, [R, G, heads, C, P + C]), mask);
    const p = tf.softmax(tf.reshape(masked, [B, heads, C, P + C]));
    const out = tf.matMul(p, v); //                                                      [B, H, C, dh]
    const own = prompts === null || completionsOnly ? null : onPrompts(prompts, part, P, options);
    // Places are saved too: eagerly, what the forward pass made of them is gone by then.
    save([q, k, v, p, out, queries, keys, ...(bent === null ? [] : [bent]), ...(own?.saved ?? [])]);
    const value = completionsOnly
      ? rowsOf(
          [out],
          tf.sub(tf.slice(queries, [promptRows, 0], [M, heads]), tf.scalar(G * heads * P, 'int32')),
          D,
        )
      : rowsOf(own === null ? [out] : [own.out, out], queries, D);

    const gradFunc: Grad = (dy, saved) => {
      const [q, k, v, p, out, queries, keys] = saved as [...Triple, ...Triple, Tensor];
      const ofOwn = saved.slice(bent === null ? 7 : 8);
      const gradientAt = (of: Tensor): Tensor => byHead(dy, of, heads, 1, 0);
      const dOut = gradientAt(
        completionsOnly ? tf.sub(rows.completions, tf.scalar(promptRows, 'int32')) : rows.completions,
      );
      const inner = attentionGradients(
        { q, k, v, p },
        dOut,
        rowSums(out, dOut),
        bent === null ? null : saved[7],
      );
      let parts = [inner.dq, inner.dk, inner.dv].map((x) => [x]);
      if (prompts !== null) {
        // A prompt's keys and values gather the gradients of all its completions.
        const gathered = (x: Tensor): Tensor =>
          tf.sum(tf.reshape(tf.slice(x, [0, 0, 0, 0], [B, heads, P, size]), [R, G, heads, P, size]), 0);
        const [dk, dv] = [gathered(inner.dk), gathered(inner.dv)];
        const ofPrompts =
          own === null
            ? [tf.zeros([G, heads, P, size]), dk, dv]
            : withOwn(own.gradients(gradientAt(prompts), ofOwn), dk, dv);
        parts = parts.map((part, j) => [ofPrompts[j]!, ...part]);
      }
      const nQueries = G * heads * P + B * heads * C;
      const nKeys = nQueries + B * heads * P;
      const at = tf.stack(
        [
          queries,
          tf.add(keys, tf.scalar(nQueries, 'int32')),
          tf.add(keys, tf.scalar(nQueries + nKeys, 'int32')),
        ],
        1,
      ); // [N, 3, H]
      return rowsOf(parts.flat(), at, 3 * D);
    };
    return { value, gradFunc };
  })(qkv);
}

const withOwn = (own: Record<'dq' | 'dk' | 'dv', Tensor>, dk: Tensor, dv: Tensor): Triple => [
  own.dq,
  tf.add(own.dk, dk),
  tf.add(own.dv, dv),
];

/** Prompts looking at themselves: out [G, H, P, dh]. */
function onPrompts(
  prompts: Tensor,
  part: (of: Tensor, j: number) => Tensor,
  P: number,
  { window, softcap }: AttentionOptions,
) {
  const [q, k, v] = [0, 1, 2].map((j) => part(prompts, j)) as Triple;
  const { scores, bent } = capped(scaledScores(q, k), softcap);
  const p = tf.softmax(tf.add(scores, causalMask(P, window)));
  const out = tf.matMul(p, v);
  return {
    out,
    saved: [q, k, v, p, out, ...(bent === null ? [] : [bent])],
    gradients(dOut: Tensor, saved: readonly Tensor[]) {
      const [q, k, v, p, out, bent = null] = saved as [...Triple, Tensor, Tensor, Tensor?];
      return attentionGradients({ q, k, v, p }, dOut, rowSums(out, dOut), bent);
    },
  };
}
