import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makePlan, type Plan } from '../../../harness/config/plan.js';
import { resolveExperiment } from '../../../harness/config/resolve.js';
import { checkpointDefaults, withCheckpointDefaults } from '../../../harness/contracts/params.js';
import { builtins, loadPlugin } from '../../../harness/extensions.js';
import { filledInWords } from '../../../harness/inspect/filled.js';
import { optimizerProperties } from '../../../plugins/shared/optimizer.js';
import { parameters } from '../../../harness/index.js';
import { root } from '../../support.js';

const checkpoint = join(root, 'test', 'golden', 'tiny-gpt2'); // 45,952 parameters
const file = join(root, 'test', 'fixtures', 'pairs.jsonl'); // planning reads none of it
const plan = (policy: object, dpo: object = {}): Promise<Plan> => {
  const draft = {
    name: 'x',
    seeds: 1,
    dataset: { name: 'jsonl', params: { file } },
    policy,
    collect: {},
    stages: { sft: { algorithm: 'sft' }, dpo: { algorithm: 'dpo', start: 'sft', ...dpo } },
  };
  return makePlan(resolveExperiment(draft, 'test'), '/', 'test');
};
const rates = ({ runs }: Plan): unknown[] =>
  runs.flatMap(({ algorithm }) => (algorithm === null ? [] : [algorithm.params['learningRate']]));

describe('a learning rate that the file does not give', () => {
  test("is the plugin's own from scratch, and that for its size from a checkpoint", async () => {
    expect(rates(await plan({}))).toEqual([1e-3, 3e-4]);
    expect(rates(await plan({ checkpoint }))).toEqual([1e-4, 1e-4]);
  });
  test('is said, and is part of what a run is: that very number given is the same run', async () => {
    const filled = await plan({ checkpoint });
    expect(filledInWords(filled.stages)).toEqual([
      'The file gives no learningRate here, so it is the default for a checkpoint of 45,952 parameters: ' +
        'sft 0.0001, dpo 0.0001',
    ]);
    const given = await plan({ checkpoint }, { params: { learningRate: 1e-4 } });
    expect(given.runs.map(({ id }) => id)).toEqual(filled.runs.map(({ id }) => id));
    expect(given.stages['dpo']!.filled).toBeUndefined();
    expect(filledInWords((await plan({})).stages)).toEqual([]);
  });
  test('is not touched where it is given or swept', async () => {
    expect(rates(await plan({ checkpoint }, { params: { learningRate: 0.5 } }))).toEqual([1e-4, 0.5]);
    const swept = await plan({ checkpoint }, { sweep: { learningRate: [0.1, 0.2] } });
    expect(rates(swept)).toEqual([1e-4, 0.1, 0.2]);
    expect(swept.stages['dpo']!.filled).toBeUndefined();
  });
});

test.each([
  [1e5, 1e-4],
  [9_999_999, 1e-4],
  [1e7, 5e-5],
  [124e6, 1e-5],
  [7e9, 1e-5],
])('a checkpoint of %d parameters: %d', (size, rate) => {
  const { properties } = withCheckpointDefaults(parameters(optimizerProperties(1e-3)), size);
  expect(properties['learningRate']!['default']).toBe(rate);
});
test('a plugin whose own default is smaller keeps it', () => {
  const { properties } = withCheckpointDefaults(parameters(optimizerProperties(2e-5)), 1e5);
  expect(properties['learningRate']!['default']).toBe(2e-5);
});
test('every built-in plugin that trains has such defaults', async () => {
  for (const name of builtins('algorithm')) {
    const { params, sample } = await loadPlugin(name);
    expect([name, checkpointDefaults(params).has('learningRate')]).toEqual([name, sample === undefined]);
  }
});
