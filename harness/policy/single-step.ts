import type { Engine, Program, Variables } from '../engine/engine.js';
import { TiltyardError } from '../errors.js';
import type { Architecture } from './architecture.js';
import { type BatchShape, packBatch } from './batch.js';
import { stacked } from './layout.js';
import type { Runner } from './runner.js';

/** Completions of one token need no cache: the logits after the prompt are all. */
export class SingleStep implements Runner {
  private readonly program: Program;
  private flops = 0;

  constructor(
    engine: Engine,
    architecture: Architecture,
    body: Variables,
    private readonly rows: number,
    private readonly shape: BatchShape,
  ) {
    if (shape.completion !== 1) {
      const wanted = `the dataset asks for ${shape.completion}; use a transformer policy`;
      throw new TiltyardError(
        'single-step',
        `generate: a ${architecture.kind} policy completes with one token, ${wanted}`,
      );
    }
    this.program = engine.program({
      label: 'single-step',
      variables: { body },
      body(scope, feeds) {
        const weights = scope.tensors('body');
        const hidden = architecture.hidden(weights, stacked(feeds['ids']!, feeds['last']!));
        return { outputs: { logits: architecture.logits(weights, hidden) } };
      },
    });
  }

  async begin(prompts: readonly (readonly number[])[]): Promise<Float32Array> {
    const rows = Array.from({ length: this.rows }, (_, b) => ({
      prompt: prompts[b] ?? prompts[0]!,
      completion: [],
    }));
    const { ids, last } = packBatch(rows, this.shape);
    const { logits } = await this.program.run({ ids, last });
    this.flops += this.program.lastFlops;
    return logits!.data as Float32Array;
  }

  async next(): Promise<Float32Array> {
    throw new TiltyardError('single-step', 'generate: a one-token policy was asked for a second token');
  }

  takeFlops(): number {
    const { flops } = this;
    this.flops = 0;
    return flops;
  }
}
