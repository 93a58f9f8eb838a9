import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutate } from '../../harness/policy/checkpoint/mutated.js';
import type { Kind } from './kind.js';

const rows = [
  { ids: [3, 5, 7, 9, 11, 2] },
  { prompt: 'The film was', completion: ' good' },
  { prompt: [{ role: 'user', content: 'Hello' }], completion: [{ role: 'assistant', content: 'Good day' }] },
];
const pairs = Array.from({ length: 30 }, (_, i) =>
  JSON.stringify({
    prompt: [{ role: 'user', content: `q ${i}` }],
    chosen: [{ role: 'assistant', content: 'yes' }],
    rejected: [{ role: 'assistant', content: 'no' }],
  }),
).join('\n');

/** Model folders: weights, configuration, tokenizer and templates, read by `logps`, `check` and `inspect`. */
export const checkpoints: Kind = {
  prepare() {},
  make(dir, rng) {
    const model = join(dir, 'model');
    const { what } = mutate(model, rng);
    if (rng.int(2) === 0) {
      const file = join(dir, 'rows.jsonl');
      writeFileSync(file, `${JSON.stringify(rng.pick(rows))}\n`);
      // What is not read of a model is said before a row is refused.
      return { what, argv: ['logps', model, file, '--engine', 'reference'], listing: dir };
    }
    writeFileSync(join(dir, 'pairs.jsonl'), pairs);
    const experiment = {
      name: 'start',
      seeds: 1,
      dataset: {
        name: 'jsonl',
        params: { file: 'pairs.jsonl', tokenizer: './model', maxPromptTokens: 40, maxCompletionTokens: 20 },
      },
      policy: { checkpoint: './model' },
      collect: { pairs: 5, heldoutPairs: 1 },
      stages: { dpo: { algorithm: 'dpo', params: { batchSize: 1 } } },
    };
    const path = join(dir, 'start.json');
    writeFileSync(path, JSON.stringify(experiment));
    return { what, argv: rng.int(4) === 0 ? ['inspect', path] : ['check', path] };
  },
};
