import { expect, test } from 'vitest';
import { bench, toyLanguage, trainAll, withDefaults } from '../../../harness/conformance/bench.js';
import { loadPlugin } from '../../../harness/conformance/index.js';
import type { Engine } from '../../../harness/engine/engine.js';
import { type FeedTensors, type LossResult, type Net, ops, Rng } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { packBatch, type TokenRow } from '../../../harness/policy/batch.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { ModuleTrainer } from '../../../harness/policy/trainer.js';
import { transformer } from '../../../harness/policy/transformer.js';
import { temporary } from '../../support.js';
import { reference, traced } from '../engine/support.js';

const shape = { time: 9, completion: 5, padId: 0 };
const rng = Rng.fromSeed('rows');
const tokens = (n: number): number[] => Array.from({ length: n }, () => 1 + rng.int(6));
const rowsOf = (n: number, ragged: boolean): TokenRow[] =>
  Array.from({ length: n }, () => ({
    prompt: tokens(ragged ? 1 + rng.int(4) : 3),
    completion: tokens(ragged ? 1 + rng.int(5) : 5),
  }));
const kinds = { ours: 'tokens', others: 'tokens', weights: 'tensor' } as const;
const feedsOf = (ragged: boolean) => ({
  ours: packBatch(rowsOf(10, ragged), shape),
  others: packBatch(rowsOf(7, ragged), shape),
  weights: { shape: [10], data: Float32Array.from({ length: 10 }, () => rng.normal()) },
});
const feeds = feedsOf(true);

/** Rows weigh by a softmax over the whole batch, and tokens by the batch's mean length. */
function coupled(
  { policy, value }: Readonly<Record<string, Net>>,
  { ours, others, weights }: FeedTensors<typeof kinds>,
): LossResult {
  const sums = ops.sum(policy!.tokenLogps(ours, { temperature: 0.7 }), 1);
  const shares = ops.softmax(ops.mul(sums, weights));
  const entropy = ops.maskedMean(policy!.entropies(ours), ours.mask);
  const values = ops.maskedMean(ops.square(value!.values(ours)), ours.mask);
  const scores = ops.sortDescending(value!.scores(others));
  const best = ops.mean(ops.slice(scores, [0], [3]));
  const loss = ops.add(
    ops.sub(ops.sum(ops.mul(shares, sums)), ops.mul(best, ops.mean(scores))),
    ops.add(ops.mul(entropy, 0.3), values),
  );
  return { loss, metrics: { best, logps: ops.mean(policy!.tokenLogps(others)) } };
}

type Loss = typeof coupled;

/** A policy with a value head on its body. */
function trainerOf(engine: Engine, microBatchRows: number | null, loss: Loss = coupled) {
  const meter = new Meter();
  const architecture = transformer({ vocabSize: 8, contextLength: 9, width: 16, layers: 2, heads: 2 });
  const body = engine.variables(
    new Map(
      [...architecture.initialBody(Rng.fromSeed('body'))].map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((x) => x * 3) },
      ]),
    ),
  );
  const head = engine.variables(architecture.initialHead('normal', Rng.fromSeed('head')));
  const bounds = { ...shape, eosId: null };
  const module = (of: typeof head | null): NetworkModule =>
    new NetworkModule('m', engine, architecture, body, of, bounds, meter, true);
  const trainer = new ModuleTrainer(
    't',
    {
      modules: { policy: module(null), value: module(head) },
      optimizer: { learningRate: 1e-3, weightDecay: 0.1 },
      feeds: kinds,
      loss,
      ...(microBatchRows === null ? {} : { microBatchRows }),
    },
    meter,
  );
  return { trainer, meter };
}

test.each([
  ['reference', reference],
  ['onnxruntime', traced],
])('the gradient is that of the whole batch, however the loss couples its rows: %s', async (_, engine) => {
  const whole = trainerOf(engine(), null).trainer;
  const wanted = await whole.gradient(feeds);
  const size = Math.hypot(
    ...[...wanted.values()].flatMap((g) => [...g.values()].map((x) => Math.hypot(...x))),
  );
  const measured = await whole.evaluate(feeds);
  for (const rows of [1, 3, 4, 9]) {
    const { trainer } = trainerOf(engine(), rows);
    const found = await trainer.gradient(feeds);
    for (const [group, arrays] of wanted)
      for (const [name, want] of arrays) {
        const got = found.get(group)!.get(name)!;
        // Float32 numbers summed in another order.
        const apart = Math.hypot(...want.map((x, i) => x - got[i]!));
        expect(apart / size, `${group} ${name}`).toBeLessThan(2e-6);
      }
    for (const [name, value] of Object.entries(await trainer.evaluate(feeds)))
      expect(value, name).toBeCloseTo(measured[name]!, 5);
  }
});

