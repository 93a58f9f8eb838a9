import type { FeedTensors, LossResult, Net } from '../contracts/nets.js';
import type { TokenBatch, TokenTensors } from '../contracts/batches.js';
import { type Engine, type Program, type Scope, signature } from '../engine/engine.js';
import { Accumulation } from '../engine/optim/accumulation.js';
import { withCotangents } from '../engine/optim/cotangents.js';
import type { Optimizer } from '../engine/optim/optimizer.js';
import * as ops from '../engine/ops.js';
import type { Tensor } from '../engine/ops.js';
import type { HostTensor } from '../engine/tensor.js';
import { type Meter, workOf } from '../metrics/meter.js';
import { pick } from './batch.js';
import { batchesOf, flattened, type GivenFeeds, isBatch, nested, packedFeeds } from './feeds.js';
import { checkedLoss } from './loss-result.js';
import { type MicroBatch, microBatches } from './micro-batches.js';
import { answered, isSameCall, type NetCall, standIns } from './net-calls.js';
import { shareOfTokens } from './packing.js';
import type { PackingOptions } from './placed.js';

/** What a step in parts is made of. */
export interface InParts {
  readonly engine: Engine;
  readonly label: string;
  readonly optimizer: Optimizer;
  /** Keys of the modules. */
  readonly modules: readonly string[];
  /** The networks inside a program that has the optimiser's groups. */
  readonly bind: (scope: Scope) => Readonly<Record<string, Net>>;
  readonly loss: (nets: Readonly<Record<string, Net>>, feeds: never) => LossResult;
  /** Rows that networks take at once. */
  readonly rows: number;
  readonly packing: PackingOptions;
  readonly meter: Meter;
}

/** What the networks gave for a batch, by number of the call. */
type Answers = Readonly<Record<string, HostTensor>>;

/**
 * A step on a batch whose rows the networks take a few at a time, to the gradient of the whole batch.
 *
 * A loss L hangs on weights θ only through what it asks networks for: log-probabilities, scores, values y =
 * y(θ), a few numbers a row. So
 *
 *     ∇_θ L = Σ_rows (∂L/∂y_row) ∂y_row/∂θ
 *
 * for any loss, however it couples rows: y is computed without a gradient part by part, L and ∂L/∂y on all
 * rows at once, and then, part by part again, the gradient of Σ (∂L/∂y) y with ∂L/∂y held fixed (Gao et al.
 * 2021, https://arxiv.org/abs/2101.06983). Means, sorts and norms over the batch are those of the whole
 * batch. What it costs is the first pass. The ledger has the operations of the step on the whole batch, and
 * whatever is computed more as what is computed beside.
 */
export class StepInParts {
  /** What the loss asks for, in one order for feeds of all shapes, and the shapes that it was asked about. */
  private readonly asked: NetCall[] = [];
  private readonly listed = new Set<string>();
  private readonly forward: Program;
  private readonly head: Program;
  private accumulation: Accumulation | undefined;

  constructor(private readonly parts: InParts) {
    const { engine, label, optimizer, bind } = parts;
    this.forward = engine.program({
      label: `${label}-part`,
      variables: optimizer.read,
      body: (scope, feeds) => ({ outputs: this.answersIn(bind(scope), feeds) }),
    });
    this.head = engine.program({
      label: `${label}-loss`,
      variables: {},
      body: (_, feeds) => {
        const answers = named(feeds, ANSWER);
        const { loss, metrics, cotangents } = withCotangents(
          () => this.lossOf(feeds, (call) => answers[this.numberOf(call)!]!),
          answers,
        );
        return { outputs: { loss, ...metrics, ...prefixed(COTANGENT, cotangents) } };
      },
    });
  }

  /** Whether a batch among the feeds has more rows than are taken at once. */
  takes(feeds: GivenFeeds): boolean {
    return batchesIn(feeds).some(([, { ids }]) => ids.shape[0]! > this.parts.rows);
  }

