import { describe, expect, test } from 'vitest';
import type { Prompt } from '../../../harness/contracts/dataset.js';
import { refuseInfeasible } from '../../../harness/run/feasible.js';
import type { OpenedData } from '../../../harness/inspect/open.js';
import type { RunSpec } from '../../../harness/store/spec.js';

const list = (n: number): Prompt[] => Array.from({ length: n }, (_, i) => ({ id: `${i}`, prompt: `p${i}` }));
const run = (module: string, batchSize: number, parts: Partial<RunSpec> = {}): RunSpec =>
  ({
    label: 'mine',
    algorithm: { name: module, module, params: { batchSize } },
    policy: { kind: 'transformer', width: 16, heads: 2 },
    inputs: { start: null, pairs: 'collect', reward: null, proxy: null },
    ...parts,
  }) as RunSpec;
const DEFAULTS = { temperature: 1, labels: { temperature: 1, noise: 0, labelsPerPair: 1 } };
/** Data of one's own, or a world that is sampled. */
const opened = (pairs: number | null, heldout: number, asked: object = {}): OpenedData =>
  ({
    collect: { pairs: 100, heldoutPairs: 20, ...DEFAULTS, ...asked },
    samples: pairs === null,
    where: 'x.yaml: dataset mine',
    open: {
      prompts: (split: string) => list(split === 'heldout' ? heldout : 64),
      ...(pairs === null ? {} : { pairs: (split: string) => list(split === 'heldout' ? heldout : pairs) }),
    },
  }) as unknown as OpenedData;
const check = (runs: RunSpec[], data: OpenedData): Promise<void> => refuseInfeasible(runs, data, 'x.yaml');

describe('what every run would fail of', () => {
  test('is nothing where all fits', async () => {
    await expect(check([run('dpo', 16), run('ppo-rlhf', 16)], opened(40, 20))).resolves.toBeUndefined();
    await expect(check([run('dpo', 100)], opened(null, 8))).resolves.toBeUndefined();
    const table = { ...opened(null, 8), samples: false }; // its policy is a table, which nobody trains first
    await expect(check([run('dpo', 100)], table)).resolves.toBeUndefined();
  });
  test.each([
    [3, 16, '3 heads do not divide the width of 16; take one of 1, 2, 4, 8, 16, or another policy.width'],
    [5, 12, 'take one of 1, 2, 3, 4, 6, 12'],
    [2, 1e15 + 1, 'take one of 1, 7, 11, 13, or another policy.width'],
  ])('%d heads in a width of %d', async (heads, width, message) => {
    const policy = { kind: 'transformer', width, heads } as const;
    await expect(check([run('dpo', 1, { policy })], opened(40, 20))).rejects.toThrow(message);
    const checkpoint = { path: 'm', hash: 'h' };
    await check([run('dpo', 1, { policy: { ...policy, checkpoint } })], opened(40, 20)); // it has its own
  });
  test('is asked of what a plugin that is not built in has said, without its code', async () => {
    const says = (needs: string[]): Partial<RunSpec> => ({
      algorithm: {
        name: 'mine',
        module: '/no/such/plugin.js',
        params: { batchSize: 41 },
        says: { needs, gives: 'policy', samples: false },
      },
    });
    await check([run('mine', 41, says(['prompts']))], opened(40, 20));
    const refused = check([run('mine', 41, says(['pairs']))], opened(40, 20));
    await expect(refused).rejects.toThrow('batchSize 41 is more than the 40 pairs');
  });
  test('what is said of sampling and labels where the data brings its own pairs', async () => {
    const [noisy, warm] = [{ labels: { ...DEFAULTS.labels, noise: 0.1 } }, { temperature: 0.7 }];
    await expect(check([run('dpo', 16)], opened(40, 20, { ...noisy, ...warm }))).rejects.toThrow(
      'x.yaml: collect.temperature and collect.labels would not be read, as dataset mine brings its own ' +
        'pairs with their labels; remove them, or set collect.from',
    );
    await expect(check([run('dpo', 16)], opened(40, 20, noisy))).rejects.toThrow('remove it,');
    await check([run('dpo', 16)], opened(null, 20, { ...noisy, ...warm }));
  });
  test('held-out pairs of a world without held-out prompts', async () => {
    const message =
      'collect.heldoutPairs: 20 pairs are to be sampled, and dataset mine has no heldout prompts';
    await expect(check([run('dpo', 16)], opened(null, 0))).rejects.toThrow(message);
    await check([run('dpo', 16)], opened(null, 0, { pairs: 100, heldoutPairs: 0 }));
  });
  test.each([
    ['more than there are', run('dpo', 41), opened(40, 20), 'batchSize 41 is more than the 40 pairs'],
    ['more than one', run('dpo', 2), opened(1, 20), 'batchSize 2 is more than the one pair that it'],
    ['more than are asked for', run('dpo', 101), opened(400, 20), 'the 100 pairs that it learns from'],
    ['more than are sampled', run('dpo', 101), opened(null, 20), 'the 100 pairs that it learns from'],
    [
      'of held-out pairs',
      run('bt-reward', 16, { pairs: 'heldout' }),
      opened(40, 9),
      '(collect.heldoutPairs)',
    ],
    ['of chosen completions', run('sft', 64), opened(40, 20), 'lower it (params: { batchSize: 10 })'],
  ])('a batch of %s', async (_, spec, data, message) => {
    await expect(check([spec], data)).rejects.toThrow(message);
  });
  test('a batch of prompts may be larger than the data: they are drawn again', async () => {
    await check([run('ppo-rlhf', 64)], opened(40, 20));
  });
});
