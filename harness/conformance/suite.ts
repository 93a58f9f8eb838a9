import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { validated } from '../config/validate.js';
import type { AlgorithmPlugin, FeedKinds, Feeds } from '../contracts/plugin.js';
import { packBatch, pick, rows } from '../policy/batch.js';
import type { ModuleTrainer } from '../policy/trainer.js';
import { Rng } from '../rng.js';
import { bandit, type Bench, bench, toyLanguage, type World } from './bench.js';

/** One thing every plugin must do. `run` throws with what is wrong; it returns why it does not apply, or nothing. */
export interface ConformanceCheck {
  readonly name: string;
  run(): Promise<string | undefined>;
}

type Metrics = Readonly<Record<string, number>>;
type Params = Record<string, unknown>;

const STEPS = 6;
const LONG = 1000;
/** Tokens 0..5, ends and padding: enough pairs for any default batch. */
const language = (): World => toyLanguage(512);
const arms = (n = 512): World => bandit(4, Array.from({ length: n }, (_, i) => [i % 3, 3 - (i % 2 === 0 ? 0 : 3)] as const).filter(([a, b]) => a !== b), [0.3, 0, -0.2, 0.1]);
/** Something for plugins that need a reward to climb. */
const rewardOf = (world: World): Record<string, number[]> | undefined => (world.architecture.kind === 'tabular' ? { score: Array.from({ length: world.architecture.vocabSize }, (_, i) => i / 2) } : undefined);

/** The suite for one plugin; a list of named checks, so that a command or a test runner can drive it. */
export function conformance(plugin: AlgorithmPlugin): ConformanceCheck[] {
  const defaults = (): Params => validated<Params>(plugin.params, {}, plugin.name);
  const check = (name: string, run: () => Promise<unknown>): ConformanceCheck => ({
    name,
    run: async () => {
      const reason = await run();
      return typeof reason === 'string' ? reason : undefined;
    },
  });
  return [
    check('the schema is closed and documented', async () => schemaIsDocumented(plugin)),
    check('unknown parameters are refused and defaults are valid', async () => {
      defaults();
      let refused = false;
      try {
        validated(plugin.params, { 'no such parameter': 1 }, plugin.name);
      } catch {
        refused = true;
      }
      if (!refused) throw new Error('an unknown parameter is accepted; set additionalProperties: false');
    }),
    check('runs on a transformer', async () => works(await run(plugin, language(), defaults()), plugin)),
    check('runs on a table', async () => works(await run(plugin, arms(), defaults()), plugin)),
    check('metrics are finite and named like TRL', async () => metricsAreNamed((await run(plugin, language(), defaults())).steps, plugin)),
    check('gradients of the loss equal finite differences', () => gradients(plugin, defaults())),
    check('the same seed gives the same bytes', async () => {
      const [a, b] = [await run(plugin, language(), defaults()), await run(plugin, language(), defaults())];
      differ(a, b, 'two runs of one seed differ; draw only from ctx.rng and look at no clock');
    }),
    check('another seed gives another run', async () => {
      const [a, b] = [await run(plugin, language(), defaults()), await run(plugin, language(), defaults(), { seed: 2 })];
      if (a.steps.length === 0) return 'takes no training step';
      if (JSON.stringify(a) === JSON.stringify(b)) throw new Error('two seeds give the same numbers; use ctx.rng, not a generator of your own');
      return undefined;
    }),
    check('stop and resume equals uninterrupted', () => resumes(plugin, defaults())),
    check('the gold reward is neither given nor read', () => goldIsUntouched(plugin, defaults())),
    check('what is known before the first step holds', async () => {
      if (plugin.checks?.atStart === undefined) return 'declares nothing';
      const { steps } = await run(plugin, language(), defaults());
      for (const [name, value] of Object.entries(plugin.checks.atStart(defaults()))) {
        if (!(Math.abs((steps[0]?.[name] ?? Number.NaN) - value) <= 1e-3 * Math.max(1, Math.abs(value)))) throw new Error(`at the first step ${name} is ${steps[0]?.[name]}, declared ${value}`);
      }
      return undefined;
    }),
    check('samples follow the probabilities it states', () => samplesAsStated(plugin, defaults())),
    check('declared invariants hold', () => invariants(plugin, defaults())),
    check('reaches its closed form on two arms', () => closedForm(plugin, defaults())),
    check(`memory stays bounded over ${LONG.toLocaleString('en')} steps`, () => memoryIsBounded(plugin, defaults())),
  ];
}

