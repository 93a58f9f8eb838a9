import { TiltyardError } from '../errors.js';
import type { Rng } from '../rng.js';
import type { RunState } from './state.js';

/** Batches of one kind, and how many there are in a whole schedule. */
export type Batches<B> = AsyncIterable<B> & { readonly totalSteps: number };

export interface BatchOptions<B> {
  /** What the rows are, for names and messages: pairs, prompts. */
  readonly label: string;
  /** How many rows there are. */
  readonly rows: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Batches at most. */
  readonly limit: number;
  /**
   * @param indices rows of the batch
   * @param index its position in the run
   */
  make(indices: readonly number[], index: number, epoch: number): Promise<B>;
}

/** The data iterators of a run: a fresh seeded order each epoch, from where an earlier process stopped. */
export class BatchIterators {
  /** Batches of the first iterator made: the optimiser steps of this run. */
  totalSteps: number | null = null;
  private ended = false;
  private readonly live: { ended: boolean }[] = [];

  /**
   * @param inOrder rows in the order they were given, in place of a fresh order each epoch
   * @param share of its batches after which an iterator ends, in (0, 1]
   */
  constructor(
    private readonly plugin: string,
    private readonly state: RunState,
    private readonly rng: Rng,
    private readonly inOrder: boolean,
    private readonly share: number,
  ) {}

  /**
   * Full batches only.
   * @throws TiltyardError where there are fewer rows than one batch has
   */
  iterator<B>({ label, rows, batchSize, epochs, limit, make }: BatchOptions<B>): Batches<B> {
    const perEpoch = Math.floor(rows / batchSize);
    if (perEpoch === 0) {
      const problem = `batchSize ${batchSize} is more than the ${rows} ${label} there are`;
      const message = `${this.plugin}: ${problem}; lower batchSize or use more data`;
      throw new TiltyardError('batch-too-large', message);
    }
    const totalSteps = Math.min(limit, perEpoch * epochs);
    const name = `${label}${this.live.length}`;
    const { state } = this;
    const position = state.position(name);
    const own = { ended: this.ended && state.hadIterator(name) };
    this.live.push(own);
    const steps = shortened(totalSteps, this.share);
    this.totalSteps ??= steps;
    const orderOf = (epoch: number): readonly number[] => this.order(label, epoch, rows);
    return {
      totalSteps,
      async *[Symbol.asyncIterator]() {
        let order: readonly number[] = [];
        let ordered = -1; // the epoch of `order`
        for (let index = position.next; index < steps && !own.ended; index++) {
          const epoch = Math.floor(index / perEpoch);
          if (epoch !== ordered) [order, ordered] = [orderOf(epoch), epoch];
          const start = (index % perEpoch) * batchSize;
          const batch = await make(order.slice(start, start + batchSize), index, epoch);
          await state.restored();
          position.next = index + 1;
          state.nextBatch(name, true);
          yield batch;
        }
        state.nextBatch(name, false);
      },
    };
  }

  /**
   * The budget is spent: every iterator made so far stops before its next batch, and so does one that a
   * plugin makes again after a resume. Those of a plugin's closing work still run.
   */
  end(): void {
    this.ended = true;
    for (const iterator of this.live) iterator.ended = true;
  }

  private order(label: string, epoch: number, rows: number): readonly number[] {
    return this.inOrder ? upTo(rows) : epochOrder(this.rng, label, epoch, rows);
  }
}

const upTo = (rows: number): number[] => Array.from({ length: rows }, (_, i) => i);

/** Places of the rows, in the order in which an epoch takes them. @param rng of the run */
export const epochOrder = (rng: Rng, label: string, epoch: number, rows: number): readonly number[] =>
  rng.split(label, 'epoch', epoch).shuffle(upTo(rows));

/** Steps of a run that goes through a share of its schedule: at least one where that has any. */
export const shortened = (steps: number, share: number): number =>
  Math.min(steps, Math.max(1, Math.ceil(steps * share)));
