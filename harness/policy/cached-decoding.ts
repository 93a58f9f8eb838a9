import type { Engine, Program, Variables } from '../engine/engine.js';
import * as ops from '../engine/ops.js';
import { type HostTensor, sizeOf } from '../engine/tensor.js';
import type { Architecture, Decoder } from './architecture.js';
import type { BatchShape } from './batch.js';
import type { Runner } from './runner.js';

/**
 * Decodes against a cache of keys and values on the engine. Rows of different prompt lengths sit side by
 * side: each row has its own next slot, so there is no left padding and no position shift.
 */
export class CachedDecoding implements Runner {
  private readonly prefill: Program;
  private readonly step: Program;
  /** Of each row's next token. */
  private readonly positions: Int32Array;
  /** [rows, time]: 0 where a row has a token, -1e9 elsewhere. */
  private readonly mask: Float32Array;
  private flops = 0;

  constructor(
    engine: Engine,
    architecture: Architecture,
    private readonly decoder: Decoder,
    body: Variables,
    private readonly rows: number,
    private readonly shape: BatchShape,
  ) {
    const { time } = shape;
    const dims = decoder.cacheShape(rows, time);
    const names = Array.from({ length: decoder.layers }, (_, i) => [`k${i}`, `v${i}`] as const);
    const empty = (): HostTensor => ({ shape: dims, data: new Float32Array(sizeOf(dims)) });
    const cache = engine.variables(new Map(names.flat().map((name) => [name, empty()])));
    const assign = (keys: readonly ops.Tensor[], values: readonly ops.Tensor[]) => ({
      cache: Object.fromEntries(
        names.flatMap(([k, v], i) => [
          [k, keys[i]!],
          [v, values[i]!],
        ]),
      ),
    });
    this.prefill = engine.program({
      label: 'prefill',
      variables: { body, cache },
      body(scope, feeds) {
        const weights = scope.tensors('body');
        const { hidden, keys, values } = decoder.prefill(weights, feeds['ids']!);
        const logits = architecture.logits(weights, ops.gather(hidden, feeds['last']!));
        const padded = (x: ops.Tensor): ops.Tensor => ops.padMiddle(x, time);
        return { outputs: { logits }, assign: assign(keys.map(padded), values.map(padded)) };
      },
    });
    this.step = engine.program({
      label: 'decode',
      variables: { body, cache },
      body(scope, feeds) {
        const weights = scope.tensors('body');
        const cached = scope.tensors('cache');
        const { hidden, keys, values } = decoder.step(
          weights,
          { keys: names.map(([k]) => cached[k]!), values: names.map(([, v]) => cached[v]!) },
          {
            ids: feeds['ids']!,
            positions: feeds['positions']!,
            slots: feeds['slots']!,
            mask: feeds['mask']!,
          },
        );
        return {
          outputs: { logits: architecture.logits(weights, hidden) },
          assign: assign(keys, values),
        };
      },
    });
    this.positions = new Int32Array(rows);
    this.mask = new Float32Array(rows * time);
  }

  async begin(prompts: readonly (readonly number[])[]): Promise<Float32Array> {
    const { rows } = this;
    const { time, completion, padId } = this.shape;
    const P = time - completion;
    const ids = new Int32Array(rows * P).fill(padId);
    const last = new Int32Array(rows);
    this.mask.fill(-1e9);
    for (let b = 0; b < rows; b++) {
      const prompt = prompts[b] ?? prompts[0]!;
      ids.set(prompt, b * P);
      last[b] = b * P + prompt.length - 1;
      this.positions[b] = prompt.length;
      this.mask.fill(0, b * time, b * time + prompt.length);
    }
    return this.run(this.prefill, {
      ids: { shape: [rows, P], data: ids },
      last: { shape: [rows], data: last },
    });
  }

  async next(tokens: readonly number[]): Promise<Float32Array> {
    const { rows } = this;
    const { time, padId } = this.shape;
    const H = this.decoder.heads;
    const ids = new Int32Array(rows);
    const slots = new Int32Array(rows * H);
    for (let b = 0; b < rows; b++) {
      ids[b] = tokens[b] ?? padId;
      const slot = this.positions[b]!;
      slots.fill(slot, b * H, (b + 1) * H);
      this.mask[b * time + slot] = 0;
    }
    const logits = await this.run(this.step, {
      ids: { shape: [rows], data: ids },
      positions: { shape: [rows], data: this.positions },
      slots: { shape: [rows * H], data: slots },
      mask: { shape: [rows, time], data: this.mask },
    });
    for (let b = 0; b < rows; b++) this.positions[b]! += 1;
    return logits;
  }

  takeFlops(): number {
    const { flops } = this;
    this.flops = 0;
    return flops;
  }

  private async run(program: Program, feeds: Record<string, HostTensor>): Promise<Float32Array> {
    const { logits } = await program.run(feeds);
    this.flops += program.lastFlops;
    return logits!.data as Float32Array;
  }
}
