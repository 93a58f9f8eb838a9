import type { Engine, Program } from '../engine/engine.js';
import { TiltyardError } from '../errors.js';
import { type Work, workOf } from '../metrics/meter.js';
import type { Architecture } from './architecture.js';
import { type BatchShape, packBatch } from './batch.js';
import { stacked } from './layout.js';
import { distribution, inverse } from './distribution.js';
import { type Body, variablesOf, weightsIn } from './lora/adapter.js';
import type { Asked, NextTokens, Runner } from './runner.js';

/** Completions of one token need no cache: the distribution after the prompt is all. */
export class SingleStep implements Runner {
  readonly slots = Number.POSITIVE_INFINITY;
  readonly draws = false;
  private readonly program: Program;

  constructor(
    engine: Engine,
    architecture: Architecture,
    body: Body,
    readonly places: number,
    private readonly shape: BatchShape,
    private readonly count: (work: Required<Work>) => void,
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
      variables: variablesOf(body),
      body(scope, feeds) {
        const weights = weightsIn(scope, body);
        const hidden = architecture.hidden(weights, stacked(feeds['ids']!, feeds['last']!));
        return { outputs: { p: distribution(architecture.logits(weights, hidden), feeds) } };
      },
    });
  }

  async start(
    prompts: readonly (readonly number[])[],
    _: unknown,
    { temperature }: Asked,
  ): Promise<NextTokens> {
    const rows = Array.from({ length: this.places }, (_, b) => ({
      prompt: prompts[b] ?? prompts[0]!,
      completion: [],
    }));
    const { ids, last } = packBatch(rows, this.shape);
    const { p } = await this.program.run({ ids, last, ...inverse(temperature) });
    this.count(workOf(this.program.lastFlops, prompts.length / this.places));
    return { p: p!.data as Float32Array };
  }

  next(): never {
    throw new Error('generate: a completion of one token has no second');
  }

  halved(): never {
    throw new Error('generate: no row goes on after a completion of one token');
  }
}
