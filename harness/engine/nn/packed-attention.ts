import * as tf from '@tensorflow/tfjs';
import { int, type Tensor } from '../ops.js';
import { type AttentionOptions, attended, type Attended } from './attention-parts.js';
import { customGrad, type Grad, type Save } from './fused.js';
import { byHead, maskOf, type PackedRows, piecesAt, piecesOf } from './packed-rows.js';

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
  const N = qkv.shape[0]!;
  const D = qkv.shape[1]! / 3;
  const { promptRows, completions } = rows;
  const M = N - promptRows;
  const prompts = completionsOnly ? [] : rows.prompts;
  const blocks = [...completions, ...prompts];
  /** Blocks that look at a prompt: those of its completions, and its own. */
  const readers = promptRows === 0 ? 0 : rows.promptKeys.first.size / promptRows - (completionsOnly ? 1 : 0);
  const queries = piecesAt(rows.queries, heads); // [N, H]
  const keys = piecesAt(rows.keys, heads); // [M, H]
  const promptKeys = tf.slice(piecesAt(rows.promptKeys, heads), [0, 0], [readers * promptRows, heads]);
  const ofCompletions = tf.slice(queries, [promptRows, 0], [M, heads]);
  // Masks are the same in every layer, and made once where equal nodes are.
  const masks = blocks.map((block) => maskOf(block, options));
  const taken = (pieces: Tensor, at: Tensor, shape: number[]): Tensor =>
    tf.reshape(tf.gather(pieces, tf.reshape(at, [at.size]) as tf.Tensor1D), shape);

  return customGrad((...args) => {
    const [qkv, save] = args as [Tensor, Save];
    const looking = blocks.map((block, i): Attended => {
      const of = (at: Tensor, j: number): Tensor => byHead(qkv, at, heads, 3, j);
      const parts = [of(block.queries, 0), of(block.keys, 1), of(block.keys, 2)] as const;
      return attended(parts, (scores) => tf.add(scores, masks[i]!), options);
    });
    // Places are saved too: eagerly, what the forward pass made of them is gone by then.
    const places = [queries, ofCompletions, keys, promptKeys];
    save([...places, ...looking.flatMap(({ saved }) => saved)]);
    const out = piecesOf(
      looking.map(({ out }) => out),
      heads,
    );
    const value = taken(out, completionsOnly ? ofCompletions : queries, [completionsOnly ? M : N, D]);

    const gradFunc: Grad = (dy, saved) => {
      const [queries, ofCompletions, keys, promptKeys] = saved as [Tensor, Tensor, Tensor, Tensor];
      let next = places.length;
      const found = blocks.map((block, i) => {
        const { gradients, saved: own } = looking[i]!;
        const at = completionsOnly ? tf.sub(block.queries, int(promptRows)) : block.queries;
        const result = gradients(byHead(dy, at, heads, 1, 0), saved.slice(next, next + own.length));
        next += own.length;
        return result;
      });
      const all = (j: number): Tensor =>
        piecesOf(
          found.map((of) => of[j]!),
          heads,
        );
      const [dq, dk, dv] = [all(0), all(1), all(2)];
      const own = tf.concat(
        [taken(dq, ofCompletions, [M, D]), taken(dk, keys, [M, D]), taken(dv, keys, [M, D])],
        1,
      );
      if (promptRows === 0) return own;
      // A prompt's keys and values gather the gradients of all that look at them.
      const gathered = (pieces: Tensor): Tensor =>
        tf.sum(taken(pieces, promptKeys, [readers, promptRows, D]), 0);
      const looked = completionsOnly
        ? tf.zeros([promptRows, D])
        : taken(dq, tf.slice(queries, [0, 0], [promptRows, heads]), [promptRows, D]);
      return tf.concat([tf.concat([looked, gathered(dk), gathered(dv)], 1), own], 0);
    };
    return { value, gradFunc };
  })(qkv);
}
