import { TiltyardError } from '../errors.js';
import type { Engine, Program, Variables } from '../engine/engine.js';
import { sizeOf } from '../engine/tensor.js';
import * as ops from '../engine/ops.js';
import type { Meter } from '../metrics/meter.js';
import type { GenerateOptions, HostTensor, Samples, TokenPrompt } from '../contracts/plugin.js';
import type { Architecture, Decoder } from './architecture.js';
import { type BatchShape, packBatch } from './batch.js';
import { stacked } from './layout.js';
import { sampleToken, type SamplingOptions } from './sampling.js';

const MAX_ROWS = 128;

/** What generation needs to know beyond the network. */
export interface GenerateShape extends BatchShape {
  /** Null where completions have no end token. */
  readonly eosId: number | null;
}

/**
 * Samples completions in batches with a cache of keys and values. Rows of different prompt lengths sit side by side:
 * each row has its own next slot, so there is no left padding and no position shift. Row i draws from
 * `rng.split('row', i)`: a row's sample does not depend on what it is batched with.
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
    const sampling = this.checked(options);
    const maxTokens = Math.min(options.maxTokens ?? this.shape.completion, this.shape.completion);
    const completions: number[][] = [];
    const finished: boolean[] = [];
    const logps = new Float32Array(prompts.length * this.shape.completion);
    await this.meter.time('rollout', async () => {
      let flops = 0;
      for (let start = 0; start < prompts.length; start += MAX_ROWS) {
        const chunk = prompts.slice(start, start + MAX_ROWS);
        const rngs = chunk.map((_, i) => options.rng.split('row', start + i));
        const runner = this.runner(bucket(chunk.length));
        const first = await runner.begin(chunk.map((p) => p.ids));
        let logits = first;
        const mine: number[][] = chunk.map(() => []);
        const done = chunk.map(() => false);
        for (let t = 0; t < maxTokens; t++) {
          chunk.forEach((_, i) => {
            if (done[i]) return;
            const { token, logp } = sampleToken(logits, i * this.architecture.vocabSize, this.architecture.vocabSize, sampling, rngs[i]!);
            mine[i]!.push(token);
            logps[(start + i) * this.shape.completion + t] = logp;
            done[i] = token === this.shape.eosId;
          });
          if (t + 1 === maxTokens || done.every(Boolean)) break;
          logits = await runner.next(mine.map((tokens) => tokens[t] ?? this.shape.padId));
        }
        flops += runner.takeFlops();
        completions.push(...mine);
        finished.push(...done.map((d) => d || this.shape.eosId === null));
      }
      return { result: undefined, flops };
    });
    this.meter.generated(completions.reduce((sum, tokens) => sum + tokens.length, 0));
    const batch = packBatch(prompts.map((p, i) => ({ prompt: p.ids, completion: completions[i]! })), this.shape);
    return { prompts, completions, finished, batch, logps: { shape: [prompts.length, this.shape.completion], data: logps } };
  }

  private checked(options: GenerateOptions): SamplingOptions {
    const { temperature = 1, topK = 0, topP = 1, greedy = false } = options;
    if (!(temperature > 0 && Number.isFinite(temperature))) throw new TiltyardError('temperature', `generate: temperature must be > 0, got ${temperature}; use greedy for the limit 0`);
    if (!(topP > 0 && topP <= 1)) throw new TiltyardError('top-p', `generate: topP must be in (0, 1], got ${topP}`);
    if (!Number.isInteger(topK) || topK < 0) throw new TiltyardError('top-k', `generate: topK must be a whole number >= 0, got ${topK}`);
    return { temperature, topK, topP, greedy };
  }

  private runner(rows: number): Runner {
    let runner = this.runners.get(rows);
    if (runner === undefined) {
      const { decoder } = this.architecture;
      runner = decoder === undefined ? new SingleStep(this.engine, this.architecture, this.body, rows, this.shape) : new CachedDecoding(this.engine, this.architecture, decoder, this.body, rows, this.shape);
      this.runners.set(rows, runner);
    }
    return runner;
  }
}

/** Few distinct batch sizes, so few graphs. */
const bucket = (n: number): number => Math.min(MAX_ROWS, Math.max(8, 2 ** Math.ceil(Math.log2(n))));

interface Runner {
  /** Logits [rows, V] for the first completion token. */
  begin(prompts: readonly (readonly number[])[]): Promise<Float32Array>;
  /** Feeds one token per row; logits for the next. */
  next(tokens: readonly number[]): Promise<Float32Array>;
  takeFlops(): number;
}

class CachedDecoding implements Runner {
  private readonly prefill: Program;
  private readonly step: Program;
  private positions: Int32Array;
  private mask: Float32Array;
  private flops = 0;

