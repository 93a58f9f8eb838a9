import {
  type AttentionBlock,
  type AttentionOptions,
  causalAttention,
  packedAttention,
  type PackedRows,
} from '../engine/nn/index.js';
import * as ops from '../engine/ops.js';
import type { Tensor } from '../engine/ops.js';
import type { PackedLayout, TensorsIn, TokenTensors } from '../contracts/batches.js';

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
export function layoutOf(batch: TokenTensors, where: Where): Layout {
  if (batch.packed === undefined) return stacked(batch.ids, ops.reshape(batch[where], [batch[where].size]));
  const { read, [where]: layout } = batch.packed;
  // A row more for the last token of each completion.
  const rows = read.size + (where === 'last' ? layout.last.size : 0);
  return packed(layout, batch.ids.shape[1]!, rows, where);
}

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

/** Tokens without padding, each prompt once where it is shared. */
function packed({ last, ...layout }: TensorsIn<PackedLayout>, time: number, M: number, where: Where): Layout {
  const N = layout.ids.size;
  const blocks = (of: TensorsIn<PackedLayout>['prompts'] | undefined): AttentionBlock[] =>
    (of ?? []).map(({ queries, queryAt, keys = queries, keyAt = queryAt }) => ({
      queries,
      queryAt,
      keys,
      keyAt,
    }));
  const rows: PackedRows = {
    ...layout,
    prompts: blocks(layout.prompts),
    completions: blocks(layout.completions),
    promptRows: N - M,
  };
  const attend = (only: boolean): Layout['attend'] => {
    return (qkv, heads, options) => packedAttention(qkv, rows, heads, only, options);
  };
  const ofCompletions = ops.sub(last, ops.int(N - M));
  /** Of rows of completions those that are read. */
  const read = (x: Tensor): Tensor => (where === 'last' ? ops.gather(x, ofCompletions) : x);
  return {
    ids: layout.ids,
    positions: layout.positions,
    time,
    attend: attend(false),
    attendWhereRead: (qkv, heads, options) => read(attend(true)(qkv, heads, options)),
    read: (x) => read(ops.slice(x, [N - M, 0], [M, x.shape[1]!])),
  };
}
