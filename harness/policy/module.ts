import { createHash } from 'node:crypto';
import type { Engine, Program, Scope, Variables } from '../engine/engine.js';
import { klOf } from '../engine/nn/index.js';
import type { Tensor } from '../engine/ops.js';
import { sizeOf } from '../engine/tensor.js';
import { TiltyardError } from '../errors.js';
import { type Meter, workOf } from '../metrics/meter.js';
import type {
  GenerateOptions,
  Samples,
  TokenBatch,
  TokenPrompt,
  TokenTensors,
} from '../contracts/batches.js';
import type { HostTensor } from '../engine/tensor.js';
import type { Module } from '../contracts/nets.js';
import type { Phase } from '../store/records.js';
import { type Architecture, fileName } from './architecture.js';
import { rows as rowsOf, rowsIn } from './batch.js';
import { encodeSafetensors } from './checkpoint/safetensors.js';
import { Generator, type GenerateShape } from './generate.js';
import { flattened, nested } from './feeds.js';
import { type Adapter, variablesOf, weightsIn } from './lora/adapter.js';
import { mergedBody } from './lora/merge.js';
import { BoundNet, inRows } from './net.js';
import { packedAlike, shareOfTokens } from './packing.js';
import type { PackingOptions } from './placed.js';

/**
 * Rows in one forward pass at most; longer batches are cut evenly, the last piece filled up with its first.
 */
const MAX_ROWS = 64;
/**
 * Logits in one forward pass at most: 128 MiB, and a pass holds several arrays of that size. A single row may
 * have more.
 */
const MAX_LOGITS = 2 ** 25;

export interface Normalisation {
  readonly mean: number;
  readonly std: number;
}

/**
 * A network: an architecture, a body and perhaps a scalar head on an engine. The body may be shared between
 * modules.
 */
export class NetworkModule implements Module {
  normalisation: Normalisation | null = null;
  private readonly programs = new Map<string, Program>();
  private generator: Generator | undefined;

  constructor(
    readonly name: string,
    readonly engine: Engine,
    readonly architecture: Architecture,
    readonly body: Variables,
    readonly head: Variables | null,
    private readonly shape: GenerateShape,
    private readonly meter: Meter,
    readonly trainable: boolean,
    /** What is trained in place of the body, which is frozen then; null: the body itself. */
    readonly adapter: Adapter | null = null,
  ) {}

  async tokenLogps(batch: TokenBatch, options: { temperature?: number } = {}): Promise<HostTensor> {
    const temperature = options.temperature ?? 1;
    const { y } = await this.forward(`logps@${temperature}`, 'forward', batch, (net, b) => ({
      y: net.tokenLogps(b, { temperature }),
    }));
    return y!;
  }

  /** Next-token logits after the last token of each row: [B * V]. */
  async nextLogits(batch: TokenBatch): Promise<Float32Array> {
    const { y } = await this.forward('logits', 'forward', batch, (net, b) => ({ y: net.nextLogits(b) }));
    return y!.data as Float32Array;
  }

  async scores(batch: TokenBatch): Promise<Float32Array> {
    this.requireHead('scores');
    const { y } = await this.forward('scores', 'score', batch, (net, b) => ({ y: net.scores(b) }));
    const data = alike(batch, y!.data as Float32Array);
    const { normalisation } = this;
    return normalisation === null ? data : data.map((x) => (x - normalisation.mean) / normalisation.std);
  }

  async values(batch: TokenBatch): Promise<HostTensor> {
    this.requireHead('values');
    const { y } = await this.forward('values', 'forward', batch, (net, b) => ({ y: net.values(b) }));
    return y!;
  }

  /** Per completion position, [B, C]: log pi, log pi_ref and KL(pi(.|prefix) || pi_ref(.|prefix)). */
  async against(
    reference: NetworkModule,
    batch: TokenBatch,
  ): Promise<{ logps: HostTensor; refLogps: HostTensor; kl: HostTensor }> {
    const out = await this.forward(
      'against',
      'forward',
      batch,
      (net, b, scope) => {
        const other = new BoundNet(reference.architecture, scope.tensors('reference'), null);
        const kl = inRows(klOf(net.logits(b), other.logits(b)), b);
        return { logps: net.tokenLogps(b), refLogps: other.tokenLogps(b), kl };
      },
      { reference: reference.body },
    );
    return { logps: out['logps']!, refLogps: out['refLogps']!, kl: out['kl']! };
  }

  setNormalisation(normalisation: Normalisation): void {
    if (
      !(Number.isFinite(normalisation.mean) && normalisation.std > 0 && Number.isFinite(normalisation.std))
    ) {
      const came = `mean ${normalisation.mean}, std ${normalisation.std}`;
      throw new TiltyardError(
        'normalisation',
        `${this.name}: normalisation wants a finite mean and a positive std, got ${came}`,
        { exitCode: 1 },
      );
    }
    this.normalisation = { mean: normalisation.mean, std: normalisation.std };
  }

  generate(prompts: readonly TokenPrompt[], options: GenerateOptions): Promise<Samples> {
    this.generator ??= new Generator(this.engine, this.architecture, this, this.shape, this.meter);
    return this.generator.generate(prompts, options);
  }

