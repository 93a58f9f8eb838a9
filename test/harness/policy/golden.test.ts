import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { huggingFaceTokenizer } from '../../../harness/policy/tokenizers/huggingface.js';
import { Rng } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { packBatch } from '../../../harness/policy/batch.js';
import { readModelFolder } from '../../../harness/policy/checkpoint/folder.js';
import { writeModelFolder } from '../../../harness/policy/checkpoint/write.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { reference, traced } from '../engine/support.js';
import { golden, goldenDir, type ModelGolden } from '../../golden/support.js';

const want = golden<ModelGolden>('tiny-gpt2/expected.json');
const dir = join(goldenDir, 'tiny-gpt2');
const { architecture, body } = readModelFolder(dir);

describe.each([
  ['onnxruntime', traced],
  ['reference', reference],
] as const)('tiny-gpt2 on %s', (_, engine) => {
  test('log-probabilities of every next token', async () => {
    const [row] = want.ids;
    const shape = { time: row!.length, completion: row!.length - 1, padId: 0, eosId: null };
    const module = new NetworkModule(
      'm',
      engine(),
      architecture,
      engine().variables(body),
      null,
      shape,
      new Meter(),
      false,
    );
    const { data } = await module.tokenLogps(
      packBatch(
        want.ids.map((ids) => ({ prompt: ids.slice(0, 1), completion: ids.slice(1) })),
        shape,
      ),
    );
    want.tokenLogps
      .flat()
      .forEach((logp, i) => expect(Math.abs(data[i]! - logp), `token ${i}`).toBeLessThan(2e-4));
  });
  test('greedy generation with the cache of keys and values', async () => {
    const shape = { time: 40, completion: 24, padId: 0, eosId: null };
    const module = new NetworkModule(
      'm',
      engine(),
      architecture,
      engine().variables(body),
      null,
      shape,
      new Meter(),
      false,
    );
    const { completions } = await module.generate(
      want.greedy.map((ids, i) => ({ id: String(i), ids: ids.slice(0, 16) })),
      { greedy: true, rng: Rng.fromSeed(0) },
    );
    expect(completions).toEqual(want.greedy.map((ids) => ids.slice(16)));
  });
});

describe('its folder', () => {
  test('tokenizer: text, unicode, chat', () => {
    const tokenizer = huggingFaceTokenizer(dir);
    expect(tokenizer.encode(want.text)).toEqual(want.textIds);
    expect(tokenizer.encode(want.unicode.text)).toEqual(want.unicode.ids);
    expect(tokenizer.encode(want.chat.text)).toEqual(want.chat.ids);
    expect(tokenizer).toMatchObject({ eosId: 2, padId: 0, vocabSize: 512 });
  });
  test('read and written back: the same arrays under the same names', () => {
    const out = mkdtempSync(join(tmpdir(), 'tiltyard-'));
    try {
      const arrays = new Map([...body].map(([name, array]) => [architecture.filePrefix + name, array]));
      writeModelFolder(out, { architecture, arrays, normalisation: null, tokenizer: null, from: null });
      const back = readModelFolder(out);
      expect([...back.body.keys()].sort()).toEqual([...body.keys()].sort());
      for (const [name, array] of body) expect(back.body.get(name)).toEqual(array);
      const [ours, theirs] = [out, dir].map(
        (d) => JSON.parse(readFileSync(join(d, 'config.json'), 'utf8')) as Record<string, unknown>,
      );
      for (const key of [
        'model_type',
        'architectures',
        'vocab_size',
        'n_positions',
        'n_embd',
        'n_layer',
        'n_head',
        'layer_norm_epsilon',
        'activation_function',
        'tie_word_embeddings',
        'bos_token_id',
      ]) {
        if (key !== 'bos_token_id') expect(ours![key], key).toEqual(theirs![key]);
      }
    } finally {
      rmSync(out, { recursive: true });
    }
  });
});
