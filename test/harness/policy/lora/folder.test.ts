import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashModelFolder } from '../../../../harness/policy/checkpoint/files.js';
import { parametersIn, readModelFolder } from '../../../../harness/policy/checkpoint/folder.js';
import { encodeSafetensors, readSafetensors } from '../../../../harness/policy/checkpoint/safetensors.js';
import { writeModelFolder } from '../../../../harness/policy/checkpoint/write.js';
import { baseOf } from '../../../../harness/policy/lora/adapter-config.js';
import { root, temporary } from '../../../support.js';

const golden = join(root, 'test', 'golden');
const WEIGHTS = 'adapter_model.safetensors';

/** The golden adapter beside its model, where both may be changed. */
function copied(): { dir: string; base: string; config(fields: object): void } {
  const [dir, base] = [join(temporary(), 'adapter'), join(temporary(), 'base')];
  cpSync(join(golden, 'lora', 'gpt2-c_attn'), dir, { recursive: true });
  cpSync(join(golden, 'tiny-gpt2'), base, { recursive: true });
  const config = (fields: object): void => {
    const path = join(dir, 'adapter_config.json');
    const before = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...before, ...fields }));
  };
  config({ base_model_name_or_path: base });
  return { dir, base, config };
}

test('what is trained from an adapter is written as its model came', () => {
  const { dir, base } = copied();
  const { architecture, body } = readModelFolder(dir);
  const out = temporary();
  const arrays = new Map([...body].map(([name, array]) => [architecture.filePrefix + name, array]));
  writeModelFolder(out, { architecture, arrays, normalisation: null, tokenizer: null, from: dir });
  const fields = (of: string): object => JSON.parse(readFileSync(join(of, 'config.json'), 'utf8')) as object;
  expect(fields(out)).toEqual(fields(base));
  expect(readModelFolder(out).body).toEqual(body);
  expect(parametersIn(dir)).toBe(parametersIn(base));
});

test('its digest is of both folders: a change of either is another start', () => {
  const { dir, base, config } = copied();
  const before = hashModelFolder(dir);
  const names = Object.keys(before.files);
  expect(names).toContain('adapter_model.safetensors');
  expect(names.filter((name) => name.startsWith('..') && name.endsWith('model.safetensors'))).toHaveLength(1);
  const generation = join(base, 'generation_config.json');
  writeFileSync(generation, `${readFileSync(generation, 'utf8')}\n`);
  const after = hashModelFolder(dir);
  expect(after.hash).not.toBe(before.hash);
  config({ lora_alpha: 9 });
  expect(hashModelFolder(dir).hash).not.toBe(after.hash);
});

test.each([
  [
    'a model that is not here',
    { base_model_name_or_path: 'gpt2' },
    /is "?'?gpt2.*no model folder here; download/,
  ],
  [
    'DoRA',
    { use_dora: true },
    /'use_dora' is true, and plain LoRA is read alone; merge it into its model first/,
  ],
  ['another method', { peft_type: 'IA3' }, /'peft_type' is .*IA3/],
  ['ranks by module', { rank_pattern: { c_attn: 2 } }, /'rank_pattern' is/],
  ['biases', { bias: 'all' }, /'bias' is/],
  ['a rank that is none', { r: 0 }, /'r' should be a number above 0, got 0/],
  ['another rank than its arrays', { r: 3 }, /lora_A.weight' is \[4, \d+\], the model wants \[3, \d+\]/],
])('%s is refused by file and field', (_, fields, message) => {
  const { dir, config } = copied();
  config(fields);
  expect(() => readModelFolder(dir)).toThrow(message);
});

test.each([
  ['no module of the model', (name: string) => name.replace('h.0', 'h.9'), /no adapter of a linear module/],
  [
    'half of an adapter',
    (name: string) => name.replace('h.0.attn.c_attn.lora_B', 'x.lora_B'),
    /has no .*lora_B/,
  ],
])('arrays of %s are refused by name', (_, rename, message) => {
  const { dir } = copied();
  const arrays = readSafetensors(join(dir, WEIGHTS));
  const other = new Map([...arrays].map(([name, array]) => [rename(name), array]));
  writeFileSync(join(dir, WEIGHTS), encodeSafetensors(other));
  expect(() => readModelFolder(dir)).toThrow(message);
});

test('numbers that are not finite are refused', () => {
  const { dir } = copied();
  const arrays = readSafetensors(join(dir, WEIGHTS));
  [...arrays.values()][0]!.data[2] = Number.NaN;
  writeFileSync(join(dir, WEIGHTS), encodeSafetensors(arrays));
  expect(() => readModelFolder(dir)).toThrow(/holds NaN \(number 2 of/);
});

test('a path to the model is relative to the adapter', () => {
  expect(baseOf(join(golden, 'lora', 'llama-q-v'))).toBe(join(golden, 'tiny-llama'));
});
