import { attendNewest } from '../../engine/nn/index.js';
import * as ops from '../../engine/ops.js';
import type { Tensor } from '../../engine/ops.js';
import { TiltyardError } from '../../errors.js';
import type { Architecture, Decoder, Weights } from '../architecture.js';
import { type Layout, stacked } from '../layout.js';
import { scalarHead } from '../parts.js';
import { type ArraySpec, initialised } from './layers.js';
import { type Angles, anglesAt, rotate, type Rotation } from './rotary.js';

/** Queries [N, H, dh], keys and values [N, G, dh]. */
export type Projections = readonly [Tensor, Tensor, Tensor];

/** What one family with rotary positions is, beside what all of them share. */
export interface RotaryFamily {
  /** `model_type`, for messages. */
  readonly family: string;
  readonly vocabSize: number;
  readonly contextLength: number;
  /** D */
  readonly width: number;
  readonly layers: number;
  /** H query heads share G heads of keys and values (Ainslie et al. 2023, arXiv:2305.13245) of size dh. */
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly rotation: Rotation;
  /** Layers whose queries and keys are not rotated; default none. */
  readonly unrotated?: ReadonlySet<number>;
  /** Tokens that a token of layer i looks at, itself included; null for all before it. */
  readonly windows: readonly (number | null)[];
  /** c: attention's scores s become c tanh(s / c); default, and null: they stay. */
  readonly softcap?: number | null;
  /** Of q k^T; default 1 / sqrt(dh). */
  readonly scale?: number;
  readonly filePrefix: string;
  readonly outputMatrix?: string;
  readonly arrays: readonly ArraySpec[];
  /** ids int32 [N] -> [N, D]. */
  embed(w: Weights, ids: Tensor): Tensor;
  /** Of rows [N, D] before layer i, its norm included and rotation left out. */
  project(w: Weights, i: number, x: Tensor): Projections;
  /** Rows after layer i, from those before it and what they attended to [N, H * dh]. */
  finish(w: Weights, i: number, x: Tensor, attended: Tensor): Tensor;
  /** After the last layer. */
  norm(w: Weights, x: Tensor): Tensor;
  logits(w: Weights, rows: Tensor): Tensor;
  config(): Record<string, unknown>;
}

/**
 * A decoder with rotary positions: embeddings, layers of attention and a feed-forward net, a norm, logits.
 * The order within a layer is the family's own.
 */
