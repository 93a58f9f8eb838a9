import { TiltyardError } from '../errors.js';
import type { HostTensor } from '../engine/tensor.js';
import type { TokenBatch } from '../contracts/batches.js';

/** A prompt and a completion as token ids. */
export interface TokenRow {
  readonly prompt: readonly number[];
  readonly completion: readonly number[];
  /** Tokens of the completion up to the one at which it is scored; default: all. */
  readonly scored?: number;
}

/** The size that every batch of a dataset has but for its number of rows. */
export interface BatchShape {
  /** Tokens a row, prompt and completion. */
  readonly time: number;
  /** Completion tokens a row at most. */
  readonly completion: number;
  readonly padId: number;
}

/**
 * Packs rows into one right-padded batch, see `TokenBatch`. Padded positions point at the row's first token.
 */
export function packBatch(
  rows: readonly TokenRow[],
  { time: T, completion: C, padId }: BatchShape,
): TokenBatch {
  const B = rows.length;
  const ids = new Int32Array(B * T).fill(padId);
  const positions = new Int32Array(B * C);
  const targets = new Int32Array(B * C);
  const mask = new Float32Array(B * C);
  const last = new Int32Array(B);
  rows.forEach(({ prompt, completion, scored = completion.length }, b) => {
    const total = prompt.length + completion.length;
    if (prompt.length === 0 || total > T || completion.length > C) {
      const row = `a row of ${prompt.length} prompt and ${completion.length} completion tokens`;
      throw new TiltyardError(
        'row-too-long',
        `batch: ${row} does not fit (prompt >= 1, completion <= ${C}, both <= ${T})`,
      );
    }
    ids.set(prompt, b * T);
    ids.set(completion, b * T + prompt.length);
    last[b] = b * T + prompt.length + scored - 1;
    for (let c = 0; c < C; c++) {
      const real = c < completion.length;
      positions[b * C + c] = b * T + (real ? prompt.length + c - 1 : 0);
      targets[b * C + c] = real ? completion[c]! : 0;
      mask[b * C + c] = real ? 1 : 0;
    }
  });
  return {
    ids: { shape: [B, T], data: ids },
    positions: { shape: [B, C], data: positions },
    targets: { shape: [B, C], data: targets },
    mask: { shape: [B, C], data: mask },
    last: { shape: [B], data: last },
  };
}

/**
 * The given rows of a batch, in that order (repeats allowed), with flat indices moved to the new rows.
 */
export function rows(batch: TokenBatch, indices: readonly number[]): TokenBatch {
  return {
    ids: pick(batch.ids, indices),
    positions: moved(batch.positions, indices, batch.ids.shape[1]!),
    targets: pick(batch.targets, indices),
    mask: pick(batch.mask, indices),
    last: moved(batch.last, indices, batch.ids.shape[1]!),
  };
}

/** Rows of flat indices into rows `stride` long, pointing at the same places of the new rows. */
function moved(tensor: HostTensor, indices: readonly number[], stride: number): HostTensor {
  const picked = pick(tensor, indices);
  const width = picked.data.length / indices.length;
  indices.forEach((from, to) => {
    for (let i = 0; i < width; i++) picked.data[to * width + i]! += (to - from) * stride;
  });
  return picked;
}

/**
 * Other pairs of the same prompts and completions: row i of the result is the prompt of row `prompts[i]` with
 * the completion of row `completions[i]`.
 * @throws TiltyardError where a prompt and a completion do not fit into a row together
 */
export function recombined(
  batch: TokenBatch,
  prompts: readonly number[],
  completions: readonly number[],
): TokenBatch {
  const all = rowsIn(batch);
  const T = batch.ids.shape[1]!;
  const C = batch.mask.shape[1]!;
  const endOf = ({ prompt, completion }: TokenRow): number => prompt.length + completion.length;
  const padded = all.findIndex((row) => endOf(row) < T);
  // Where no row is padded, none will be.
  const padId = padded === -1 ? 0 : batch.ids.data[padded * T + endOf(all[padded]!)]!;
  const mixed = prompts.map((p, i) => ({
    prompt: all[p]!.prompt,
    completion: all[completions[i]!]!.completion,
    scored: all[completions[i]!]!.scored,
  }));
  return packBatch(mixed, { time: T, completion: C, padId });
}

/** The rows that a batch was packed from. */
export function rowsIn({ ids, mask, last, positions }: TokenBatch): Required<TokenRow>[] {
  const [B, T] = ids.shape as [number, number];
  const C = mask.shape[1]!;
  return Array.from({ length: B }, (_, b) => {
    let n = 0;
    while (n < C && mask.data[b * C + n] === 1) n++;
    // The first completion token stands after the position that predicts it.
    const start = n === 0 ? last.data[b]! + 1 : positions.data[b * C]! + 1;
    const of = (from: number, to: number): number[] => Array.from(ids.data.subarray(from, to));
    return {
      prompt: of(b * T, start),
      completion: of(start, start + n),
      scored: last.data[b]! + 1 - start,
    };
  });
}

/** The given rows of a host array along its first axis. */
export function pick(tensor: HostTensor, indices: readonly number[]): HostTensor {
  const width = tensor.data.length / tensor.shape[0]!;
  const data =
    tensor.data instanceof Float32Array
      ? new Float32Array(indices.length * width)
      : new Int32Array(indices.length * width);
  indices.forEach((from, to) => data.set(tensor.data.subarray(from * width, (from + 1) * width), to * width));
  return { shape: [indices.length, ...tensor.shape.slice(1)], data };
}

/** Token log-probabilities [B, C], nats, 0 on padding, summed over each completion: [B]. */
export function completionSums({ shape, data }: HostTensor): Float64Array {
  const [B, C] = shape as [number, number];
  const out = new Float64Array(B);
  for (let b = 0; b < B; b++) {
    let total = 0;
    for (let c = 0; c < C; c++) total += data[b * C + c]!;
    out[b] = total;
  }
  return out;
}
