import type { Engine } from '../engine/engine.js';
import * as ops from '../engine/ops.js';
import { packBatch, type TokenRow } from '../policy/batch.js';
import { ModuleTrainer } from '../policy/trainer.js';
import { Rng } from '../rng.js';
import type { LoraSpec } from '../store/spec.js';
import type { TokenData } from '../worker/data.js';
import { peakMemory, resetPeak } from '../worker/memory.js';
import { Models, type StartingWeights } from '../worker/models.js';
import { CountingEngine } from './counting-engine.js';
import { type Work, WorkMeter } from './work.js';

/** What this machine takes, measured on the network that is to be trained. */
export interface Rates {
  /** Seconds of an operation, by what computes it. */
  readonly seconds: Work;
  /** Seconds of a node of a graph that is traced and loaded. */
  readonly load: number;
  /** Bytes that this process holds before its first step, and how many more an operation of a step needs. */
  readonly held: number;
  readonly needed: number;
}

/** Rows of a batch, at most; fewer where the network is large. */
const ROWS = 64;
/** Operations of a step, at most. */
const FLOPS = 4e9;
/**
 * Pairs of tokens of one row that look at each other, at most, all rows together: of long rows these take the
 * memory of a step, which is more than it needs to be timed.
 */
const LOOKS = 2 ** 23;
/** Seconds that the same is measured again for, at most so often. */
const ENOUGH = 0.15;
const OFTEN = 8;

/**
 * Measures a training step, a forward pass and a batch of samples on an engine, the fastest of a few each.
 * @param rows like those that will be trained on, at least one
 * @param start what policies begin as
 * @param lora what trains in place of the weights; undefined: these do
 * @param alone whether one thread of a CPU computes: its own time is then taken, whatever runs beside it
 */
export async function measureRates(
  engine: Engine,
  data: TokenData,
  rows: readonly TokenRow[],
  start: () => StartingWeights,
  lora: LoraSpec | undefined,
  alone: boolean,
): Promise<Rates> {
  const counting = new CountingEngine();
  const counted = new Calibration(counting, data, start, lora);
  const one = await counted.meter.of(() => counted.step(rows.slice(0, 1)));
  const batch = within(LOOKS, rows.slice(0, Math.max(1, Math.min(ROWS, Math.floor(FLOPS / one.update)))));
  const before = counting.nodes;
  const work = await counted.meter.of(async () => {
    await counted.step(batch);
    await counted.forward(batch);
  });
  const nodes = counting.nodes - before;
  const real = new Calibration(engine, data, start, lora);
  resetPeak();
  const held = process.memoryUsage.rss();
  const loading = await seconds(alone, async () => {
    await real.step(batch);
    await real.forward(batch);
  });
  const update = await usual(alone, () => real.step(batch));
  const needed = Math.max(0, peakMemory() - held);
  const forward = await usual(alone, () => real.forward(batch));
  let drawn = 0;
  const rollout = await usual(alone, async () => {
    drawn = (await real.meter.of(() => real.sample(batch))).rollout;
  });
  const each = forward / work.forward;
  return {
    seconds: { update: update / work.update, forward: each, score: each, rollout: rollout / drawn, eval: 0 },
    load: Math.max(0, loading - update - forward) / Math.max(1, nodes),
    held,
    needed: needed / work.update,
  };
}

/** As many of the first rows as have so many looks, at least one. */
export function within(looks: number, rows: readonly TokenRow[]): readonly TokenRow[] {
  let left = looks;
  const more = rows.findIndex(
    ({ prompt, completion }) => (left -= (prompt.length + completion.length) ** 2) < 0,
  );
  return more < 0 ? rows : rows.slice(0, Math.max(1, more));
}

async function seconds(alone: boolean, run: () => Promise<unknown>): Promise<number> {
  const clock = (): number => {
    const { user, system } = process.cpuUsage();
    return alone ? (user + system) / 1e6 : performance.now() / 1000;
  };
  const since = clock();
  await run();
  return clock() - since;
}

/** The least that it takes once it has been done. */
async function usual(alone: boolean, run: () => Promise<unknown>): Promise<number> {
  await run();
  const taken: number[] = [];
  for (let sum = 0; sum < ENOUGH && taken.length < OFTEN; sum += taken.at(-1)!) {
    taken.push(await seconds(alone, run));
  }
  return Math.min(...taken);
}

/** The network that is to be trained, under a loss that every policy's has a part of. */
class Calibration {
  readonly meter = new WorkMeter();
  private readonly policy;
  private readonly trainer;

  constructor(
    engine: Engine,
    private readonly data: TokenData,
    start: () => StartingWeights,
    lora: LoraSpec | undefined,
  ) {
    const { meter } = this;
    const finished = (): never => {
      throw new Error('nothing is finished yet');
    };
    const made = new Models({
      engine,
      shape: data.shape,
      meter,
      heads: Rng.fromSeed(0),
      start,
      finished,
      ...(lora === undefined ? {} : { lora }),
    });
    this.policy = made.policy(true);
    this.trainer = new ModuleTrainer(
      'calibration',
      {
        modules: { policy: this.policy },
        optimizer: { learningRate: 0 },
        feeds: { tokens: 'tokens' },
        loss: ({ policy }, { tokens }) => ({ loss: ops.neg(ops.mean(policy!.tokenLogps(tokens))) }),
      },
      meter,
    );
  }

  step(rows: readonly TokenRow[]): Promise<unknown> {
    return this.trainer.step({ tokens: packBatch(rows, this.data.shape) });
  }

  forward(rows: readonly TokenRow[]): Promise<unknown> {
    return this.policy.tokenLogps(packBatch(rows, this.data.shape));
  }

  sample(rows: readonly TokenRow[]): Promise<unknown> {
    const prompts = rows.map(({ prompt }, i) => ({ id: String(i), ids: prompt }));
    return this.policy.generate(prompts, { rng: Rng.fromSeed(0) });
  }
}
