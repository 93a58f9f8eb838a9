import { TiltyardError } from '../errors.js';
import type { HostTensor, TokenBatch } from '../contracts/plugin.js';

export interface TokenRow {
  readonly prompt: readonly number[];
  readonly completion: readonly number[];
}

export interface BatchShape {
  /** Tokens a row, prompt and completion. */
  readonly time: number;
  /** Completion tokens a row at most. */
  readonly completion: number;
  readonly padId: number;
}

/** Packs rows into one right-padded batch, see `TokenBatch`. Padded positions point at the row's first token. */
export function packBatch(rows: readonly TokenRow[], { time: T, completion: C, padId }: BatchShape): TokenBatch {
  const B = rows.length;
  const ids = new Int32Array(B * T).fill(padId);
  const positions = new Int32Array(B * C);
  const targets = new Int32Array(B * C);
  const mask = new Float32Array(B * C);
  const last = new Int32Array(B);
  rows.forEach(({ prompt, completion }, b) => {
    const total = prompt.length + completion.length;
    if (prompt.length === 0 || total > T || completion.length > C) {
      throw new TiltyardError('row-too-long', `batch: a row of ${prompt.length} prompt and ${completion.length} completion tokens does not fit (prompt >= 1, completion <= ${C}, both <= ${T})`);
    }
    ids.set(prompt, b * T);
    ids.set(completion, b * T + prompt.length);
    last[b] = b * T + total - 1;
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
 * Rows that are completions of the same G prompts in turn (row r * G + g continues prompt g) as one batch, with each
 * prompt once beside it. Where prompts have one token there is nothing to share.
 */
export function packShared(rows: readonly TokenRow[], groups: number, shape: BatchShape): TokenBatch {
  const batch = packBatch(rows, shape);
  const P = shape.time - shape.completion - 1;
  if (P < 1) return batch;
  const N = rows.length;
  const C = shape.completion;
  const prompts = new Int32Array(groups * P).fill(shape.padId);
  const promptMask = new Float32Array(groups * P).fill(-1e9);
  const completions = new Int32Array(N * (C + 1)).fill(shape.padId);
  const offsets = new Int32Array(N);
  const last = new Int32Array(N);
  rows.forEach(({ prompt, completion }, n) => {
    const g = n % groups;
    const before = prompt.length - 1;
    if (n < groups) {
      if (before > P) throw new TiltyardError('row-too-long', `batch: a prompt of ${prompt.length} tokens does not fit the limit of ${P + 1}`);
      prompts.set(prompt.slice(0, before), g * P);
      promptMask.fill(0, g * P, g * P + before);
    } else if (prompt !== rows[g]!.prompt && (prompt.length !== rows[g]!.prompt.length || prompt.some((id, i) => id !== rows[g]!.prompt[i]))) {
      throw new Error(`batch: row ${n} does not continue the prompt of row ${g}`);
    }
    completions[n * (C + 1)] = prompt[before]!;
    completions.set(completion, n * (C + 1) + 1);
    offsets[n] = before;
    last[n] = n * (C + 1) + completion.length;
  });
  return {
    ...batch,
    shared: {
      prompts: { shape: [groups, P], data: prompts },
      promptMask: { shape: [groups, P], data: promptMask },
      completions: { shape: [N, C + 1], data: completions },
      offsets: { shape: [N], data: offsets },
      last: { shape: [N], data: last },
    },
  };
}

/** The given rows of a batch, in that order (repeats allowed), with flat indices moved to the new rows. */
export function rows(batch: TokenBatch, indices: readonly number[]): TokenBatch {
  const T = batch.ids.shape[1]!;
  const shifted = (tensor: HostTensor): HostTensor => {
    const picked = pick(tensor, indices);
    const width = picked.data.length / indices.length;
    indices.forEach((from, to) => {
      for (let i = 0; i < width; i++) picked.data[to * width + i]! += (to - from) * T;
    });
    return picked;
  };
  return {
    ids: pick(batch.ids, indices),
    positions: shifted(batch.positions),
    targets: pick(batch.targets, indices),
    mask: pick(batch.mask, indices),
    last: shifted(batch.last),
  };
}

/** The given rows of a host array along its first axis. */
export function pick(tensor: HostTensor, indices: readonly number[]): HostTensor {
  const width = tensor.data.length / tensor.shape[0]!;
  const data = tensor.data instanceof Float32Array ? new Float32Array(indices.length * width) : new Int32Array(indices.length * width);
  indices.forEach((from, to) => data.set(tensor.data.subarray(from * width, (from + 1) * width), to * width));
  return { shape: [indices.length, ...tensor.shape.slice(1)], data };
}

/** Token log-probabilities [R, C], 0 on padding, summed over each completion: [R]. */
export function completionSums({ shape, data }: HostTensor): Float64Array {
  const [R, C] = shape as [number, number];
  const out = new Float64Array(R);
  for (let r = 0; r < R; r++) {
    let total = 0;
    for (let c = 0; c < C; c++) total += data[r * C + c]!;
    out[r] = total;
  }
  return out;
}
