import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { conformance, loadPlugin } from '../../../harness/conformance/index.js';
import type { AlgorithmPlugin } from '../../../harness/contracts/plugin.js';
import { builtins } from '../../../harness/extensions.js';
import { root, start, temporary } from '../../support.js';

const plugins = await Promise.all(builtins('algorithm').map((name) => loadPlugin(name)));
describe.each(plugins.map((p) => [p.name, p] as const))('%s', (_, plugin) => {
  for (const { name, run } of conformance(plugin)) test(name, async () => void (await run()));
});

test('a sampler that states other probabilities than it draws with is found out', async () => {
  const plugin = plugins.find((p) => p.name === 'best-of-n')!;
  const check = (probabilities: AlgorithmPlugin['probabilities']) =>
    conformance({ ...plugin, probabilities: probabilities! })
      .find((c) => c.name === 'samples follow the probabilities it states')!
      .run();
  await expect(check((_, reference) => reference)).rejects.toThrow(
    /arm 0 is drawn with frequency 0\.\d+ over 2000 draws, but its probability is stated as 0\.\d+/,
  );
  await expect(check((_, reference) => reference.map((p) => p / 2))).rejects.toThrow(
    /should be 4 numbers of at least 0 that sum to 1; got 4 that sum to 0\.5/,
  );
});

describe('a plugin is held to what it states under checks', () => {
  const failing = (
    name: string,
    checks: AlgorithmPlugin['checks'],
    check: string,
  ): Promise<string | undefined> => {
    const plugin = { ...plugins.find((p) => p.name === name)!, checks: checks! };
    return conformance(plugin)
      .find((c) => c.name === check)!
      .run();
  };
  test('where training ends on two arms', async () => {
    const { params, gap } = plugins.find((p) => p.name === 'dpo')!.checks!.twoArms!;
    await expect(
      failing('dpo', { twoArms: { params, gap: gap + 0.1 } }, 'reaches its closed form on two arms'),
    ).rejects.toThrow(/the gap is 2\.77\d\d, the closed form says 2\.8726/);
  });
  test('what leaves training as it is', async () => {
    const invariants = [{ kind: 'reward-monotone' }] as const; // raw scores are not ranks
    await expect(failing('ppo-rlhf', { invariants }, 'declared invariants hold')).rejects.toThrow(
      /reward-monotone is declared, but the weights .* move by/,
    );
  });
  test('metrics of the first step', async () => {
    const atStart = () => ({ loss: 1 });
    await expect(failing('dpo', { atStart }, 'what is known before the first step holds')).rejects.toThrow(
      /at the first step loss is 0\.69\d+, declared 1/,
    );
  });
});

