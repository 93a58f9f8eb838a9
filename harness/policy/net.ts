import { entropyOf, logProbOf } from '../engine/nn/index.js';
import * as ops from '../engine/ops.js';
import type { Tensor } from '../engine/ops.js';
import type { Net, TokenTensors } from '../contracts/plugin.js';
import type { Architecture, Weights } from './architecture.js';
import { layoutOf, type Where } from './layout.js';

/** Binds an architecture to weights inside one traced program. Hidden states are computed once per batch and body. */
export class BoundNet implements Net {
  constructor(
    private readonly architecture: Architecture,
    private readonly body: Weights,
    private readonly head: Weights | null,
    private readonly memo: Map<Weights, Map<Tensor, Tensor>>,
    private readonly normalisation: { readonly mean: number; readonly std: number } | null = null,
  ) {}

  /** Logits at the completion positions: [B*C, V], divided by the temperature. */
  logits(batch: TokenTensors, temperature = 1): Tensor {
    const logits = this.architecture.logits(this.body, this.hidden(batch, 'positions'));
    return temperature === 1 ? logits : ops.mul(logits, 1 / temperature);
  }

  /** Logits after the last token of each row: [B, V]. */
  nextLogits(batch: TokenTensors): Tensor {
    return this.architecture.logits(this.body, this.hidden(batch, 'last'));
  }

  tokenLogps(batch: TokenTensors, options: { temperature?: number } = {}): Tensor {
    const [B, C] = batch.positions.shape as [number, number];
    const logps = logProbOf(this.logits(batch, options.temperature), ops.reshape(batch.targets, [B * C]));
    return ops.mul(ops.reshape(logps, [B, C]), batch.mask);
  }

  entropies(batch: TokenTensors, options: { temperature?: number } = {}): Tensor {
    const [B, C] = batch.positions.shape as [number, number];
    return ops.mul(ops.reshape(entropyOf(this.logits(batch, options.temperature)), [B, C]), batch.mask);
  }

  scores(batch: TokenTensors): Tensor {
    const raw = this.architecture.scores(this.scalarHead(), this.hidden(batch, 'last'), batch);
    if (this.normalisation === null) return raw;
    return ops.mul(ops.sub(raw, this.normalisation.mean), 1 / this.normalisation.std);
  }

  values(batch: TokenTensors): Tensor {
    return ops.mul(this.architecture.values(this.scalarHead(), this.hidden(batch, 'positions'), batch), batch.mask);
  }

  /** [B*C, D] before each completion token, or [B, D] at the last token of each row. */
  private hidden(batch: TokenTensors, where: Where): Tensor {
    let ofBody = this.memo.get(this.body);
    if (ofBody === undefined) this.memo.set(this.body, (ofBody = new Map()));
    const at = batch[where];
    let hidden = ofBody.get(at);
    if (hidden === undefined) ofBody.set(at, (hidden = this.architecture.hidden(this.body, layoutOf(batch, where))));
    return hidden;
  }

  private scalarHead(): Weights {
    if (this.head === null) throw new Error('this network has no scalar head');
    return this.head;
  }
}