  /** What training changes, by what it is. */
  get trained(): Readonly<Record<string, Variables>> {
    const { body, adapter, head } = this;
    return {
      ...(adapter === null ? { body } : { adapter: adapter.variables }),
      ...(head === null ? {} : { head }),
    };
  }

  /** Weights by Hugging Face file names, adapters merged into them. */
  async arrays(): Promise<Map<string, HostTensor>> {
    const out = new Map<string, HostTensor>();
    const { adapter } = this;
    const own = await this.body.read();
    const body =
      adapter === null
        ? own
        : mergedBody(own, adapter, await adapter.variables.read(), this.architecture.fanInFanOut === true);
    for (const [name, data] of body)
      out.set(fileName(this.architecture, name), { shape: this.body.shapes.get(name)!, data });
    if (this.head !== null)
      for (const [name, data] of await this.head.read())
        out.set(name, { shape: this.head.shapes.get(name)!, data });
    return out;
  }

  /** SHA-256 of the weights' safetensors bytes. */
  async hash(): Promise<string> {
    return createHash('sha256')
      .update(encodeSafetensors(await this.arrays()))
      .digest('hex');
  }

  get parameters(): number {
    const count = (variables: Variables | null): number =>
      [...(variables?.shapes.values() ?? [])].reduce((sum, shape) => sum + sizeOf(shape), 0);
    return count(this.body) + count(this.head);
  }

  /** Rows with completions of at most so many tokens that one pass takes. */
  rowsAtOnce(completion: number): number {
    const logits = completion * this.architecture.vocabSize;
    return Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_LOGITS / logits)));
  }

  /** How batches are packed for it. */
  get packing(): PackingOptions {
    return { varying: this.engine.takesVaryingSizes };
  }

  private requireHead(what: string): void {
    if (this.head !== null) return;
    throw new TiltyardError(
      'no-head',
      `${this.name}: ${what} need a scalar head, and this module has none; ` +
        'use scalarModule, scalarHead or a reward',
      { exitCode: 1 },
    );
  }

  private async forward(
    key: string,
    phase: Phase,
    batch: TokenBatch,
    body: (net: BoundNet, batch: TokenTensors, scope: Scope) => Record<string, Tensor>,
    extra: Record<string, Variables> = {},
  ): Promise<Record<string, HostTensor>> {
    let program = this.programs.get(key);
    if (program === undefined) {
      program = this.engine.program({
        label: `${this.name}-${key}`,
        variables: { ...variablesOf(this), ...(this.head === null ? {} : { head: this.head }), ...extra },
        body: (scope, feeds) => {
          const net = new BoundNet(
            this.architecture,
            weightsIn(scope, this),
            this.head === null ? null : scope.tensors('head'),
          );
          return { outputs: body(net, nested(feeds) as unknown as TokenTensors, scope) };
        },
      });
      this.programs.set(key, program);
    }
    const run = program;
    return this.meter.time(phase, async () => {
      const n = batch.ids.shape[0]!;
      const most = this.rowsAtOnce(batch.positions.shape[1]!);
      const passes = Math.ceil(n / most);
      const size = Math.ceil(n / passes);
      const cut = Array.from({ length: passes }, (_, i) =>
        Array.from({ length: size }, (_, j) => (i * size + j < n ? i * size + j : i * size)),
      );
      const pieces: Record<string, HostTensor>[] = [];
      let [flops, paddingFlops] = [0, 0];
      const cutUp = passes === 1 ? [batch] : cut.map((rows) => rowsOf(batch, rows));
      for (const piece of packedAlike(cutUp, this.packing)) {
        pieces.push(await run.run(flattened(piece)));
        const work = workOf(run.lastFlops, shareOfTokens([piece]));
        flops += work.flops;
        paddingFlops += work.paddingFlops;
      }
      const result = Object.keys(pieces[0]!).map((name) => [
        name,
        stacked(
          pieces.map((of) => of[name]!),
          n,
        ),
      ]);
      return { result: Object.fromEntries(result) as Record<string, HostTensor>, flops, paddingFlops };
    });
  }
}

/**
 * Scores where rows of the same tokens have that of the first of them: a product rounds a row by where it
 * stands, and ties must not hang on that.
 */
function alike(batch: TokenBatch, scores: Float32Array): Float32Array {
  const first = new Map<string, number>();
  rowsIn(batch).forEach(({ prompt, completion, scored }, b) => {
    const key = [...prompt, ...completion.slice(0, scored)].join(' ');
    const known = first.get(key);
    if (known === undefined) first.set(key, scores[b]!);
    else scores[b] = known;
  });
  return scores;
}

/** The first n rows of parts one after another. */
function stacked(parts: readonly HostTensor[], n: number): HostTensor {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const width = first!.data.length / first!.shape[0]!;
  const data = new Float32Array(n * width);
  let at = 0;
  for (const part of parts) {
    data.set(part.data.subarray(0, n * width - at), at);
    at += part.data.length;
  }
  return { shape: [n, ...first!.shape.slice(1)], data };
}