  constructor(
    engine: Engine,
    architecture: Architecture,
    private readonly decoder: Decoder,
    body: Variables,
    private readonly rows: number,
    private readonly shape: GenerateShape,
  ) {
    const S = shape.time;
    const dims = decoder.cacheShape(rows, S);
    const names = Array.from({ length: decoder.layers }, (_, i) => [`k${i}`, `v${i}`] as const);
    const cache = engine.variables(new Map<string, HostTensor>(names.flat().map((name) => [name, { shape: dims, data: new Float32Array(sizeOf(dims)) }])));
    const assign = (keys: readonly ops.Tensor[], values: readonly ops.Tensor[]) =>
      ({ cache: Object.fromEntries(names.flatMap(([k, v], i) => [[k, keys[i]!], [v, values[i]!]])) });
    this.prefill = engine.program({
      label: 'prefill',
      variables: { body, cache },
      body(scope, feeds) {
        const w = scope.tensors('body');
        const { hidden, keys, values } = decoder.prefill(w, feeds['ids']!);
        const logits = architecture.logits(w, ops.gather(hidden, feeds['last']!));
        return { outputs: { logits }, assign: assign(keys.map((k) => ops.padMiddle(k, S)), values.map((v) => ops.padMiddle(v, S))) };
      },
    });
    this.step = engine.program({
      label: 'decode',
      variables: { body, cache },
      body(scope, feeds) {
        const w = scope.tensors('body');
        const c = scope.tensors('cache');
        const { hidden, keys, values } = decoder.step(
          w,
          { keys: names.map(([k]) => c[k]!), values: names.map(([, v]) => c[v]!) },
          { ids: feeds['ids']!, positions: feeds['positions']!, slots: feeds['slots']!, mask: feeds['mask']! },
        );
        return { outputs: { logits: architecture.logits(w, hidden) }, assign: assign(keys, values) };
      },
    });
    this.positions = new Int32Array(rows);
    this.mask = new Float32Array(rows * S);
  }

  async begin(prompts: readonly (readonly number[])[]): Promise<Float32Array> {
    const P = this.shape.time - this.shape.completion;
    const S = this.shape.time;
    const ids = new Int32Array(this.rows * P).fill(this.shape.padId);
    const last = new Int32Array(this.rows);
    this.mask.fill(-1e9);
    for (let b = 0; b < this.rows; b++) {
      const prompt = prompts[b] ?? prompts[0]!;
      ids.set(prompt, b * P);
      last[b] = b * P + prompt.length - 1;
      this.positions[b] = prompt.length;
      this.mask.fill(0, b * S, b * S + prompt.length);
    }
    return this.run(this.prefill, { ids: { shape: [this.rows, P], data: ids }, last: { shape: [this.rows], data: last } });
  }

  async next(tokens: readonly number[]): Promise<Float32Array> {
    const { rows } = this;
    const S = this.shape.time;
    const H = this.decoder.heads;
    const ids = new Int32Array(rows);
    const slots = new Int32Array(rows * H);
    for (let b = 0; b < rows; b++) {
      ids[b] = tokens[b] ?? this.shape.padId;
      const slot = this.positions[b]!;
      slots.fill(slot, b * H, (b + 1) * H);
      this.mask[b * S + slot] = 0;
    }
    const logits = await this.run(this.step, {
      ids: { shape: [rows], data: ids },
      positions: { shape: [rows], data: this.positions },
      slots: { shape: [rows * H], data: slots },
      mask: { shape: [rows, S], data: this.mask },
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

/** Completions of one token need no cache: the logits after the prompt are all. */
class SingleStep implements Runner {
  private readonly program: Program;
  private flops = 0;

  constructor(
    engine: Engine,
    architecture: Architecture,
    body: Variables,
    private readonly rows: number,
    private readonly shape: GenerateShape,
  ) {
    if (shape.completion !== 1) throw new TiltyardError('single-step', `generate: a ${architecture.kind} policy completes with one token, the dataset asks for ${shape.completion}; use a transformer policy`);
    this.program = engine.program({
      label: 'single-step',
      variables: { body },
      body(scope, feeds) {
        const w = scope.tensors('body');
        return { outputs: { logits: architecture.logits(w, architecture.hidden(w, stacked(feeds['ids']!, feeds['last']!))) } };
      },
    });
  }

  async begin(prompts: readonly (readonly number[])[]): Promise<Float32Array> {
    const batch = packBatch(Array.from({ length: this.rows }, (_, b) => ({ prompt: prompts[b] ?? prompts[0]!, completion: [] })), this.shape);
    const { logits } = await this.program.run({ ids: batch.ids, last: batch.last });
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