interface Ran {
  readonly steps: readonly Metrics[];
  readonly summary: Metrics;
  readonly weights: readonly (readonly [string, readonly number[]])[];
}

interface RunOptions {
  readonly seed?: number;
  readonly steps?: number;
  readonly rescale?: (r: number) => number;
  readonly prepare?: (b: Bench) => void;
}

async function run(plugin: AlgorithmPlugin, world: World, params: Params, options: RunOptions = {}): Promise<Ran> {
  const reward = rewardOf(world);
  const b = bench(plugin, world, { ...(reward === undefined ? {} : { reward }), ...(options.seed === undefined ? {} : { seed: options.seed }), ...(options.rescale === undefined ? {} : { rescale: options.rescale }) });
  try {
    options.prepare?.(b);
    const steps = await train(plugin, b, params, options.steps ?? STEPS);
    return { steps, summary: b.ctx.summary, weights: await weightsOf(plugin, b) };
  } finally {
    b.dispose();
  }
}

/** At most `limit` records; then data ends, and the plugin closes as it would at the end of its own. */
async function train(plugin: AlgorithmPlugin, b: Bench, params: Params, limit: number, after?: (step: number) => Promise<boolean>): Promise<Metrics[]> {
  const out: Metrics[] = [];
  for await (const record of plugin.train(b.ctx, params)) {
    if (typeof record?.metrics !== 'object' || record.metrics === null) throw new Error(`step ${out.length + 1}: yielded no metrics; yield { metrics: { loss, ... } }`);
    out.push({ ...record.metrics });
    if (after !== undefined && (await after(out.length))) return out;
    if (out.length >= limit) b.ctx.endIterators();
    if (out.length >= limit + 3) return out; // does not read its data from the context
  }
  return out;
}

async function weightsOf(plugin: AlgorithmPlugin, b: Bench): Promise<(readonly [string, readonly number[]])[]> {
  const arrays = await (plugin.gives === 'reward' ? b.rewardModel : b.policy).arrays();
  return [...arrays].map(([name, { data }]) => [name, Array.from(data)] as const);
}

function schemaIsDocumented({ params }: AlgorithmPlugin): void {
  for (const [name, property] of Object.entries(params.properties)) {
    if (typeof property['description'] !== 'string' || property['description'] === '') throw new Error(`parameter '${name}' has no description; it is shown in help and reports`);
    if (property['default'] === undefined && params.required?.includes(name) !== true) throw new Error(`parameter '${name}' has neither a default nor a place in required`);
    if (property['type'] === undefined && property['enum'] === undefined && property['oneOf'] === undefined) throw new Error(`parameter '${name}' has no type`);
  }
}

function works({ steps, weights }: Ran, plugin: AlgorithmPlugin): string | undefined {
  for (const [name, values] of weights) if (!values.every(Number.isFinite)) throw new Error(`weights ${name} are not finite after ${steps.length} steps with default parameters`);
  if (steps.length === 0 && plugin.sample === undefined) throw new Error('trains nothing and samples nothing; yield records, or implement sample');
  return undefined;
}

