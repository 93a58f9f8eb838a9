import { TiltyardError } from '../errors.js';
import type { HostTensor } from '../engine/tensor.js';
import type { SharedPrompts, TokenBatch } from '../contracts/batches.js';

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
 * Rows that are completions of the same G prompts in turn (row r * G + g continues prompt g) as one batch,
 * with each prompt once beside it. Where prompts have one token there is nothing to share.
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
  rows.forEach(({ prompt, completion, scored = completion.length }, n) => {
    const g = n % groups;
    const before = prompt.length - 1;
    if (n < groups) {
      if (before > P)
        throw new TiltyardError(
          'row-too-long',
          `batch: a prompt of ${prompt.length} tokens does not fit the limit of ${P + 1}`,
        );
      prompts.set(prompt.slice(0, before), g * P);
      promptMask.fill(0, g * P, g * P + before);
    } else if (
      prompt !== rows[g]!.prompt &&
      (prompt.length !== rows[g]!.prompt.length || prompt.some((id, i) => id !== rows[g]!.prompt[i]))
    ) {
      throw new Error(`batch: row ${n} does not continue the prompt of row ${g}`);
    }
    completions[n * (C + 1)] = prompt[before]!;
    completions.set(completion, n * (C + 1) + 1);
    offsets[n] = before;
    last[n] = n * (C + 1) + scored;
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

/**
 * The given rows of a batch, in that order (repeats allowed), with flat indices moved to the new rows.
 * `shared` is kept where the rows still are several completions of the same prompts in turn, as whole groups
 * are, and dropped otherwise.
 */
export function rows(batch: TokenBatch, indices: readonly number[]): TokenBatch {
  const shared = batch.shared === undefined ? null : sharedRows(batch.shared, indices);
  return {
    ids: pick(batch.ids, indices),
    positions: moved(batch.positions, indices, batch.ids.shape[1]!),
    targets: pick(batch.targets, indices),
    mask: pick(batch.mask, indices),
    last: moved(batch.last, indices, batch.ids.shape[1]!),
    ...(shared === null ? {} : { shared }),
  };
}

/** Null where the rows are not at least two completions each of the prompts of the first of them, in turn. */
function sharedRows(shared: SharedPrompts, indices: readonly number[]): SharedPrompts | null {
  const groups = shared.prompts.shape[0]!;
  const promptOf = indices.map((row) => row % groups);
  const n = new Set(promptOf).size;
  if (n === indices.length || indices.length % n !== 0 || promptOf.some((g, i) => g !== promptOf[i % n]))
    return null;
  const kept = promptOf.slice(0, n);
  return {
    prompts: pick(shared.prompts, kept),
    promptMask: pick(shared.promptMask, kept),
    completions: pick(shared.completions, indices),
    offsets: pick(shared.offsets, indices),
    last: moved(shared.last, indices, shared.completions.shape[1]!),
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
  const [B, T] = batch.ids.shape as [number, number];
  const C = batch.mask.shape[1]!;
  const all = Array.from({ length: B }, (_, b) => {
    let n = 0;
    while (n < C && batch.mask.data[b * C + n] === 1) n++;
    // The first completion token stands after the position that predicts it.
    const start = n === 0 ? batch.last.data[b]! + 1 : batch.positions.data[b * C]! + 1;
    const ids = (from: number, to: number): number[] => Array.from(batch.ids.data.subarray(from, to));
    return {
      prompt: ids(b * T, start),
      completion: ids(start, start + n),
      scored: batch.last.data[b]! + 1 - start,
      end: start + n - b * T,
    };
  });
  const padded = all.findIndex(({ end }) => end < T);
  // Where no row is padded, none will be.
  const padId = padded === -1 ? 0 : batch.ids.data[padded * T + all[padded]!.end]!;
  const mixed = prompts.map((p, i) => ({
    prompt: all[p]!.prompt,
    completion: all[completions[i]!]!.completion,
    scored: all[completions[i]!]!.scored,
  }));
  return packBatch(mixed, { time: T, completion: C, padId });
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