export function rotaryDecoder(family: RotaryFamily): Architecture {
  const { contextLength: S, layers: L, heads: H, headSize: d, softcap = null } = family;
  if (H % family.keyValueHeads !== 0)
    throw new TiltyardError(
      'llama-shape',
      `${family.family}: ${H} query heads cannot share ${family.keyValueHeads} key and value heads evenly; ` +
        'choose a divisor',
    );
  const rotated = 2 * family.rotation.frequencies.length;
  if (!Number.isInteger(d) || rotated > d)
    throw new TiltyardError(
      'llama-shape',
      `${family.family}: head size ${d} must be an even whole number for rotary positions`,
    );
  const ratio = (family.scale ?? 1 / Math.sqrt(d)) * Math.sqrt(d);
  /** Queries, keys and values [N, H, dh] at rotated positions. */
  const project = (w: Weights, i: number, x: Tensor, angles: Angles): Projections => {
    const [q, k, v] = family.project(w, i, x);
    const turned = (y: Tensor): Tensor => (family.unrotated?.has(i) ? y : rotate(y, angles));
    // Attention divides by sqrt(dh) itself.
    const scaled = Math.abs(ratio - 1) < 1e-12 ? turned(q) : ops.mul(turned(q), ratio);
    return [scaled, repeated(turned(k), H), repeated(v, H)];
  };
  const embed = (w: Weights, ids: Tensor): Tensor => family.embed(w, ops.reshape(ids, [ids.size]));
  const packed = (parts: Projections): Tensor =>
    ops.concat(
      parts.map((x) => ops.reshape(x, [x.shape[0]!, H * d])),
      1,
    );
  const optionsOf = (i: number) => ({
    ...(family.windows[i] == null ? {} : { window: family.windows[i] }),
    ...(softcap === null ? {} : { softcap }),
  });
  const checkTime = (time: number): void => {
    if (time > S)
      throw new TiltyardError(
        'context-length',
        `${family.family}: rows of ${time} tokens exceed the context of ${S} ` +
          "('max_position_embeddings' of config.json); " +
          'shorten prompts or completions, or use a model with a larger context',
      );
  };

  /** `see` is shown each layer's queries, keys and values. */
  const hiddenOf = (w: Weights, layout: Layout, see: (parts: Projections) => void = () => {}): Tensor => {
    checkTime(layout.time);
    const angles = anglesAt(family.rotation, layout.positions, layout.time);
    let x = embed(w, layout.ids);
    for (let i = 0; i < L; i++) {
      const parts = project(w, i, x, angles);
      see(parts);
      const qkv = packed(parts);
      // After the last attention no row looks at another: only those that are read are computed on.
      x =
        i < L - 1
          ? family.finish(w, i, x, layout.attend(qkv, H, optionsOf(i)))
          : family.finish(w, i, layout.read(x), layout.attendWhereRead(qkv, H, optionsOf(i)));
    }
    return family.norm(w, x);
  };

  const decoder: Decoder = {
    layers: L,
    cacheShape: (batch, slots) => [batch, H, slots, d],
    prefill(w, ids, read) {
      const [B, P] = ids.shape as [number, number];
      const byHead = (x: Tensor): Tensor => ops.transpose(ops.reshape(x, [B, P, H, d]), [0, 2, 1, 3]);
      const keys: Tensor[] = [];
      const values: Tensor[] = [];
      const hidden = hiddenOf(w, stacked(ids, read), ([, k, v]) => {
        keys.push(byHead(k));
        values.push(byHead(v));
      });
      return { hidden, keys, values };
    },
    step(w, cache, { ids, positions }) {
      const T = cache.keys[0]!.shape[2]!;
      checkTime(T);
      const angles = anglesAt(family.rotation, positions, T);
      const keys: Tensor[] = [];
      const values: Tensor[] = [];
      let x = embed(w, ids);
      for (let i = 0; i < L; i++) {
        const [q, k, v] = project(w, i, x, angles);
        const newest = { q: ops.mul(q, 1 / Math.sqrt(d)), k, v };
        const past = { keys: cache.keys[i]!, values: cache.values[i]! };
        const made = attendNewest(newest, past, positions, optionsOf(i));
        x = family.finish(w, i, x, made.attended);
        keys.push(made.keys);
        values.push(made.values);
      }
      return { hidden: family.norm(w, x), keys, values };
    },
  };

  return {
    kind: 'transformer',
    vocabSize: family.vocabSize,
    contextLength: S,
    filePrefix: family.filePrefix,
    ...(family.outputMatrix === undefined ? {} : { outputMatrix: family.outputMatrix }),
    decoder,
    initialBody: (rng) => initialised(family.arrays, rng),
    hidden: (w, layout) => hiddenOf(w, layout),
    logits: family.logits,
    ...scalarHead(family.width),
    config: family.config,
  };
}

/** c tanh(x / c), or x where there is no cap. */
export const tanhCapped = (x: Tensor, cap: number | null): Tensor =>
  cap === null ? x : ops.mul(ops.tanh(ops.mul(x, 1 / cap)), cap);

/** Each key or value head once for every query head that shares it: [N, G, dh] -> [N, H, dh]. */
function repeated(x: Tensor, heads: number): Tensor {
  const [N, G, d] = x.shape as [number, number, number];
  if (G === heads) return x;
  const each = ops.reshape(x, [N, G, 1, d]);
  const copies = Array.from({ length: heads / G }, () => each);
  return ops.reshape(ops.concat(copies, 2), [N, heads, d]);
}
