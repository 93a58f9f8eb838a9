import { validated } from '../config/validate.js';
import type { AlgorithmPlugin, Invariant } from '../contracts/plugin.js';
import { packBatch, pick, rows } from '../policy/batch.js';
import { type Bench, bench } from './bench.js';
import { language, listed, type Params, type Ran, run, type RunOptions, train } from './run.js';

/** What `checks.atStart` says of the first step. */
export async function startIsAsDeclared(
  plugin: AlgorithmPlugin,
  params: Params,
): Promise<string | undefined> {
  const declared = plugin.checks?.atStart?.(params);
  if (declared === undefined) return 'declares nothing';
  const { steps } = await run(plugin, language(), params);
  for (const [name, value] of Object.entries(declared)) {
    const got = steps[0]?.[name];
    if (Math.abs((got ?? Number.NaN) - value) <= 1e-3 * Math.max(1, Math.abs(value))) continue;
    throw new Error(`at the first step ${name} is ${got}, declared ${value}`);
  }
  return undefined;
}

/** What `checks.invariants` says leaves training as it is. */
export async function invariantsHold(plugin: AlgorithmPlugin, defaults: Params): Promise<string | undefined> {
  const declared = plugin.checks?.invariants ?? [];
  if (declared.length === 0) return 'declares none';
  for (const { kind, params } of declared) {
    const given = validated<Params>(plugin.params, { ...defaults, ...params }, plugin.name);
    const plain = await run(plugin, language(), given);
    for (const change of CHANGES[kind]) {
      const other = await run(plugin, language(), given, change);
      // With pairs in another order, sums run in another order: weights that the loss does not feel may part
      // by AdamW's step on rounding noise, the loss may not.
      if (kind === 'pair-order') lossesAgree(plain, other);
      else weightsAgree(plain, other, kind);
    }
  }
  return undefined;
}

/** What should change nothing. */
const CHANGES: { readonly [K in Invariant['kind']]: readonly RunOptions[] } = {
  'pair-order': [{ prepare: reversePairs }],
  'reward-shift': [{ rescale: (r) => r + 3 }],
  'reward-monotone': [{ rescale: (r) => 100 * r + 3 }, { rescale: (r) => Math.sinh(r) }],
};

function lossesAgree(plain: Ran, other: Ran): void {
  plain.steps.forEach((metrics, s) => {
    const [x, y] = [metrics['loss'] ?? 0, other.steps[s]?.['loss'] ?? Number.NaN];
    if (Math.abs(x - y) <= 1e-3 * Math.max(1e-2, Math.abs(x))) return;
    const where = `with pairs reversed the loss at step ${s + 1}`;
    throw new Error(`pair-order is declared, but ${where} is ${y} instead of ${x}`);
  });
}

function weightsAgree(plain: Ran, other: Ran, kind: Invariant['kind']): void {
  plain.weights.forEach(([name, values], i) => {
    const furthest = values.reduce((m, x, j) => Math.max(m, Math.abs(x - other.weights[i]![1][j]!)), 0);
    const share = furthest / Math.max(1e-3, ...values.map(Math.abs));
    if (share <= 1e-3) return;
    throw new Error(
      `${kind} is declared, but the weights ${name} move by ${share.toPrecision(2)} of their size`,
    );
  });
}

/** The same pairs of every batch in reverse. */
function reversePairs(trial: Bench): void {
  const pairs = trial.ctx.pairs.bind(trial.ctx);
  trial.ctx.pairs = (options) => {
    const inner = pairs(options);
    const flipped = async function* () {
      for await (const batch of inner) {
        const B = batch.size;
        const chosen = Array.from({ length: B }, (_, i) => B - 1 - i);
        const order = [...chosen, ...chosen.map((i) => B + i)];
        const tokens = rows(batch.tokens, order);
        const refLogps = pick(batch.refLogps, order);
        yield { ...batch, tokens, refLogps, margins: pick(batch.margins, chosen) };
      }
    };
    return Object.assign(flipped(), { totalSteps: inner.totalSteps });
  };
}

/** Where `checks.twoArms` says that training ends. */
export async function reachesClosedForm(
  plugin: AlgorithmPlugin,
  defaults: Params,
): Promise<string | undefined> {
  const declared = plugin.checks?.twoArms;
  if (declared === undefined) return 'names none';
  const params = validated<Params>(plugin.params, { ...defaults, ...declared.params }, plugin.name);
  const logits: [number, number] = [0.3, -0.2];
  const wins = new Array<readonly [number, number]>(8).fill([0, 1]);
  const losses = new Array<readonly [number, number]>(2).fill([1, 0]);
  const world = listed(2, [...wins, ...losses], logits);
  const trial = bench(plugin, world, { reward: { score: [1, 0] } });
  try {
    await train(plugin, trial, params, Number.POSITIVE_INFINITY);
    const got = plugin.gives === 'reward' ? await rewardGap(trial) : await logRatioGap(trial, logits);
    if (Math.abs(got - declared.gap) <= 5e-3) return undefined;
    const [reached, form] = [got.toFixed(4), declared.gap.toFixed(4)];
    const arms = plugin.needs.includes('reward') ? 'rewards 1 and 0' : 'one winning 8 of 10';
    throw new Error(
      `two arms, ${arms}: the gap is ${reached}, the closed form says ${form} (tolerance .005)`,
    );
  } finally {
    trial.dispose();
  }
}

/** Reward of arm 0 over arm 1, in raw units. */
async function rewardGap({ rewardModel }: Bench): Promise<number> {
  const both = [0, 1].map((arm) => ({ prompt: [2], completion: [arm] }));
  const scores = await rewardModel.scores(packBatch(both, { time: 2, completion: 1, padId: 3 }));
  return (scores[0]! - scores[1]!) * (rewardModel.normalisation?.std ?? 1);
}

/** Log-ratio to the start of arm 0 over arm 1, nats. */
async function logRatioGap({ policy }: Bench, start: readonly [number, number]): Promise<number> {
  const table = (await policy.body.read()).get('table')!;
  return table[0]! - table[1]! - (start[0] - start[1]);
}
