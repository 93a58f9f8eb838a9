import type { Engine, Program, Variables } from '../engine/engine.js';
import { drawTokens, replaceRows } from '../engine/nn/index.js';
import * as ops from '../engine/ops.js';
import { type HostTensor, sizeOf } from '../engine/tensor.js';
import { type Work, workOf } from '../metrics/meter.js';
import type { Architecture, Decoder } from './architecture.js';
import type { BatchShape } from './batch.js';
import { distribution, inverse } from './distribution.js';
import { type Body, variablesOf, weightsIn } from './lora/adapter.js';
import { powerOfTwo } from './rounding.js';
import type { Asked, NextTokens, Runner, Start } from './runner.js';

/** Rows that start in one pass at most. */
export const STARTS = 32;
export const LEAST_PLACES = 8;
/** Operations that take about as long as making the programs for half the places. */
const MAKING = 2 ** 30;

export interface DecodingModel {
  readonly engine: Engine;
  readonly architecture: Architecture;
  readonly decoder: Decoder;
  readonly body: Body;
  readonly shape: BatchShape;
  /** Takes operations on rows that are there, and on places that are empty. */
  readonly count: (work: Required<Work>) => void;
}

/**
 * Decodes against a cache of keys and values on the engine. Rows of different lengths lie side by side, each
 * from slot 0 of its place on: no left padding, and no position shift.
 */
export class CachedDecoding implements Runner {
  readonly draws = true;
  private readonly cache: Variables;
  private readonly prefill: Program;
  private readonly step: Program;
  /** Tokens in each place. */
  private positions: Int32Array;
  /** Operations on places that were empty while half of them would have done. */
  private wasted = 0;
  private half: { runner: CachedDecoding; move: Program } | undefined;

  constructor(
    private readonly model: DecodingModel,
    readonly places: number,
    readonly slots: number,
  ) {
    const { engine, architecture, decoder, body } = model;
    const dims = decoder.cacheShape(places, slots);
    const { keys, values } = namesOf(decoder);
    const empty = (): HostTensor => ({ shape: dims, data: new Float32Array(sizeOf(dims)) });
    const cache = engine.variables(new Map([...keys, ...values].map((name) => [name, empty()])));
    this.cache = cache;
    this.prefill = engine.program({
      label: 'prefill',
      variables: { ...variablesOf(body), cache },
      lends: true,
      body(scope, feeds) {
        const weights = weightsIn(scope, body);
        const cached = scope.tensors('cache');
        const made = decoder.prefill(weights, feeds['ids']!, feeds['last']!);
        const p = distribution(architecture.logits(weights, made.hidden), feeds);
        const placed = (name: string, x: ops.Tensor): [string, ops.Tensor] => {
          const rows = padSlots(ops.gather(x, feeds['of']!), slots);
          return [name, replaceRows(cached[name]!, feeds['places']!, rows)];
        };
        const assign = [
          ...keys.map((name, i) => placed(name, made.keys[i]!)),
          ...values.map((name, i) => placed(name, made.values[i]!)),
        ];
        return {
          outputs: nextTokens(feeds['chances'] === undefined ? p : ops.gather(p, feeds['of']!), feeds),
          assign: { cache: Object.fromEntries(assign) },
        };
      },
    });
    this.step = engine.program({
      label: 'decode',
      variables: { ...variablesOf(body), cache },
      lends: true,
      body(scope, feeds) {
        const weights = weightsIn(scope, body);
        const cached = scope.tensors('cache');
        const made = decoder.step(
          weights,
          { keys: keys.map((name) => cached[name]!), values: values.map((name) => cached[name]!) },
          { ids: feeds['ids']!, positions: feeds['positions']! },
        );
        const assign = [
          ...keys.map((name, i) => [name, made.keys[i]!] as const),
          ...values.map((name, i) => [name, made.values[i]!] as const),
        ];
        return {
          outputs: nextTokens(distribution(architecture.logits(weights, made.hidden), feeds), feeds),
          assign: { cache: Object.fromEntries(assign) },
        };
      },
    });
    this.positions = new Int32Array(places);
  }

