import type { UnpairedBatch } from '../contracts/batches.js';
import { vector } from '../engine/tensor.js';
import type { BatchShape } from '../policy/batch.js';
import type { PackingOptions } from '../policy/placed.js';
import { SetPacker } from '../policy/set-packer.js';
import type { RunLogps } from './run-logps.js';
import type { TokenJudgements } from './unpaired.js';

/** Packs judged completions. log pi_ref of every one is computed once for the run. */
export class UnpairedBatches {
  private known: Promise<Float64Array> | undefined;
  private readonly packer: SetPacker;

  /** @param refLogps null for a plugin that needs no reference: its batches have 0 for log pi_ref */
  constructor(
    private readonly judged: TokenJudgements,
    shape: BatchShape,
    packing: PackingOptions,
    private readonly refLogps: RunLogps | null,
  ) {
    const { rows } = judged;
    this.packer = new SetPacker(rows.length, (i) => [rows[i]!], shape, packing);
  }

  get count(): number {
    return this.judged.rows.length;
  }

  async batch(indices: readonly number[], index: number, epoch: number): Promise<UnpairedBatch> {
    const { labels } = this.judged;
    const refLogps = new Float32Array(indices.length);
    if (this.refLogps !== null) {
      const known = await (this.known ??= this.refLogps.ofJudged(this.judged));
      indices.forEach((i, b) => {
        refLogps[b] = known[i]!;
      });
    }
    return {
      index,
      epoch,
      size: indices.length,
      tokens: this.packer.batch(indices),
      labels: vector(Float32Array.from(indices, (i) => labels[i]!)),
      refLogps: vector(refLogps),
    };
  }
}
