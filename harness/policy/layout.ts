import {
  type AttentionOptions,
  causalAttention,
  type SharedShape,
  sharedPromptAttention,
} from '../engine/nn/index.js';
import * as ops from '../engine/ops.js';
import type { Tensor } from '../engine/ops.js';
import type { SharedPrompts, TensorsIn, TokenTensors } from '../contracts/batches.js';

/**
 * Which hidden states of a batch are read: those before each completion token, or that of each row's last
 * token.
 */
export type Where = 'positions' | 'last';

/** How a batch's tokens lie in the N rows of a network's activations, and which rows attend to which. */
export interface Layout {
  /** Token and position of every activation row: int32 [N] each. */
  readonly ids: Tensor;
  readonly positions: Tensor;
  /** Tokens of the longest row; positions are below it. */
  readonly time: number;
  /** Packed projections [N, 3D] -> [N, D]. */
  attend(qkv: Tensor, heads: number, options?: AttentionOptions): Tensor;
  /** The same, at the M rows that are read: [M, D]. */
  attendWhereRead(qkv: Tensor, heads: number, options?: AttentionOptions): Tensor;
  /** The M rows that are read of an array [N, ...]. */
  read(x: Tensor): Tensor;
}

/** The layout in which a batch is cheapest to compute. */
export const layoutOf = (batch: TokenTensors, where: Where): Layout =>
  batch.shared === undefined
    ? stacked(batch.ids, ops.reshape(batch[where], [batch[where].size]))
    : shared(batch.shared, where);

/** Every row of ids int32 [B, T] on its own, (b, t) at b * T + t; the flat indices int32 [M] are read. */
export function stacked(ids: Tensor, read: Tensor): Layout {
  const [B, T] = ids.shape as [number, number];
  const attend: Layout['attend'] = (qkv, heads, options) => causalAttention(qkv, B, T, heads, options);
  const reading = (x: Tensor): Tensor => ops.gather(x, read);
  return {
    ids: ops.reshape(ids, [B * T]),
    positions: ops.constant(
      Int32Array.from({ length: B * T }, (_, i) => i % T),
      [B * T],
    ),
    time: T,
    attend,
    attendWhereRead: (qkv, heads, options) => reading(attend(qkv, heads, options)),
    read: reading,
  };
}

/** Each prompt once, then its completions. */
function shared(
  { prompts, promptMask, completions, offsets, last }: TensorsIn<SharedPrompts>,
  where: Where,
): Layout {
  const [G, P] = prompts.shape as [number, number];
  const N = completions.shape[0]!;
  const C = completions.shape[1]! - (where === 'last' ? 0 : 1);
  const shape: SharedShape = { prompts: G, promptTokens: P, completions: N / G, completionTokens: C };
  const tail = (x: Tensor): Tensor => ops.slice(x, [G * P, 0], [N * C, x.shape[1]!]);
  const lastOf = (x: Tensor): Tensor => (where === 'last' ? ops.gather(x, last) : x);
  /** 0 .. by - 1 in each of n rows: int32 [n, by]. */
  const counts = (n: number, by: number): Tensor =>
    ops.constant(
      Int32Array.from({ length: n * by }, (_, i) => i % by),
      [n, by],
    );
  /** Prompts' padding, and under a window what each completion token does not see of them. */
  const maskOf = ({ window }: AttentionOptions = {}): Tensor => {
    if (window === undefined || window >= P + C) return promptMask;
    const starts = ops.reshape(ops.slice(offsets, [0], [G]), [G, 1, 1]);
    const places = ops.sub(ops.reshape(ops.range(C), [1, C, 1]), ops.reshape(ops.range(P), [1, 1, P]));
    const distances = ops.add(starts, places); // [G, C, P]
    const hidden = ops.mul(ops.greaterEqual(distances, ops.int(window)), -1e9);
    return ops.add(ops.reshape(promptMask, [G, 1, P]), hidden);
  };
  const first = (x: Tensor): Tensor => ops.reshape(ops.slice(x, [0, 0], [N, C]), [N * C]);
  return {
    ids: ops.concat([ops.reshape(prompts, [G * P]), first(completions)]),
    positions: ops.concat([
      ops.reshape(counts(G, P), [G * P]),
      ops.reshape(ops.add(counts(N, C), ops.reshape(offsets, [N, 1])), [N * C]),
    ]),
    time: P + C,
    attend: (qkv, heads, options) =>
      sharedPromptAttention(qkv, maskOf(options), shape, heads, false, options),
    attendWhereRead: (qkv, heads, options) =>
      lastOf(sharedPromptAttention(qkv, maskOf(options), shape, heads, true, options)),
    read: (x) => lastOf(tail(x)),
  };
}
