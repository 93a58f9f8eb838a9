import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readModelFolder } from '../../../../harness/policy/checkpoint/folder.js';
import { writeModelFolder } from '../../../../harness/policy/checkpoint/write.js';
import { fileName } from '../../../../harness/policy/architecture.js';
import { transformer } from '../../../../harness/policy/transformer.js';
import { huggingFaceTokenizer } from '../../../../harness/policy/tokenizers/huggingface.js';
import { Rng } from '../../../../harness/rng.js';
import { temporary } from '../../../support.js';
import { Folder } from './support.js';

// test/peers/compare_written.py holds what is written to transformers.
const dir = temporary();

/** What a run writes that began as a folder. */
function rewritten(from: Folder, name: string, score = false, normalisation = score): string {
  const { architecture, body } = readModelFolder(from.dir);
  const out = join(dir, name.replaceAll(/\W+/g, '-'));
  const head = score ? architecture.initialHead('normal', Rng.fromSeed(1)) : new Map<string, never>();
  writeModelFolder(out, {
    architecture,
    arrays: new Map([
      ...[...body].map(([array, data]) => [fileName(architecture, array), data] as const),
      ...head,
    ]),
    normalisation: normalisation ? { mean: 1, std: 2 } : null,
    tokenizer: huggingFaceTokenizer(from.dir),
    from: from.dir,
  });
  return out;
}
const configOf = (folder: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;

describe.each(['tiny-gpt2', 'tiny-llama', 'tiny-qwen2'])('what was trained from %s', (family) => {
  test('is every file as it came, but for weights', () => {
    const from = new Folder(dir, `from ${family}`, family).removed('expected.json');
    mkdirSync(from.at('additional_chat_templates'));
    const files = {
      'special_tokens_map.json': '{ "eos_token": "<eos>" }',
      'added_tokens.json': '{}',
      'vocab.json': '{"a": 0}',
      'merges.txt': '#version: 0.2\r\n',
      'vocab.txt': 'a',
      'tokenizer.model': '\u0001\u0002',
      'spiece.model': '\u0003',
      'chat_template.json': '{"chat_template": "x"}',
      'additional_chat_templates/tool_use.jinja': '{{ tools }}',
    };
    for (const [file, text] of Object.entries(files)) writeFileSync(from.at(file), text);
    const out = rewritten(from, `out ${family}`);
    const list = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();
    expect(list(out)).toEqual(list(from.dir));
    for (const file of list(out).filter((name) => name !== 'additional_chat_templates'))
      if (!file.endsWith('.safetensors'))
        expect(readFileSync(join(out, file)), file).toEqual(readFileSync(from.at(file)));
    const { notes: _, architecture: __, ...kept } = readModelFolder(out);
    const { notes: ___, architecture: ____, ...given } = readModelFolder(from.dir);
    expect(kept).toEqual(given);
  });
});

test('config.json keeps what is not read here, as it is written; dtype is that of what was written', () => {
  const from = new Folder(dir, 'odd').text('config.json', (text) =>
    text
      .replace('"dtype": "float32"', '"dtype": "bfloat16"')
      .replace(
        '{',
        '{\n  "id2label": { "a": [1.0, 1e-05, NaN,\n 12345678901234567890] }, "eos_token_id": [2, 3],',
      ),
  );
  const written = readFileSync(join(rewritten(from, 'odd out'), 'config.json'), 'utf8');
  expect(written).toContain('"id2label": { "a": [1.0, 1e-05, NaN,\n 12345678901234567890] }');
  expect(written).toContain('"rms_norm_eps": 1e-06');
  expect(written).toContain('"dtype": "float32"');
});

test('a reward is a sequence classifier with one score, and reads again with its normalisation', () => {
  const from = new Folder(dir, 'reward').config({ id2label: { 0: 'a', 1: 'b' }, label2id: { a: 0, b: 1 } });
  const out = rewritten(from, 'reward out', true);
  const { id2label: _, label2id: __, ...rest } = configOf(from.dir);
  expect(configOf(out)).toEqual({
    ...rest,
    architectures: ['LlamaForSequenceClassification'],
    num_labels: 1,
    tiltyard: { rewardMean: 1, rewardStd: 2 },
  });
  const { head, normalisation } = readModelFolder(out);
  expect(head?.get('score.weight')?.shape).toEqual([1, 32]);
  expect(normalisation).toEqual({ mean: 1, std: 2 });
  const again = new Folder(dir, 'policy of a reward', 'tiny-llama');
  again.text('config.json', () => readFileSync(join(out, 'config.json'), 'utf8'));
  const policy = configOf(rewritten(again, 'policy of a reward out'));
  expect(policy['architectures']).toEqual(['LlamaForCausalLM']);
  expect(policy).not.toHaveProperty('num_labels');
  expect(policy).not.toHaveProperty('tiltyard');
});

test('a tie stays a tie, and so does an output matrix beside one', () => {
  const plain = new Folder(dir, 'tied').config({ tie_word_embeddings: true });
  const out = rewritten(plain, 'untied out');
  expect(readModelFolder(out).body.get('lm_head.weight')).toEqual(
    readModelFolder(plain.dir).body.get('lm_head.weight'),
  );
  plain.arrays((arrays) => arrays.delete('lm_head.weight'));
  const tied = rewritten(plain, 'tied out');
  expect(configOf(tied)['tie_word_embeddings']).toBe(true);
  expect(readModelFolder(tied).body.has('lm_head.weight')).toBe(false);
});

test('a network made here carries the files of its tokenizer, and all its ends', () => {
  const from = new Folder(dir, 'tokenizer alone').write('generation_config.json', { eos_token_id: [2, 3] });
  const tokenizer = huggingFaceTokenizer(from.dir);
  const out = join(dir, 'fresh');
  const architecture = transformer({
    vocabSize: tokenizer.vocabSize,
    contextLength: 8,
    width: 4,
    layers: 1,
    heads: 1,
    eosId: tokenizer.eosId,
  });
  const arrays = new Map(
    [...architecture.initialBody(Rng.fromSeed(0))].map(([name, data]) => [
      fileName(architecture, name),
      data,
    ]),
  );
  writeModelFolder(out, { architecture, arrays, tokenizer, normalisation: null, from: null });
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'])
    expect(readFileSync(join(out, file)), file).toEqual(readFileSync(from.at(file)));
  expect(configOf(out)['eos_token_id']).toEqual(tokenizer.endIds);
  expect(readModelFolder(out).body.size).toBe(arrays.size);
});
