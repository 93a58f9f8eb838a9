import { expect, test } from 'vitest';
import { createEngine } from '../../../../harness/engine/select.js';
import { Meter } from '../../../../harness/metrics/meter.js';
import { packBatch } from '../../../../harness/policy/batch.js';
import { readModelFolder, readPolicyFolder } from '../../../../harness/policy/checkpoint/folder.js';
import { NetworkModule } from '../../../../harness/policy/module.js';
import { temporary } from '../../../support.js';
import { Folder } from './support.js';

const dir = temporary();
const ROWS = [
  [5, 9, 11, 3, 7],
  [8, 2, 6, 10, 12],
];

/** As `save_pretrained` of a sequence classifier leaves it: a score, and no output matrix. */
function classifier(family: string, labels = 1): Folder {
  const folder = new Folder(dir, `${family} with ${labels}`, family);
  return folder.arrays((arrays) => {
    const [, width] = [...arrays].find(([name]) => /wte|embed_tokens/.test(name))![1].shape as [
      number,
      number,
    ];
    arrays.delete('lm_head.weight');
    const data = Float32Array.from({ length: labels * width }, (_, i) => Math.sin(i + 1));
    arrays.set('score.weight', { shape: [labels, width], data });
  });
}

// test/peers/classifiers.py (transformers 5.18)
test.each([
  ['tiny-gpt2', [-6.163819789886475, -8.211429595947266]],
  ['tiny-llama', [4.141201019287109, -5.195283889770508]],
  ['tiny-qwen2', [2.917731761932373, -6.571950435638428]],
])('%s: a sequence classifier scores as in transformers', async (family, expected) => {
  const { architecture, body, head } = readModelFolder(classifier(family).dir);
  const engine = await createEngine({ name: 'reference', device: null, threads: 1 });
  const [weights, scoring] = [engine.variables(body), engine.variables(head!)];
  const shape = { time: 6, completion: 3, padId: 0, eosId: null, endIds: [] };
  const model = new NetworkModule(
    'reward',
    engine,
    architecture,
    weights,
    scoring,
    shape,
    new Meter(),
    false,
  );
  const rows = ROWS.map((ids) => ({ prompt: ids.slice(0, 3), completion: ids.slice(3) }));
  const scores = await model.scores(packBatch(rows, shape));
  expected.forEach((score, i) => expect(scores[i]).toBeCloseTo(score, 4));
  engine.dispose();
});

test('one without an output matrix is no policy; of tied embeddings it is both', () => {
  for (const family of ['tiny-llama', 'tiny-qwen2']) {
    const { dir: path } = classifier(family);
    if (readModelFolder(path).predicts) continue; // its embeddings are its output matrix
    expect(() => readPolicyFolder(path)).toThrow(
      `${path} is a classifier without an output matrix, which predicts no token; give the language model`,
    );
  }
  expect(() => readPolicyFolder(classifier('tiny-llama').dir)).toThrow('is a classifier');
  expect(readPolicyFolder(classifier('tiny-gpt2').dir).head).not.toBeNull();
});

test('two labels are no score', () => {
  expect(readModelFolder(classifier('tiny-gpt2', 2).dir).head).toBeNull();
});
