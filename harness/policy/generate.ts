import type { GenerateOptions, Samples, TokenPrompt } from '../contracts/batches.js';
import type { Engine, Variables } from '../engine/engine.js';
import { TiltyardError } from '../errors.js';
import type { Meter } from '../metrics/meter.js';
import type { Architecture } from './architecture.js';
import { type BatchShape, packBatch } from './batch.js';
import { CachedDecoding } from './cached-decoding.js';
import type { Runner } from './runner.js';
import { type SamplingOptions, sampleToken } from './sampling.js';
import { SingleStep } from './single-step.js';

const MAX_ROWS = 128;

/** What generation needs to know beyond the network. */
export interface GenerateShape extends BatchShape {
  /** Null where completions have no end token. */
  readonly eosId: number | null;
  /** Every token that ends a completion; default: `eosId` alone. */
  readonly endIds?: readonly number[];
}

/**
 * Samples completions in batches. Row i draws from `rng.split('row', i)`: a row's sample does not depend on
 * what it is batched with.
 */
export class Generator {
  private readonly runners = new Map<number, Runner>();

  constructor(
    private readonly engine: Engine,
    private readonly architecture: Architecture,
    private readonly body: Variables,
    private readonly shape: GenerateShape,
    private readonly meter: Meter,
  ) {}

  async generate(prompts: readonly TokenPrompt[], options: GenerateOptions): Promise<Samples> {
    const sampling = checked(options);
    const { vocabSize } = this.architecture;
    const { completion: width, eosId, padId } = this.shape;
    const ends = eosId === null ? [] : (this.shape.endIds ?? [eosId]);
    const maxTokens = Math.min(options.maxTokens ?? width, width);
    const completions: number[][] = [];
    const finished: boolean[] = [];
    const logps = new Float32Array(prompts.length * width);
    await this.meter.time('rollout', async () => {
      let flops = 0;
      for (let start = 0; start < prompts.length; start += MAX_ROWS) {
        const chunk = prompts.slice(start, start + MAX_ROWS);
        const rngs = chunk.map((_, i) => options.rng.split('row', start + i));
        const runner = this.runner(bucket(chunk.length));
        const drawn: number[][] = chunk.map(() => []);
        const done = chunk.map(() => false);
        let logits = await runner.begin(chunk.map((prompt) => prompt.ids));
        for (let t = 0; t < maxTokens; t++) {
          chunk.forEach((_, i) => {
            if (done[i]) return;
            const { token, logp } = sampleToken(logits, i * vocabSize, vocabSize, sampling, rngs[i]!);
            drawn[i]!.push(token);
            logps[(start + i) * width + t] = logp;
            done[i] = ends.includes(token);
          });
          if (t + 1 === maxTokens || done.every(Boolean)) break;
          logits = await runner.next(drawn.map((tokens) => tokens[t] ?? padId));
        }
        flops += runner.takeFlops();
        completions.push(...drawn);
        finished.push(...done.map((ended) => ended || eosId === null));
      }
      return { result: undefined, flops };
    });
    this.meter.generated(completions.reduce((sum, tokens) => sum + tokens.length, 0));
    const rows = prompts.map((prompt, i) => ({ prompt: prompt.ids, completion: completions[i]! }));
    return {
      prompts,
      completions,
      finished,
      batch: packBatch(rows, this.shape),
      logps: { shape: [prompts.length, width], data: logps },
    };
  }

  private runner(rows: number): Runner {
    const known = this.runners.get(rows);
    if (known !== undefined) return known;
    const { engine, architecture, body, shape } = this;
    const { decoder } = architecture;
    const runner =
      decoder === undefined
        ? new SingleStep(engine, architecture, body, rows, shape)
        : new CachedDecoding(engine, architecture, decoder, body, rows, shape);
    this.runners.set(rows, runner);
    return runner;
  }
}

/** @throws TiltyardError for options that name no distribution */
function checked(options: GenerateOptions): SamplingOptions {
  const { temperature = 1, topK = 0, topP = 1, greedy = false } = options;
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new TiltyardError(
      'temperature',
      `generate: temperature must be > 0, got ${temperature}; use greedy for the limit 0`,
    );
  }
  if (!(topP > 0 && topP <= 1)) {
    throw new TiltyardError('top-p', `generate: topP must be in (0, 1], got ${topP}`);
  }
  if (!Number.isInteger(topK) || topK < 0) {
    throw new TiltyardError('top-k', `generate: topK must be a whole number >= 0, got ${topK}`);
  }
  return { temperature, topK, topP, greedy };
}

/** Few distinct batch sizes, so few graphs. */
const bucket = (n: number): number => Math.min(MAX_ROWS, Math.max(8, 2 ** Math.ceil(Math.log2(n))));