const NAME = /^[a-z0-9_]+(\/[a-z0-9_@.]+)*$/;
function metricsAreNamed(steps: readonly Metrics[], plugin: AlgorithmPlugin): string | undefined {
  if (steps.length === 0) return plugin.sample === undefined ? undefined : 'takes no training step';
  steps.forEach((metrics, i) => {
    for (const [name, value] of Object.entries(metrics)) {
      if (!NAME.test(name)) throw new Error(`metric '${name}' is not named like TRL's; use lower case, _ and one / for groups, e.g. rewards/margins`);
      if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`metric '${name}' is ${String(value)} at step ${i + 1}; metrics are finite numbers`);
    }
  });
  for (const name of ['loss', 'grad_norm', 'learning_rate']) if (steps[0]![name] === undefined) throw new Error(`metric '${name}' is missing; pass on what trainer.step returns`);
  return undefined;
}

/** Central differences of the first batch's loss along random directions, array by array. */
async function gradients(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  const world = language();
  const b = bench(plugin, world);
  try {
    let seen: { trainer: ModuleTrainer<FeedKinds>; feeds: Feeds } | undefined;
    const make = b.ctx.trainer.bind(b.ctx) as (options: never) => ModuleTrainer<FeedKinds>;
    b.ctx.trainer = ((options: never) => {
      const trainer = make(options);
      const step = trainer.step.bind(trainer);
      trainer.step = async (feeds) => {
        seen = { trainer, feeds };
        return step(feeds);
      };
      return trainer;
    }) as never;
    await train(plugin, b, params, 2);
    if (seen === undefined) return 'uses no trainer';
    const { trainer, feeds } = seen;
    const computed = await trainer.gradient(feeds);
    const rng = Rng.fromSeed('directions');
    for (const [group, arrays] of computed) {
      const variables = trainer.groups[group]!;
      const before = await variables.read();
      // The few arrays where most of the gradient lies: small ones drown in float32 rounding.
      const norms = [...arrays].map(([name, g]) => [name, Math.hypot(...g)] as const).sort((x, y) => y[1] - x[1]).slice(0, 4);
      for (const [name, norm] of norms) {
        if (norm < 1e-3) continue;
        const direction = Float32Array.from(arrays.get(name)!, () => rng.normal());
        const length = Math.hypot(...direction);
        const h = 0.02;
        const lossAt = async (sign: number): Promise<number> => {
          const moved = new Map(before);
          moved.set(name, before.get(name)!.map((x, i) => x + (sign * h * direction[i]!) / length));
          await variables.write(moved);
          return (await trainer.evaluate(feeds))['loss']!;
        };
        const difference = ((await lossAt(1)) - (await lossAt(-1))) / (2 * h);
        await variables.write(before);
        const slope = arrays.get(name)!.reduce((sum, g, i) => sum + (g * direction[i]!) / length, 0);
        // Rounding of the loss over 2h, and curvature over h.
        if (Math.abs(difference - slope) > 0.05 * Math.abs(slope) + 0.02 * norm + 1e-4) {
          throw new Error(`gradient of ${group} ${name} along a random direction is ${slope.toPrecision(4)}, finite differences say ${difference.toPrecision(4)}; a stopGradient or a metric in place of the loss?`);
        }
      }
    }
    return undefined;
  } finally {
    b.dispose();
  }
}

/** On four arms, against their exact probabilities: a frequency over so many draws is within five standard errors. */
async function samplesAsStated(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  if (plugin.sample === undefined) return 'is no sampler';
  if (plugin.probabilities === undefined) return 'states none';
  const world = arms();
  const { score } = rewardOf(world)!;
  const b = bench(plugin, world, { reward: { score: score! } });
  try {
    const prompts = Array.from({ length: 2000 }, (_, i) => ({ id: String(i), ids: world.prompts[0]! }));
    await train(plugin, b, params, STEPS);
    const K = world.architecture.vocabSize;
    const listed = packBatch(Array.from({ length: K }, (_, arm) => ({ prompt: prompts[0]!.ids, completion: [arm] })), { time: 2, completion: 1, padId: K + 1 });
    const reference = Array.from((await b.policy.tokenLogps(listed)).data, Math.exp);
    const stated = plugin.probabilities(params, reference, Array.from(await b.ctx.reward.scores(listed)));
    const total = stated.reduce((sum, p) => sum + p, 0);
    if (stated.length !== K || stated.some((p) => !(p >= 0)) || Math.abs(total - 1) > 1e-5) throw new Error(`probabilities of ${K} completions should be ${K} numbers of at least 0 that sum to 1; got ${stated.length} that sum to ${Number(total.toPrecision(3))}`);
    const { completions } = await plugin.sample(b.ctx, params, prompts, Rng.fromSeed('draws'));
    stated.forEach((p, arm) => {
      const share = completions.filter(([token]) => token === arm).length / prompts.length;
      const error = Math.sqrt((p * (1 - p)) / prompts.length);
      if (Math.abs(share - p) > 5 * error + 0.01) throw new Error(`arm ${arm} is drawn with frequency ${share.toFixed(3)} over ${prompts.length} draws, but its probability is stated as ${p.toFixed(3)}`);
    });
    return undefined;
  } finally {
    b.dispose();
  }
}

