import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fittingModel } from '../../../../harness/policy/checkpoint/start.js';
import { huggingFaceTokenizer } from '../../../../harness/policy/tokenizers/huggingface.js';
import { goldenDir } from '../../../golden/support.js';
import { temporary } from '../../../support.js';

const shape = { time: 8, completion: 4, padId: 0, eosId: null };

test("a tokenizer.json with Python's numbers is the dataset's own, and another is refused", () => {
  const folder = join(temporary(), 'model');
  cpSync(join(goldenDir, 'tiny-gpt2'), folder, { recursive: true });
  const path = join(folder, 'tokenizer.json');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/^\s*\{/, '{"tiltyard_test": Infinity,'));
  const tokenizer = huggingFaceTokenizer(folder);
  expect(fittingModel(folder, tokenizer, shape).architecture.contextLength).toBeGreaterThan(8);
  writeFileSync(path, text);
  expect(() => fittingModel(folder, tokenizer, shape)).toThrow(
    /tokens of its own, the dataset's tokenizer has/,
  );
});
