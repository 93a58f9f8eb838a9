import type { GenerateOptions, Samples, TokenPrompt } from '../contracts/batches.js';
import type { Engine } from '../engine/engine.js';
import { sizeOf } from '../engine/tensor.js';
import { TiltyardError } from '../errors.js';
import type { Meter, Work } from '../metrics/meter.js';
import type { Architecture } from './architecture.js';
import { type BatchShape, packBatch } from './batch.js';
import { CachedDecoding, LEAST_PLACES } from './cached-decoding.js';
import { complete, type Row } from './complete.js';
import type { Body } from './lora/adapter.js';
import { multipleOf, powerOfTwo } from './rounding.js';
import type { NextTokens, Runner } from './runner.js';
import { type SamplingOptions, sampleToken } from './sampling.js';
import { SingleStep } from './single-step.js';

/** Rows side by side at most, and bytes of their keys and values: a card has more room for them. */
const MAX_PLACES = 128;
const maxCache = (device: string): number => (device === 'cuda' ? 2 ** 31 : 2 ** 28);
/** Places are made for rows of a multiple of so many tokens. */
const SLOTS = 32;

/** What generation needs to know beyond the network. */
export interface GenerateShape extends BatchShape {
  /** Null where completions have no end token. */
  readonly eosId: number | null;
  /** Every token that ends a completion; default: `eosId` alone. */
  readonly endIds?: readonly number[];
}

/**
 * Samples completions in batches. Row i draws from `rng.split('row', i)`: a row's sample does not depend on
 * what it is batched with, nor on when.
 */
export class Generator {
  /** By places. */
  private readonly runners = new Map<number, Runner & { readonly slots: number }>();
  private flops = 0;
  private paddingFlops = 0;

  constructor(
    private readonly engine: Engine,
    private readonly architecture: Architecture,
    private readonly body: Body,
    private readonly shape: GenerateShape,
    private readonly meter: Meter,
  ) {}

  async generate(prompts: readonly TokenPrompt[], options: GenerateOptions): Promise<Samples> {
    const sampling = checked(options);
    const { vocabSize } = this.architecture;
    const { completion: width, eosId } = this.shape;
    const ends = new Set(eosId === null ? [] : (this.shape.endIds ?? [eosId]));
    const maxTokens = Math.min(options.maxTokens ?? width, width);
    const rows = byPrompt(prompts).map(
      ({ index, prompt }): Row => ({ index, prompt, rng: options.rng.split('row', index), tokens: [] }),
    );
    const finished = prompts.map(() => eosId === null);
    const logps = new Float32Array(prompts.length * width);
    const draw = ({ index, tokens, rng }: Row, next: NextTokens, at: number): boolean => {
      const { token, logp } =
        next.tokens === undefined
          ? sampleToken(next.p, at * vocabSize, vocabSize, sampling, rng)
          : { token: next.tokens[at]!, logp: Math.log(next.p[at]!) };
      logps[index * width + tokens.length] = logp;
      tokens.push(token);
      if (ends.has(token)) finished[index] = true;
      return tokens.length < maxTokens && !ends.has(token);
    };
    await this.meter.time('rollout', async () => {
      [this.flops, this.paddingFlops] = [0, 0];
      const slots = (rows.at(-1)?.prompt.length ?? 0) + maxTokens; // the longest prompt comes last
      const { temperature } = sampling;
      const wanted = { temperature, chance: this.isDrawnThere(sampling) ? chance : null };
      if (maxTokens > 0) await complete(rows, this.runnerFor(rows.length, slots), wanted, draw);
      return { result: undefined, flops: this.flops, paddingFlops: this.paddingFlops };
    });
    const completions: number[][] = prompts.map(() => []);
    for (const { index, tokens } of rows) completions[index] = tokens;
    this.meter.generated(completions.reduce((sum, tokens) => sum + tokens.length, 0));
    const packed = prompts.map((prompt, i) => ({ prompt: prompt.ids, completion: completions[i]! }));
    return {
      prompts,
      completions,
      finished,
      batch: packBatch(packed, this.shape),
      logps: { shape: [prompts.length, width], data: logps },
    };
  }

  /**
   * From a device that is not the host, probabilities of a whole vocabulary would cross for each token: it
   * draws there, where the whole distribution is drawn from.
   */
  private isDrawnThere({ topK, topP, greedy }: SamplingOptions): boolean {
    return this.engine.device !== 'cpu' && topK === 0 && topP === 1 && !greedy;
  }

  /** A runner for so many rows of so many tokens. */
  private runnerFor(rows: number, tokens: number): Runner {
    const { engine, architecture, body, shape } = this;
    const { decoder } = architecture;
    const perSlot = decoder === undefined ? 0 : 8 * decoder.layers * sizeOf(decoder.cacheShape(1, 1));
    const slots = Math.min(shape.time, multipleOf(SLOTS, tokens));
    let places = powerOfTwo(Math.min(rows, MAX_PLACES), LEAST_PLACES);
    while (places > LEAST_PLACES && places * slots * perSlot > maxCache(engine.device)) places /= 2;
    const known = this.runners.get(places);
    if (known !== undefined && known.slots >= slots) return known;
    const count = ({ flops, paddingFlops }: Required<Work>): void => {
      this.flops += flops;
      this.paddingFlops += paddingFlops;
    };
    const runner =
      decoder === undefined
        ? new SingleStep(engine, architecture, body, places, shape, count)
        : new CachedDecoding({ engine, architecture, decoder, body, shape, count }, places, slots);
    this.runners.set(places, runner);
    return runner;
  }
}

const chance = ({ rng }: Row): number => rng.uniform();

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

/** Rows of the same prompt next to each other, with the same array, and short prompts first. */
function byPrompt(prompts: readonly TokenPrompt[]): { index: number; prompt: readonly number[] }[] {
  const rows = new Map<string, { index: number; prompt: readonly number[] }[]>();
  prompts.forEach(({ ids }, index) => {
    const key = ids.join(',');
    const same = rows.get(key);
    if (same === undefined) rows.set(key, [{ index, prompt: ids }]);
    else same.push({ index, prompt: same[0]!.prompt });
  });
  return [...rows.values()].sort((a, b) => a[0]!.prompt.length - b[0]!.prompt.length).flat();
}
