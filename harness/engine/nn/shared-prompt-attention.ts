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

/** R completions of each of G prompts: P prompt tokens (padded), then C tokens a completion. */
export interface SharedShape {
  readonly prompts: number;
  readonly promptTokens: number;
  readonly completions: number;
  readonly completionTokens: number;
}

type Triple = [Tensor, Tensor, Tensor];

/**
 * Causal attention where R completions share one prompt, which is computed once: qkv [G*P + R*G*C, 3D],
 * prompt rows (g, t) first, then completion rows (r, g, c) -> [the same rows, D], or [R*G*C, D] where
 * `completionsOnly`. Completions look at their prompt and at themselves, never at each other (prefix sharing;
 * Wang & Hegde 2024, arXiv:2410.20305).
 * @param mask additive [G, P]: 0 on prompt tokens, -1e9 on their padding; or [G, C, P] where completion
 * tokens look at different ones
 */
export function sharedPromptAttention(
  qkv: Tensor,
  mask: Tensor,
  shape: SharedShape,
  heads: number,
  completionsOnly: boolean,
  { window, softcap }: AttentionOptions = {},
): Tensor {
  const { prompts: G, promptTokens: P, completions: R, completionTokens: C } = shape;
  const width = qkv.shape[1]! / 3;
  const size = width / heads;
  const promptRows = G * P;
  const rows = R * G * C;
  const part = (x: Tensor, from: number, n: number, j: number): Tensor =>
    tf.slice(x, [from, j * width], [n, width]);
  /** Rows [n * T, D] by head, and back; a prompt's arrays broadcast over its completions. */
  const byHead = (x: Tensor, repeats: number, T: number): Tensor => {
    const split = tf.transpose(tf.reshape(x, [repeats * G, T, heads, size]), [0, 2, 1, 3]);
    return tf.reshape(split, [repeats, G * heads, T, size]);
  };
  const byRow = (x: Tensor): Tensor => {
    const [repeats, , T] = x.shape as [number, number, number];
    const joined = tf.transpose(tf.reshape(x, [repeats * G, heads, T, size]), [0, 2, 1, 3]);
    return tf.reshape(joined, [repeats * G * T, width]);
  };

  return customGrad((...args) => {
    const [qkv, mask, save] = args as [Tensor, Tensor, Save];
    // Queries, keys and values [R, G*H, C, dh] of completions, keys and values [1, G*H, P, dh] of prompts.
    const [q, k, v] = [0, 1, 2].map((j) => byHead(part(qkv, promptRows, rows, j), R, C)) as Triple;
    const [promptK, promptV] = [1, 2].map((j) => byHead(part(qkv, 0, promptRows, j), 1, P)) as [
      Tensor,
      Tensor,
    ];
    const { scores: unmasked, bent: bentToPrompt } = capped(scaledScores(q, promptK), softcap);
    const { scores: onItself, bent: bentToSelf } = capped(scaledScores(q, k), softcap);
    const toPrompt =
      mask.rank === 2
        ? tf.add(tf.reshape(unmasked, [R, G, heads * C, P]), tf.reshape(mask, [1, G, 1, P])) // [R, G, H*C, P]
        : tf.add(tf.reshape(unmasked, [R, G, heads, C, P]), tf.reshape(mask, [1, G, 1, C, P]));
    const toSelf = tf.add(onItself, causalMask(C, window)); // [R, G*H, C, C]
    const scores = tf.concat([tf.reshape(toPrompt, [R, G * heads, C, P]), toSelf], 3);
    const weights = tf.softmax(scores); // [R, G*H, C, P + C]
    const [onPrompt, onSelf] = tf.split(weights, [P, C], 3) as [Tensor, Tensor];
    const out = tf.add(tf.matMul(onPrompt, promptV), tf.matMul(onSelf, v));
    const saved = [q, k, v, promptK, promptV, onPrompt, onSelf, out];
    let value = byRow(out);
    let bentPrompt: Tensor | null = null;
    if (!completionsOnly) {
      const promptQ = byHead(part(qkv, 0, promptRows, 0), 1, P); // [1, G*H, P, dh]
      const own = capped(scaledScores(promptQ, promptK), softcap);
      bentPrompt = own.bent;
      const p = tf.softmax(tf.add(own.scores, causalMask(P, window)));
      const promptOut = tf.matMul(p, promptV);
      saved.push(promptQ, p, promptOut);
      value = tf.concat([byRow(promptOut), value], 0);
    }
    const bent = [bentToPrompt, bentToSelf, bentPrompt].filter((x) => x !== null);
    saved.push(...bent);
    save(saved);
    const gradFunc: Grad = (dy, saved) => {
      const [q, k, v] = saved as Triple;
      const [promptK, promptV, onPrompt, onSelf, out] = saved.slice(3) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      // Those of capped scores come last.
      const [bentToPrompt, bentToSelf, bentPrompt] = saved.slice(saved.length - bent.length);
      const dOut = byHead(completionsOnly ? dy : tf.slice(dy, [promptRows, 0], [rows, width]), R, C);
      const sums = rowSums(out, dOut);
      const ofSelf = attentionGradients({ q, k, v, p: onSelf }, dOut, sums, bentToSelf);
      const ofPrompt = attentionGradients(
        { q, k: promptK, v: promptV, p: onPrompt },
        dOut,
        sums,
        bentToPrompt,
      );
      // A prompt's keys and values gather the gradients of all its completions.
      const [dPromptK, dPromptV] = [tf.sum(ofPrompt.dk, 0, true), tf.sum(ofPrompt.dv, 0, true)];
      let promptPart = [tf.zeros([promptRows, width]), byRow(dPromptK), byRow(dPromptV)];
      if (!completionsOnly) {
        const [promptQ, p, promptOut] = saved.slice(8) as Triple;
        const dPromptOut = byHead(tf.slice(dy, [0, 0], [promptRows, width]), 1, P);
        const promptSums = rowSums(promptOut, dPromptOut);
        const own = attentionGradients(
          { q: promptQ, k: promptK, v: promptV, p },
          dPromptOut,
          promptSums,
          bentPrompt,
        );
        promptPart = [own.dq, tf.add(own.dk, dPromptK), tf.add(own.dv, dPromptV)].map(byRow);
      }
      const completionPart = [tf.add(ofSelf.dq, ofPrompt.dq), ofSelf.dk, ofSelf.dv].map(byRow);
      const dqkv = tf.concat([tf.concat(promptPart, 1), tf.concat(completionPart, 1)], 0);
      return [dqkv, tf.zeros(mask.shape)];
    };
    return { value, gradFunc };
  })(qkv, mask);
}
