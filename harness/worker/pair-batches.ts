import { vector } from '../engine/tensor.js';
import type { PairBatch } from '../contracts/batches.js';
import type { BatchShape } from '../policy/batch.js';
import type { PackingOptions } from '../policy/placed.js';
import { SetPacker } from '../policy/set-packer.js';
import type { TokenPairs } from './data.js';
import type { ReferenceLogps } from './reference-logps.js';
import type { RunLogps } from './run-logps.js';
import { promptKey } from './text-rows.js';

/**
 * Packs preference pairs. log pi_ref of every pair is computed once for the run: training needs no reference
 * pass.
 */
export class PairBatches {
  private known: Promise<ReferenceLogps> | undefined;
  private readonly packer: SetPacker;

  /** @param refLogps null for a plugin that needs no reference: its batches have 0 for log pi_ref */
  constructor(
    private readonly pairs: TokenPairs,
    shape: BatchShape,
    packing: PackingOptions,
    private readonly refLogps: RunLogps | null,
  ) {
    const { chosen, rejected } = pairs;
    this.packer = new SetPacker(chosen.length, (i) => [chosen[i]!, rejected[i]!], shape, packing);
  }

  get count(): number {
    return this.pairs.chosen.length;
  }

  /** Whether batches say how likely their labels are. */
  get softLabels(): boolean {
    return this.pairs.chances !== undefined;
  }

  /** A row's prompt, equal for rows that share it. */
  promptOf(row: number): string {
    return promptKey(this.pairs.chosen[row]!.prompt);
  }

  async batch(indices: readonly number[], index: number, epoch: number): Promise<PairBatch> {
    const { margins, chances } = this.pairs;
    const B = indices.length;
    const refLogps = new Float32Array(2 * B);
    if (this.refLogps !== null) {
      const known = await (this.known ??= this.refLogps.ofPairs(this.pairs));
      indices.forEach((i, b) => {
        refLogps[b] = known.chosen[i]!;
        refLogps[B + b] = known.rejected[i]!;
      });
    }
    return {
      index,
      epoch,
      size: B,
      tokens: this.packer.batch(indices),
      refLogps: vector(refLogps),
      margins: vector(Float32Array.from(indices, (i) => margins[i]!)),
      ...(chances === undefined ? {} : { chances: vector(Float32Array.from(indices, (i) => chances[i]!)) }),
    };
  }
}