function differ(a: Ran, b: Ran, what: string): void {
  a.steps.forEach((metrics, i) => {
    for (const [name, value] of Object.entries(metrics)) if (!Object.is(b.steps[i]?.[name], value)) throw new Error(`${what} (step ${i + 1}, ${name}: ${value} and ${b.steps[i]?.[name]})`);
  });
  if (a.steps.length !== b.steps.length) throw new Error(`${what} (${a.steps.length} and ${b.steps.length} steps)`);
  for (const [i, [name, values]] of a.weights.entries()) if (values.some((x, j) => !Object.is(x, b.weights[i]![1][j]))) throw new Error(`${what} (weights ${name})`);
  if (JSON.stringify(a.summary) !== JSON.stringify(b.summary)) throw new Error(`${what} (summary)`);
}

async function resumes(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  const whole = await run(plugin, language(), params);
  if (whole.steps.length < 2) return 'takes fewer than two steps';
  const cut = Math.min(3, whole.steps.length - 1);
  const runDir = mkdtempSync(join(tmpdir(), 'tiltyard-conformance-'));
  try {
    const first = bench(plugin, language(), { runDir });
    const before = await train(plugin, first, params, STEPS, async (step) => {
      if (step < cut) return false;
      await first.state.save(step, { steps: step, evals: 0 }, 0);
      return true;
    });
    first.dispose();
    const second = bench(plugin, language(), { runDir });
    const after = await train(plugin, second, params, STEPS - cut);
    const resumed = { steps: [...before, ...after], summary: second.ctx.summary, weights: await weightsOf(plugin, second) };
    second.dispose();
    differ(whole, resumed, `a run resumed after step ${cut} goes on differently; keep state in ctx.state and ctx's iterators, not in variables`);
    return undefined;
  } finally {
    rmSync(runDir, { recursive: true, force: true });
  }
}

async function goldIsUntouched(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  let read = false;
  const world = language();
  const dataset = Object.defineProperty({ ...world.dataset }, 'gold', { enumerable: true, get: () => { read = true; return () => 0; } });
  await run(plugin, { ...world, dataset } as World, params, { steps: 3 });
  if (read) throw new Error('the gold reward was read during training; it is for evaluation only');
  return undefined;
}

async function invariants(plugin: AlgorithmPlugin, defaults: Params): Promise<string | undefined> {
  if (plugin.checks?.invariants === undefined || plugin.checks?.invariants.length === 0) return 'declares none';
  for (const { kind, params } of plugin.checks.invariants) {
    const given = validated<Params>(plugin.params, { ...defaults, ...params }, plugin.name);
    const plain = await run(plugin, language(), given);
    const changes: RunOptions[] =
      kind === 'pair-order'
        ? [{ prepare: reversePairs }]
        : kind === 'reward-shift'
          ? [{ rescale: (r) => r + 3 }]
          : [{ rescale: (r) => 100 * r + 3 }, { rescale: (r) => Math.sinh(r) }];
    for (const change of changes) {
      const other = await run(plugin, language(), given, change);
      if (kind === 'pair-order') {
        // Sums run in another order; weights that the loss does not feel may part by AdamW's step on rounding noise, the loss may not.
        plain.steps.forEach((metrics, s) => {
          const [x, y] = [metrics['loss'] ?? 0, other.steps[s]?.['loss'] ?? Number.NaN];
          if (!(Math.abs(x - y) <= 1e-3 * Math.max(1e-2, Math.abs(x)))) throw new Error(`pair-order is declared, but with pairs reversed the loss at step ${s + 1} is ${y} instead of ${x}`);
        });
        continue;
      }
      plain.weights.forEach(([name, values], i) => {
        const worst = values.reduce((m, x, j) => Math.max(m, Math.abs(x - other.weights[i]![1][j]!)), 0) / Math.max(1e-3, ...values.map(Math.abs));
        if (worst > 1e-3) throw new Error(`${kind} is declared, but the weights ${name} move by ${worst.toPrecision(2)} of their size`);
      });
    }
  }
  return undefined;
}