  async start(
    prompts: readonly (readonly number[])[],
    rows: readonly Start[],
    asked: Asked,
  ): Promise<NextTokens> {
    const { time, completion, padId } = this.model.shape;
    const longest = Math.max(...prompts.map((prompt) => prompt.length));
    const P = Math.min(time - completion, powerOfTwo(longest, 8));
    const G = Math.min(STARTS, powerOfTwo(prompts.length, 8));
    const ids = new Int32Array(G * P).fill(padId);
    const last = new Int32Array(G);
    prompts.forEach((prompt, g) => {
      ids.set(prompt, g * P);
      last[g] = g * P + prompt.length - 1;
    });
    // Rows that are not there are the first one again.
    const R = Math.min(STARTS, this.places);
    const of = Int32Array.from({ length: R }, (_, r) => (rows[r] ?? rows[0]!).prompt);
    const places = Int32Array.from({ length: R }, (_, r) => (rows[r] ?? rows[0]!).place);
    for (const { place, prompt } of rows) this.positions[place] = prompts[prompt]!.length;
    const feeds = {
      ids: { shape: [G, P], data: ids },
      last: { shape: [G], data: last },
      of: { shape: [R], data: of },
      places: { shape: [R], data: places },
    };
    const tokens = prompts.reduce((sum, prompt) => sum + prompt.length, 0);
    return this.run(this.prefill, feeds, asked, { rows: R, share: tokens / (G * P) });
  }

  async next(tokens: readonly (number | null)[], asked: Asked): Promise<NextTokens> {
    const { places, positions } = this;
    const ids = Int32Array.from(tokens, (token) => token ?? this.model.shape.padId);
    tokens.forEach((token, place) => {
      if (token === null) positions[place] = 0;
    });
    const feeds = { ids: { shape: [places], data: ids }, positions: { shape: [places], data: positions } };
    const live = tokens.reduce<number>((n, token) => n + (token === null ? 0 : 1), 0);
    const next = await this.run(this.step, feeds, asked, { rows: places, share: live / places });
    if (2 * live <= places) this.wasted += this.step.lastFlops * (1 - live / places);
    for (let place = 0; place < places; place++) positions[place]! += 1;
    return next;
  }

  async halved(places: readonly number[]): Promise<Runner> {
    if (this.half === undefined && (this.wasted < MAKING || this.places <= LEAST_PLACES)) return this;
    this.half ??= this.withHalf();
    const { runner, move } = this.half;
    const from = Int32Array.from({ length: runner.places }, (_, i) => places[i] ?? places[0]!);
    await move.run({ from: { shape: [runner.places], data: from } });
    runner.positions = from.map((place) => this.positions[place]!);
    return runner;
  }

  private withHalf(): { runner: CachedDecoding; move: Program } {
    const runner = new CachedDecoding(this.model, this.places / 2, this.slots);
    const move = this.model.engine.program({
      label: 'move',
      variables: { from: this.cache, cache: runner.cache },
      body(scope, feeds) {
        const moved = Object.entries(scope.tensors('from')).map(
          ([name, x]) => [name, ops.gather(x, feeds['from']!)] as const,
        );
        return { outputs: {}, assign: { cache: Object.fromEntries(moved) } };
      },
    });
    return { runner, move };
  }

  private async run(
    program: Program,
    feeds: Record<string, HostTensor>,
    { temperature, chances }: Asked,
    { rows, share }: { readonly rows: number; readonly share: number },
  ): Promise<NextTokens> {
    const given = chances === null ? {} : { chances: { shape: [rows], data: filled(chances, rows) } };
    const { p, tokens } = await program.run({ ...feeds, ...inverse(temperature), ...given });
    this.model.count(workOf(program.lastFlops, share));
    const drawn = tokens === undefined ? {} : { tokens: tokens.data as Int32Array };
    return { p: p!.data as Float32Array, ...drawn };
  }
}

/** Probabilities [rows, V] themselves, or what is drawn of them where chances are fed. */
function nextTokens(
  p: ops.Tensor,
  { chances }: Readonly<Record<string, ops.Tensor>>,
): Record<string, ops.Tensor> {
  return chances === undefined ? { p } : { ...drawTokens(p, chances) };
}

function filled(chances: Float32Array, rows: number): Float32Array {
  const all = new Float32Array(rows);
  all.set(chances);
  return all;
}

/** What the cache's arrays are called. */
function namesOf({ layers }: Decoder): { keys: readonly string[]; values: readonly string[] } {
  const named = (part: string): string[] => Array.from({ length: layers }, (_, i) => `${part}${i}`);
  return { keys: named('k'), values: named('v') };
}

/** [R, G, P, dh] with room for more tokens. */
function padSlots(x: ops.Tensor, slots: number): ops.Tensor {
  const [R, G, P, size] = x.shape as [number, number, number, number];
  const padded = ops.padMiddle(ops.reshape(x, [R * G, P, size]), slots);
  return ops.reshape(padded, [R, G, slots, size]);
}
