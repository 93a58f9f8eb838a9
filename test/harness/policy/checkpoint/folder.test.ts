import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TiltyardError } from '../../../../harness/errors.js';
import { readModelFolder } from '../../../../harness/policy/checkpoint/folder.js';
import { temporary } from '../../../support.js';
import { type Arrays, Folder, SHARDS } from './support.js';

/** What is read or refused is what transformers 5.18 was seen to do, but where a test says otherwise. */
const dir = temporary();
const EMBEDDINGS = 'model.embed_tokens.weight';
const QUERY = 'model.layers.0.self_attn.q_proj.weight';
const bodyOf = (folder: Folder) => readModelFolder(folder.dir).body;
const given = bodyOf(new Folder(dir, 'as it is'));
const notesOf = (folder: Folder) => readModelFolder(folder.dir).notes;
const renamed = (arrays: Arrays, name: (old: string) => string): void => {
  const entries = [...arrays];
  arrays.clear();
  for (const [old, array] of entries) arrays.set(name(old), array);
};
const filled = (n: number, value = 1) => ({ shape: [n], data: new Float32Array(n).fill(value) });

describe('is read', () => {
  test.each<[string, (folder: Folder) => Folder]>([
    [
      'without the prefix of its family',
      (f) => f.arrays((a) => renamed(a, (name) => name.replace(/^model\./, ''))),
    ],
    [
      'with one array without the prefix',
      (f) => f.arrays((a) => renamed(a, (n) => (n === QUERY ? n.slice(6) : n))),
    ],
    ['in shards, whatever total_size says', (f) => f.shards(() => {}).removed('model.safetensors')],
    [
      "with Python's NaN in a field that nothing reads",
      (f) => f.text('config.json', (t) => t.replace('{', '{"prefix": NaN,')),
    ],
    [
      'with buffers of old checkpoints',
      (f) => f.arrays((a) => a.set('model.rotary_emb.inv_freq', filled(4))),
    ],
  ])('%s', (name, change) => {
    const folder = change(new Folder(dir, `read ${name}`));
    expect(bodyOf(folder)).toEqual(given);
    expect(notesOf(folder)).toEqual([]);
  });
});

describe('is read, and what is not read of it is said', () => {
  test('the one file goes before an index', () => {
    const folder = new Folder(dir, 'both').shards(([first]) => first.clear());
    expect(bodyOf(folder)).toEqual(given);
    expect(notesOf(folder)).toEqual([expect.stringMatching(/index\.json and its shards are not read/)]);
  });
  test('arrays that config.json has no place for are counted', () => {
    const folder = new Folder(dir, 'more').config({ num_hidden_layers: 1 });
    expect(notesOf(folder)).toEqual([
      expect.stringMatching(/not read \(9\): model\.layers\.1\..* and 6 more\.$/),
    ]);
  });
  test('an output matrix that is not the embeddings is used although config.json ties them', () => {
    const folder = new Folder(dir, 'tied').config({ tie_word_embeddings: true });
    expect(bodyOf(folder).get('lm_head.weight')).toEqual(given.get('lm_head.weight'));
    expect(notesOf(folder)).toEqual([
      expect.stringMatching(/^lm_head\.weight is not equal to the embeddings/),
    ]);
    folder.arrays((arrays) => arrays.set('lm_head.weight', arrays.get(EMBEDDINGS)!));
    expect(bodyOf(folder).has('lm_head.weight')).toBe(false);
    expect(notesOf(folder)).toEqual([]);
  });
});