  async step(feeds: GivenFeeds): Promise<Record<string, number>> {
    const { optimizer, meter, packing } = this.parts;
    const { metrics, sums } = await this.added(feeds);
    return meter.time('update', async () => {
      const result = { ...metrics, ...(await optimizer.stepAlong(sums)) };
      const whole = packedFeeds(feeds, packing);
      const { flops } = workOf(optimizer.flopsOf(flattened(whole)), shareOfTokens(batchesOf(whole)));
      return { result, flops, paddingFlops: optimizer.lastUpdateFlops - flops };
    });
  }

  /** The loss and its metrics, without gradients. */
  async evaluate(feeds: GivenFeeds): Promise<Record<string, number>> {
    const cut = await this.cut(feeds);
    const answers = await this.answersOf(cut, 'forward');
    return (await this.lossAt(feeds, answers, 'forward')).metrics;
  }

  /** Gradients by group and array name, without an update. */
  async gradient(feeds: GivenFeeds): Promise<ReadonlyMap<string, ReadonlyMap<string, Float32Array>>> {
    const { sums } = await this.added(feeds);
    const out = new Map<string, ReadonlyMap<string, Float32Array>>();
    for (const [group, variables] of Object.entries(sums)) out.set(group, await variables.read());
    return out;
  }

  /** The gradient of the loss on the whole batch. */
  private async added(
    feeds: GivenFeeds,
  ): Promise<{ metrics: Record<string, number>; sums: Accumulation['sums'] }> {
    const { meter } = this.parts;
    const cut = await this.cut(feeds);
    const answers = await this.answersOf(cut, 'update');
    const { metrics, cotangents } = await this.lossAt(feeds, answers, 'update');
    const accumulation = this.accumulationOf();
    await accumulation.clear();
    for (const [feed, micro] of cut) {
      const ours = Object.entries(cotangents).filter(([number]) => this.asked[Number(number)]!.feed === feed);
      if (ours.length === 0) continue;
      for (const { tokens, rows, own } of micro) {
        const weights = ours.map(([number, all]) => [number, withoutRepeats(pick(all, rows), own)] as const);
        await meter.time('update', async () => {
          const given = prefixed(COTANGENT, Object.fromEntries(weights));
          await accumulation.add({ ...flattened({ [feed]: tokens }), ...given });
          return { result: undefined, ...workOf(accumulation.lastFlops, 0) };
        });
      }
    }
    return { metrics, sums: accumulation.sums };
  }

  private accumulationOf(): Accumulation {
    const { engine, label, optimizer, bind } = this.parts;
    this.accumulation ??= new Accumulation(
      engine,
      label,
      optimizer.groups,
      optimizer.read,
      (scope, feeds) => {
        const weights = named(feeds, COTANGENT);
        const answers = named(this.answersIn(bind(scope), feeds, Object.keys(weights)), ANSWER);
        return Object.entries(weights)
          .map(([number, weight]) => ops.sum(ops.mul(answers[number]!, weight)))
          .reduce((a, b) => ops.add(a, b));
      },
    );
    return this.accumulation;
  }

  /** The batches in parts, once it is known what the loss asks for at feeds of these shapes. */
  private async cut(feeds: GivenFeeds): Promise<ReadonlyMap<string, readonly MicroBatch[]>> {
    const { engine, label, rows, packing } = this.parts;
    const plain = flattened(unpacked(feeds));
    const key = signature(plain);
    if (!this.listed.has(key)) {
      const listing = engine.program({
        label: `${label}-calls`,
        variables: {},
        body: (_, given) => {
          const { loss } = this.lossOf(given, (call, batch) => {
            if (this.numberOf(call) === null) this.asked.push(call);
            return zeros(call.method === 'scores' ? batch.last.shape : batch.mask.shape);
          });
          return { outputs: { loss } };
        },
      });
      await listing.run(plain);
      this.listed.add(key);
    }
    return new Map(batchesIn(feeds).map(([name, batch]) => [name, microBatches(batch, rows, packing)]));
  }