test('steps go where whole batches lead: norm, clipping and decay are of the whole gradient', async () => {
  const whole = trainerOf(traced(), null).trainer;
  const parts = trainerOf(traced(), 3).trainer;
  for (let i = 0; i < 5; i++) {
    const [a, b] = [await whole.step(feeds), await parts.step(feeds)];
    expect(Object.keys(b).sort()).toEqual(Object.keys(a).sort());
    expect(a['grad_norm']).toBeGreaterThan(1);
    for (const [name, value] of Object.entries(a)) expect(b[name]! / value, name).toBeCloseTo(1, 3);
  }
});

test('a batch of no more rows than are taken at once trains to the same bytes as without', async () => {
  const [whole, parts] = [trainerOf(traced(), null), trainerOf(traced(), 10)];
  for (let i = 0; i < 2; i++) {
    expect(await parts.trainer.step(feeds)).toEqual(await whole.trainer.step(feeds));
  }
  expect(parts.meter.totals()).toMatchObject({ paddingFlops: whole.meter.totals().paddingFlops });
});

test('the ledger has the same operations; what is computed a second time is beside them', async () => {
  for (const given of [feedsOf(false), feeds]) {
    const [whole, parts] = [trainerOf(traced(), null), trainerOf(traced(), 2)];
    await whole.trainer.step(given);
    await parts.trainer.step(given);
    const [a, b] = [whole.meter.totals(), parts.meter.totals()];
    expect(b.flops).toEqual(a.flops);
    expect(b.tokensTrained).toBe(a.tokensTrained);
    if (given === feeds) continue;
    // A forward pass is a third of a step; of 7 rows by twos one is a repeat.
    expect(a.paddingFlops.update).toBe(0);
    expect(b.paddingFlops.update / a.flops.update).toBeGreaterThan(0.25);
    expect(b.paddingFlops.update / a.flops.update).toBeLessThan(0.5);
  }
});

test('a loss that makes a batch of its own is refused by name', async () => {
  const { trainer } = trainerOf(traced(), 3, ({ policy }, { ours }) => ({
    loss: ops.mean(policy!.tokenLogps({ ...ours, mask: ops.mul(ours.mask, 1) })),
  }));
  await expect(trainer.step(feeds)).rejects.toThrow(
    /the loss asks for policy.tokenLogps of a batch that it made itself.*train without engine.microBatchRows/,
  );
});

test('a network without a head says so', async () => {
  const { trainer } = trainerOf(traced(), 3, ({ policy }, { ours }) => ({
    loss: ops.mean(policy!.values(ours)),
  }));
  await expect(trainer.step(feeds)).rejects.toThrow('this network has no scalar head');
});

test('same seed, same bytes, and a run that is stopped and resumed equals one that is not', async () => {
  const plugin = await loadPlugin('ppo-rlhf');
  const params = withDefaults(plugin, { batchSize: 12, minibatches: 2, epochs: 2, value: 'head' });
  const opened = (runDir: string) => bench(plugin, toyLanguage(), { runDir, microBatchRows: 4 });
  const weightsOf = async (run: ReturnType<typeof bench>) => [...(await run.policy.body.read())];
  const once = opened(temporary());
  const whole = await trainAll(plugin, once, params, 4);
  const again = opened(temporary());
  expect(await trainAll(plugin, again, params, 4)).toEqual(whole);
  const dir = temporary();
  const first = opened(dir);
  const before = await trainAll(plugin, first, params, 2);
  await first.state.save(2, { steps: 2, evals: 0 }, 0);
  const second = opened(dir);
  await second.state.restored();
  const after = await trainAll(plugin, second, params, 2);
  expect([...before, ...after]).toEqual(whole);
  expect(await weightsOf(second)).toEqual(await weightsOf(once));
  expect(second.meter.totals().paddingFlops).toEqual(once.meter.totals().paddingFlops);
});