/** The same pairs of every batch in reverse. */
function reversePairs(b: Bench): void {
  const pairs = b.ctx.pairs.bind(b.ctx);
  b.ctx.pairs = (options) => {
    const inner = pairs(options);
    const flipped = async function* () {
      for await (const batch of inner) {
        const B = batch.size;
        const order = [...Array.from({ length: B }, (_, i) => B - 1 - i), ...Array.from({ length: B }, (_, i) => 2 * B - 1 - i)];
        yield { ...batch, tokens: rows(batch.tokens, order), refLogps: pick(batch.refLogps, order), margins: pick(batch.margins, order.slice(0, B)) };
      }
    };
    return Object.assign(flipped(), { totalSteps: inner.totalSteps });
  };
}

async function closedForm(plugin: AlgorithmPlugin, defaults: Params): Promise<string | undefined> {
  if (plugin.checks?.twoArms === undefined) return 'names none';
  const { params, gap } = plugin.checks.twoArms;
  const logits = [0.3, -0.2];
  const pairs = [...new Array<readonly [number, number]>(8).fill([0, 1]), ...new Array<readonly [number, number]>(2).fill([1, 0])];
  const b = bench(plugin, bandit(2, pairs, logits));
  try {
    await train(plugin, b, validated<Params>(plugin.params, { ...defaults, ...params }, plugin.name), Number.POSITIVE_INFINITY);
    let got: number;
    if (plugin.gives === 'reward') {
      const scores = await b.rewardModel.scores(packBatch([0, 1].map((arm) => ({ prompt: [2], completion: [arm] })), { time: 2, completion: 1, padId: 3 }));
      got = (scores[0]! - scores[1]!) * (b.rewardModel.normalisation?.std ?? 1);
    } else {
      const table = (await b.policy.body.read()).get('table')!;
      got = table[0]! - table[1]! - (logits[0]! - logits[1]!);
    }
    if (!(Math.abs(got - gap) <= 5e-3)) throw new Error(`two arms, one winning 8 of 10: the gap is ${got.toFixed(4)}, the closed form says ${gap.toFixed(4)} (tolerance .005)`);
    return undefined;
  } finally {
    b.dispose();
  }
}

const MEGABYTE = 2 ** 20;
async function memoryIsBounded(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  setFlagsFromString('--expose_gc');
  const gc = runInNewContext('gc') as () => void;
  const used = (): number => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const world = arms(40_000);
  const reward = rewardOf(world);
  const b = bench(plugin, world, reward === undefined ? {} : { reward });
  let settled = 0;
  let last = 0;
  let steps = 0;
  try {
    await train(plugin, b, params, LONG, async (step) => {
      steps = step;
      if (step === 100) settled = used();
      if (step % 100 === 0) last = used();
      return false;
    });
  } finally {
    b.dispose();
  }
  if (steps < 200) return `takes ${steps} steps on this data`;
  const growth = (last - settled) / MEGABYTE;
  if (growth > 32) throw new Error(`memory grew by ${growth.toFixed(0)} MiB between step 100 and step ${steps}; something is kept on every step`);
  return undefined;
}