  private async answersOf(
    cut: ReadonlyMap<string, readonly MicroBatch[]>,
    phase: 'update' | 'forward',
  ): Promise<Answers> {
    const out: Record<string, HostTensor> = {};
    for (const [feed, micro] of cut) {
      if (!this.asked.some((call) => call.feed === feed)) continue;
      const n = micro.reduce((sum, { own }) => sum + own, 0);
      for (const { tokens, rows, own } of micro) {
        const given = await this.parts.meter.time(phase, async () => {
          const result = await this.forward.run(flattened({ [feed]: tokens }));
          // Of a step, what is charged is what the whole batch would take.
          const share = phase === 'update' ? 0 : shareOfTokens([tokens]) * (own / rows.length);
          return { result, ...workOf(this.forward.lastFlops, share) };
        });
        for (const [name, { shape, data }] of Object.entries(given)) {
          const number = name.slice(ANSWER.length);
          const width = data.length / rows.length;
          out[number] ??= { shape: [n, ...shape.slice(1)], data: new Float32Array(n * width) };
          const all = out[number].data;
          for (let i = 0; i < own; i++) all.set(data.subarray(i * width, (i + 1) * width), rows[i]! * width);
        }
      }
    }
    return out;
  }

  /** The loss on all rows, and what it is by each answer: by number, where it hangs on that. */
  private async lossAt(
    feeds: GivenFeeds,
    answers: Answers,
    phase: 'update' | 'forward',
  ): Promise<{ metrics: Record<string, number>; cotangents: Answers }> {
    const out = await this.parts.meter.time(phase, async () => {
      const result = await this.head.run({ ...flattened(unpacked(feeds)), ...prefixed(ANSWER, answers) });
      return { result, ...workOf(this.head.lastFlops, phase === 'update' ? 0 : 1) };
    });
    const numbers = Object.entries(out).filter(([name]) => !name.startsWith(COTANGENT));
    return {
      metrics: Object.fromEntries(numbers.map(([name, { data }]) => [name, data[0]!])),
      cotangents: named(out, COTANGENT),
    };
  }

  private lossOf(
    feeds: Readonly<Record<string, Tensor>>,
    answer: (call: NetCall, batch: TokenTensors) => Tensor,
  ): Required<LossResult> {
    const given = Object.entries(feeds).filter(([name]) => !name.startsWith('#'));
    const own = nested(Object.fromEntries(given));
    const nets = standIns(this.parts.modules, own, answer);
    return checkedLoss(this.parts.loss(nets, own as FeedTensors<never> as never));
  }

  /** The answers that are about the one batch that is fed. @param only of these numbers; absent: all */
  private answersIn(
    nets: Readonly<Record<string, Net>>,
    feeds: Readonly<Record<string, Tensor>>,
    only?: readonly string[],
  ): Record<string, Tensor> {
    const given = Object.entries(feeds).filter(([name]) => !name.startsWith('#'));
    const batches = nested(Object.fromEntries(given)) as Record<string, TokenTensors>;
    const found = this.asked.flatMap((call, i) => {
      const batch = batches[call.feed];
      const isWanted = batch !== undefined && (only === undefined || only.includes(String(i)));
      return isWanted ? [[ANSWER + i, answered(nets[call.module]!, call, batch)] as const] : [];
    });
    return Object.fromEntries(found);
  }

  private numberOf(call: NetCall): string | null {
    const at = this.asked.findIndex((other) => isSameCall(call, other));
    return at === -1 ? null : String(at);
  }
}

/** How answers to calls, and gradients by them, are called where they cross a program's border. */
const ANSWER = '#answer:';
const COTANGENT = '#by:';

const prefixed = <T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));

/** Of values those whose names begin with a prefix, without it. */
const named = <T>(values: Readonly<Record<string, T>>, prefix: string): Record<string, T> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );

const batchesIn = (feeds: GivenFeeds): [string, TokenBatch][] =>
  Object.entries(feeds).filter((entry): entry is [string, TokenBatch] => isBatch(entry[1]));

/** The whole batches as a loss reads them: networks alone look at what is packed. */
const unpacked = (feeds: GivenFeeds): GivenFeeds =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => {
      if (!isBatch(feed)) return [name, feed];
      const { packed: _, ...batch } = feed;
      return [name, batch];
    }),
  );

/** What repeats a row is no row of the batch. */
function withoutRepeats(x: HostTensor, own: number): HostTensor {
  x.data.fill(0, (own * x.data.length) / x.shape[0]!);
  return x;
}

const zeros = (shape: readonly number[]): Tensor =>
  ops.constant(new Float32Array(shape.reduce((size, n) => size * n, 1)), shape);
