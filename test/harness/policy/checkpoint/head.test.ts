import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeSafetensors, readSafetensors } from '../../../../harness/policy/checkpoint/safetensors.js';
import { readModelFolder } from '../../../../harness/policy/checkpoint/folder.js';
import { goldenDir } from '../../../golden/support.js';
import { temporary } from '../../../support.js';

const dir = temporary();

/** A golden folder whose config says this of the tie, with or without a head of its own among the weights. */
function folder(family: string, tie: boolean | undefined, head: boolean): string {
  const path = join(dir, `${family}-${String(tie)}-${String(head)}`);
  cpSync(join(goldenDir, family), path, { recursive: true });
  const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, tie_word_embeddings: tie }));
  const arrays = readSafetensors(join(path, 'model.safetensors'));
  const embeddings = [...arrays].find(([name]) => /wte|embed_tokens/.test(name))![1];
  arrays.delete('lm_head.weight');
  if (head) arrays.set('lm_head.weight', embeddings);
  writeFileSync(join(path, 'model.safetensors'), encodeSafetensors(arrays));
  return path;
}
const hasHead = (path: string): boolean => readModelFolder(path).body.has('lm_head.weight');

test('an absent tie_word_embeddings is false but for gpt2, as in transformers', () => {
  for (const family of ['tiny-llama', 'tiny-qwen2'])
    expect(hasHead(folder(family, undefined, true))).toBe(true);
  expect(hasHead(folder('tiny-gpt2', undefined, false))).toBe(false);
  expect(hasHead(folder('tiny-llama', true, true))).toBe(false);
});
test('a head that the configuration wants and the weights lack is refused, not tied', () => {
  expect(() => readModelFolder(folder('tiny-llama', false, false))).toThrow(
    /config\.json: tie_word_embeddings is false, but the weights have no lm_head\.weight; add the head, /,
  );
  expect(() => readModelFolder(folder('tiny-qwen2', undefined, false))).toThrow(
    /tie_word_embeddings is absent, which means false for qwen2, but the weights have no lm_head\.weight/,
  );
});
