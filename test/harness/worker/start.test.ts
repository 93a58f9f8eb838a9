import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AlgorithmPlugin } from '../../../harness/index.js';
import { builtins, loadPlugin } from '../../../harness/extensions.js';
import { runLoop } from '../../../harness/worker/loop.js';
import { asOlder, finishedSmoke, temporary, tiltyard } from '../../support.js';
import { bench, toyLanguage, withDefaults } from '../../plugins/support.js';

const hooks = {
  log: () => {},
  after: async () => {},
  elapsedSeconds: () => 0,
  interrupted: () => false,
  noMoreBatches: () => {},
};
const limits = { maxSteps: 1, maxSeconds: null };
const checked = (await Promise.all(builtins('algorithm').map((name) => loadPlugin(name)))).filter(
  (p) => p.checks?.atStart !== undefined,
);

describe('what is known before the first step', () => {
  test('every algorithm whose first loss is known declares it', () => expect(checked.length).toBe(16));
  test.each(checked.map((p) => [p.name, p] as const))('%s: holds', async (_, plugin) => {
    const { ctx } = bench(plugin, toyLanguage());
    await runLoop(plugin, ctx, withDefaults(plugin, { batchSize: 8 }), 0, limits, hooks);
  });
  test.each(checked.map((p) => [p.name, p] as const))(
    '%s: a policy that is not its reference is stopped',
    async (_, plugin) => {
      const world = toyLanguage();
      const body = (label: string) =>
        world.architecture.initialBody({
          split: (x: string) => ({ normal: () => Math.sin(x.length + label.length) * 2 }),
        } as never);
      const policy = new Map(
        [...body('policy')].map(([name, a]) => [
          name,
          { ...a, data: (a.data as Float32Array).map((x, i) => x + Math.sin(i) * 0.5) },
        ]),
      );
      const { ctx } = bench(plugin, { ...world, weights: { policy, reference: body('reference') } });
      await expect(
        runLoop(plugin, ctx, withDefaults(plugin, { batchSize: 8 }), 0, limits, hooks),
      ).rejects.toThrow(/at the first step .+ with the policy still equal to its reference it must be/);
    },
  );
  test('a metric that is promised and missing is a violation too', async () => {
    const plugin = { ...(checked[0] as AlgorithmPlugin), checks: { atStart: () => ({ nothing: 1 }) } };
    await expect(
      runLoop(
        plugin,
        bench(plugin, toyLanguage()).ctx,
        withDefaults(plugin, { batchSize: 8 }),
        0,
        limits,
        hooks,
      ),
    ).rejects.toThrow(/nothing is missing/);
  });
});

test('weights that were changed after a stage finished stop what builds on it', async () => {
  const dir = temporary();
  const out = join(dir, 'out');
  await finishedSmoke(out);
  const copy = join(dir, 'copy');
  cpSync(out, copy, { recursive: true });
  const plan = JSON.parse(readFileSync(join(copy, 'plan.json'), 'utf8')) as {
    runs: { id: string; stage: string }[];
  };
  const run = (stage: string): string => join(copy, 'runs', plan.runs.find((r) => r.stage === stage)!.id);
  const model = join(run('sft'), 'model', 'model.safetensors');
  const bytes = readFileSync(model);
  bytes.writeFloatLE(0.123, bytes.length - 400);
  writeFileSync(model, bytes);
  // As if the run had never begun: its plan alone.
  for (const file of readdirSync(run('dpo')))
    if (file !== 'run.json') rmSync(join(run('dpo'), file), { recursive: true });
  asOlder(copy); // which has nothing but the hash of the weights
  const { code, stdout } = await tiltyard('resume', copy);
  expect(code).toBe(1);
  expect(stdout).toMatch(/failed dpo seed 0 .*the weights of sft-s0-\w+ are not those it finished with/);
});
