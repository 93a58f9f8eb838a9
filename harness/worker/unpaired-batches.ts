import type { UnpairedBatch } from '../contracts/batches.js';
import { vector } from '../engine/tensor.js';
import { type BatchShape, packBatch } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { referenceLogps } from './reference-logps.js';
import type { TokenJudgements } from './unpaired.js';

/** Packs judged completions. log pi_ref of every one is computed once for the run. */
export class UnpairedBatches {
  private refLogps: Promise<Float32Array> | undefined;

  /** @param reference null for a plugin that does not need it: its batches have 0 for log pi_ref */
  constructor(
    private readonly judged: TokenJudgements,
    private readonly shape: BatchShape,
    private readonly reference: NetworkModule | null,
  ) {}

  get count(): number {
    return this.judged.rows.length;
  }

  async batch(indices: readonly number[], index: number, epoch: number): Promise<UnpairedBatch> {
    const { rows, labels } = this.judged;
    const refLogps = new Float32Array(indices.length);
    if (this.reference !== null) {
      const known = await (this.refLogps ??= referenceLogps(this.reference, rows, this.shape));
      indices.forEach((i, b) => {
        refLogps[b] = known[i]!;
      });
    }
    return {
      index,
      epoch,
      size: indices.length,
      tokens: packBatch(
        indices.map((i) => rows[i]!),
        this.shape,
      ),
      labels: vector(Float32Array.from(indices, (i) => labels[i]!)),
      refLogps: vector(refLogps),
    };
  }
}
