import { entropyOf, logProbOf, takeRows } from '../engine/nn/index.js';
import * as ops from '../engine/ops.js';
import type { Tensor } from '../engine/ops.js';
import type { Net } from '../contracts/nets.js';
import type { TokenTensors } from '../contracts/batches.js';
import type { Architecture, Weights } from './architecture.js';
import { layoutOf, type Where } from './layout.js';

/**
 * Binds an architecture to weights inside one traced program. Hidden states are computed once per batch and
 * body.
 */
export class BoundNet implements Net {
  constructor(
    private readonly architecture: Architecture,
    private readonly body: Weights,
    private readonly head: Weights | null,
    /** Hidden states by body and place; nets that share a body share them. */
    private readonly memo: Map<Weights, Map<Tensor, Tensor>> = new Map(),
  ) {}

  /** Logits before each of the M completion tokens that are computed: [M, V], divided by the temperature. */
  logits(batch: TokenTensors, temperature = 1): Tensor {
    const logits = this.architecture.logits(this.body, this.hidden(batch, 'positions'));
    return temperature === 1 ? logits : ops.mul(logits, 1 / temperature);
  }

  /** Logits after the last token of each row: [B, V]. */
  nextLogits(batch: TokenTensors): Tensor {
    return this.architecture.logits(this.body, this.hidden(batch, 'last'));
  }

  tokenLogps(batch: TokenTensors, options: { temperature?: number } = {}): Tensor {
    return inRows(logProbOf(this.logits(batch, options.temperature), targetsOf(batch)), batch);
  }

  entropies(batch: TokenTensors, options: { temperature?: number } = {}): Tensor {
    return inRows(entropyOf(this.logits(batch, options.temperature)), batch);
  }

  scores(batch: TokenTensors): Tensor {
    return this.architecture.scores(this.scalarHead(), this.hidden(batch, 'last'), batch);
  }

  values(batch: TokenTensors): Tensor {
    return inRows(this.architecture.values(this.scalarHead(), this.hidden(batch, 'positions'), batch), batch);
  }

  /** [M, D] before each completion token that is computed, or [B, D] at the last token of each row. */
  private hidden(batch: TokenTensors, where: Where): Tensor {
    const ofBody = this.memo.get(this.body) ?? new Map<Tensor, Tensor>();
    this.memo.set(this.body, ofBody);
    const known = ofBody.get(batch[where]);
    if (known !== undefined) return known;
    const hidden = this.architecture.hidden(this.body, layoutOf(batch, where));
    ofBody.set(batch[where], hidden);
    return hidden;
  }

  private scalarHead(): Weights {
    if (this.head === null) throw new Error('this network has no scalar head');
    return this.head;
  }
}

/** The M completion tokens that are computed: all places of the batch, or the real ones. */
function targetsOf({ targets, packed }: TokenTensors): Tensor {
  const all = ops.reshape(targets, [targets.size]);
  if (packed === undefined) return all;
  // A place behind all others, see packing.ts.
  const behind = packed.unread.size - targets.size;
  return ops.gather(behind === 0 ? all : ops.concat([all, ops.slice(all, [0], [behind])]), packed.read);
}

/** One number for each of those tokens, [M], at its place: [B, C], 0 on padding. */
export function inRows(x: Tensor, { mask, packed }: TokenTensors): Tensor {
  const all = packed === undefined ? x : takeRows(x, packed.unread, packed.read);
  const own = all.size === mask.size ? all : ops.slice(all, [0], [mask.size]);
  return ops.mul(ops.reshape(own, mask.shape), mask);
}
