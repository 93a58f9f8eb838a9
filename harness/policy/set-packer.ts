import type { TokenBatch } from '../contracts/batches.js';
import { type BatchShape, packBatch, type TokenRow } from './batch.js';
import { packedRows } from './packing.js';
import type { PackingOptions } from './placed.js';
import { type PackedSizes, typicalSizes } from './typical-sizes.js';

/** Packs batches out of a set of rows, most of them to one shape, or to one of a few where they are large. */
export class SetPacker {
  /** By prompts of a batch. */
  private readonly sizes = new Map<number, readonly PackedSizes[]>();

  /**
   * @param count prompts in the set
   * @param rowsOf the rows of one of them
   */
  constructor(
    private readonly count: number,
    private readonly rowsOf: (i: number) => readonly TokenRow[],
    private readonly shape: BatchShape,
    private readonly options: PackingOptions,
  ) {}

  /** The rows of some prompts: the first of each, then the second of each. */
  batch(indices: readonly number[]): TokenBatch {
    const B = indices.length;
    const sizes = this.sizes.get(B) ?? typicalSizes(this.count, this.rowsOf, B, this.options);
    this.sizes.set(B, sizes);
    const of = indices.map((i) => this.rowsOf(i));
    const rows = of[0]!.flatMap((_, r) => of.map((each) => each[r]!));
    return packedRows([packBatch(rows, this.shape)], [rows], this.options, sizes)[0]!;
  }
}