describe('is refused by file and field', () => {
  test.each<[string, (folder: Folder) => unknown, RegExp]>([
    [
      'NaN',
      (f) => f.arrays((a) => (a.get(QUERY)!.data[3] = Number.NaN)),
      /'model\.layers\.0.*' holds NaN \(number 3 of/,
    ],
    [
      'infinite',
      (f) => f.arrays((a) => (a.get(QUERY)!.data[0] = Infinity)),
      /safetensors: array .* holds Infinity/,
    ],
    [
      'twice',
      (f) => f.arrays((a) => a.set(QUERY.slice(6), a.get(QUERY)!)),
      /q_proj\.weight' is there as 'layers.* too/,
    ],
    ['LoRA', (f) => f.write('adapter_config.json', {}), /adapter_config\.json: 'peft_type' is .* merge it/],
    [
      'LoRA arrays',
      (f) => f.arrays((a) => a.set(`${QUERY}.lora_A.weight`, filled(3))),
      /part of an adapter; merge/,
    ],
    [
      'pickled',
      (f) => f.write('pytorch_model.bin', 'x').removed('model.safetensors'),
      /pytorch_model\.bin: .*save_pretrained/,
    ],
    [
      'no weights',
      (f) => f.removed('model.safetensors'),
      /model\.safetensors: cannot be read; give a folder/,
    ],
    [
      'a missing shard',
      (f) =>
        f
          .shards(() => {})
          .removed('model.safetensors')
          .removed(SHARDS[1]),
      /names model-00002.*no such/,
    ],
    [
      'an outer shard',
      (f) => shardNamed(f, '../x.safetensors'),
      /weight_map\['.*'\] is "\.\.\/x\.safetensors", and should be/,
    ],
    ['a numbered shard', (f) => shardNamed(f, 3), /weight_map\['.*'\] should be a file name, got 3/],
    [
      'another shard',
      (f) => shardNamed(f, SHARDS[1]),
      /weight_map says that array '.*' is in model-00002.*and it is not|does not/,
    ],
    [
      'an index of nothing',
      (f) => f.shards((_, i) => (i.weight_map = [])).removed('model.safetensors'),
      /weight_map should be/,
    ],
    [
      'an index without metadata',
      (f) => f.shards((_, i) => delete i.metadata).removed('model.safetensors'),
      /metadata should be/,
    ],
    [
      'arrays in both',
      (f) =>
        f
          .shards(([a, b]) => b.set(QUERY, a.get(QUERY) ?? b.get(QUERY)!) && a.set(QUERY, b.get(QUERY)!))
          .removed('model.safetensors'),
      /is in model-00001.* and in model-00002/,
    ],
    ['a mark in front', (f) => f.text('config.json', (t) => `\ufeff${t}`), /config\.json: not valid JSON/],
    [
      'no UTF-8',
      (f) => writeFileSync(f.at('config.json'), Buffer.from([0x7b, 0xff])),
      /config\.json: byte 1 \(0xff\) is not UTF-8/,
    ],
    ['a list', (f) => f.write('config.json', '[1]'), /config\.json: should be a JSON object, got \[1\]/],
    [
      'a text',
      (f) => f.config({ vocab_size: '512' }),
      /'vocab_size' should be a number, whole and above 0, got "512"/,
    ],
    [
      'a fraction',
      (f) => f.text('config.json', (t) => t.replace('"vocab_size": 512', '"vocab_size": 512.0')),
      /got 512\.0$/,
    ],
    [
      'a tie',
      (f) => f.config({ tie_word_embeddings: 'false' }),
      /'tie_word_embeddings' should be true or false, got "false"/,
    ],
    [
      'an epsilon',
      (f) => f.text('config.json', (t) => t.replace('1e-06', 'NaN')),
      /'rms_norm_eps' should be a number above 0, got NaN/,
    ],
    [
      'a base',
      (f) => f.config({ rope_parameters: { rope_theta: -5 } }),
      /'rope_parameters' should be an object whose rope_theta/,
    ],
    [
      'an end',
      (f) => f.config({ eos_token_id: ['x'] }),
      /'eos_token_id' should be a token id, a list of them, or null/,
    ],
    [
      'an end of samples',
      (f) => f.write('generation_config.json', { eos_token_id: 'x' }),
      /generation_config\.json: 'eos_token_id'/,
    ],
    [
      'a huge vocabulary',
      (f) => f.config({ vocab_size: 1e12 }),
      /'vocab_size' is 1000000000000, and no array of the weights/,
    ],
    [
      'a million layers',
      (f) => f.config({ num_hidden_layers: 1e9 }),
      /'num_hidden_layers' is 1000000000, and the weights have 21 arrays/,
    ],
    [
      'a trillion positions',
      (f) => f.config({ max_position_embeddings: 1e12 }),
      /'max_position_embeddings' is 1000000000000, and tables/,
    ],
    [
      'a normalisation',
      (f) => f.config({ tiltyard: { rewardMean: 0, rewardStd: 0 } }),
      /'tiltyard' should be \{ rewardMean, rewardStd/,
    ],
  ])('%s', (name, change, message) => {
    const folder = new Folder(dir, `refused ${name}`);
    change(folder);
    expect(() => readModelFolder(folder.dir)).toThrow(TiltyardError);
    expect(() => readModelFolder(folder.dir)).toThrow(message);
  });
  test('two names of one number that differ', () => {
    const folder = new Folder(dir, 'two names', 'tiny-gpt2').config({ num_hidden_layers: 1 });
    expect(() => readModelFolder(folder.dir)).toThrow(
      /'n_layer' is 2 and 'num_hidden_layers' is 1, two names/,
    );
  });
});

/** Shards whose index has another value for its first array. */
const shardNamed = (folder: Folder, value: unknown): Folder =>
  folder
    .shards(
      ([first], index) => ((index.weight_map as Record<string, unknown>)[[...first.keys()][0]!] = value),
    )
    .removed('model.safetensors');