describe('packages of third parties', () => {
  const dir = temporary();
  // As npm would install them beside tiltyard.
  beforeAll(() => {
    mkdirSync(join(dir, 'node_modules'));
    symlinkSync(root, join(dir, 'node_modules', 'tiltyard'));
    for (const [fixture, name] of [
      ['external-plugin', 'cpo'],
      ['wrong-plugin', 'wrong'],
      ['gspo-plugin', 'gspo'],
      ['kto-plugin', 'kto'],
    ])
      cpSync(join(root, 'test', 'fixtures', fixture!), join(dir, 'node_modules', `tiltyard-plugin-${name}`), {
        recursive: true,
      });
  });
  const check = (...args: string[]) => start(['check-plugin', ...args], { cwd: dir }).ended;

  test('a good one conforms, by its short name, its package name and its path', async () => {
    for (const name of ['cpo', 'tiltyard-plugin-cpo', './node_modules/tiltyard-plugin-cpo/index.js']) {
      const { code, stdout, stderr } = await check(name);
      expect(code, stdout + stderr).toBe(0);
      expect(stdout).toMatch(/cpo conforms\n$/);
    }
  });
  test.each(['gspo', 'kto'])('%s, with nothing but tiltyard and its plugin kit, conforms', async (name) => {
    const { code, stdout, stderr } = await check(name);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`${name} conforms\n$`));
  });
  test('the loss of kto is equation 8 of its paper', async () => {
    const [policy, reference] = [
      [0.6, -0.1, -0.4],
      [0, 0.1, 0.2],
    ];
    const pairs = [
      [0, 1],
      [0, 2],
      [0, 1],
      [0, 2],
    ];
    const params = { beta: 0.7, desirable: 1.5, undesirable: 0.5, batchSize: 8 };
    // Its own tiltyard is the built one: what trains it has to be that, too.
    const script = `
      import plugin from 'tiltyard-plugin-kto';
      const at = ${JSON.stringify(join(root, 'dist', 'harness', 'conformance', 'bench.js'))};
      const { bandit, bench, trainAll, withDefaults } = await import(at);
      const table = (values) => new Map([['table', { shape: [1, 3], data: Float32Array.from(values) }]]);
      const [policy, reference] = ${JSON.stringify([policy, reference])}.map(table);
      const weights = { policy, reference };
      const world = { ...bandit(3, ${JSON.stringify(pairs)}), weights };
      const trial = bench(plugin, world, { inOrder: true });
      const [step] = await trainAll(plugin, trial, withDefaults(plugin, ${JSON.stringify(params)}), 1);
      console.log(JSON.stringify(step));
    `;
    writeFileSync(join(dir, 'loss.mjs'), script);
    const step = JSON.parse(
      execFileSync(process.execPath, ['loss.mjs'], { cwd: dir, encoding: 'utf8' }),
    ) as Record<string, number>;

    const logps = (logits: readonly number[]): number[] => {
      const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
      return logits.map((x) => x - total);
    };
    const [ours, theirs] = [logps(policy!), logps(reference!)];
    const sides = [0, 1].map((side) => pairs.map((pair) => ours[pair[side]!]! - theirs[pair[side]!]!));
    const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
    const z = Math.max(0, mean(sides.flat())); // one prompt: a mismatched row is another row
    const value = (x: number): number => 1 / (1 + Math.exp(-0.7 * x));
    const desirable = sides[0]!.map((r) => 1.5 * (1 - value(r - z)));
    const undesirable = sides[1]!.map((r) => 0.5 * (1 - value(z - r)));
    expect(z).toBeGreaterThan(0.01);
    expect(step['loss']).toBeCloseTo(mean([...desirable, ...undesirable]), 5);
    expect(step['kl']).toBeCloseTo(z, 5);
    expect(step['rewards/chosen']).toBeCloseTo(0.7 * mean(sides[0]!), 5);
    expect(step['rewards/margins']).toBeCloseTo(0.7 * (mean(sides[0]!) - mean(sides[1]!)), 5);
  });
  test('one that is wrong in five ways fails with five messages', async () => {
    const { code, stdout } = await check('wrong', '--json');
    expect(code).toBe(1);
    const failures = stdout
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as { check: string; passed: boolean; error: string })
      .filter((c) => !c.passed);
    const messageOf = (name: RegExp): string | undefined => failures.find((f) => name.test(f.check))?.error;
    expect(messageOf(/schema/)).toBe("parameter 'beta' has no description; it is shown in help and reports");
    expect(messageOf(/known before/)).toMatch(/at the first step loss is 0\.69\d+, declared 1/);
    expect(messageOf(/same seed/)).toMatch(
      /two runs of one seed differ; draw only from ctx\.rng and look at no clock/,
    );
    expect(messageOf(/gradients/)).toMatch(
      /along a random direction is .*, finite differences say .*; a stopGradient/,
    );
    expect(messageOf(/named like TRL/)).toMatch(/metric 'Reward Margin' is not named like TRL's/);
  });
  test('what is no plugin is refused', async () => {
    const { code, stderr } = await check('nothing-of-that-name');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/unknown algorithm 'nothing-of-that-name'/)]);
  });
});
