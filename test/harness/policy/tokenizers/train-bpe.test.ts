import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tokenizerOfJson } from '../../../../harness/policy/tokenizers/huggingface.js';
import { BYTES_AND_END, trainBpe, WordCounts } from '../../../../harness/policy/tokenizers/train-bpe.js';

/** What BpeTrainer of the tokenizers library (0.23.2) makes of the same texts: test/peers/train_bpe.py. */
const golden = JSON.parse(
  readFileSync(new URL('../../../golden/train-bpe.json', import.meta.url), 'utf8'),
) as {
  readonly texts: readonly string[];
  readonly merges: readonly string[];
  readonly ids: readonly (readonly number[])[];
};

function trained(texts: readonly string[], size: number) {
  const words = new WordCounts();
  for (const text of texts) words.add(text);
  return trainBpe(words.spelled(), size);
}

describe('byte pairs, trained', () => {
  const json = trained(golden.texts, 290);

  test('merges are those of the tokenizers library, ties and overlaps among them', () => {
    const { merges } = json['model'] as { merges: readonly (readonly [string, string])[] };
    expect(merges.map((pair) => pair.join(' '))).toEqual(golden.merges);
  });

  test('ids are its ids, and texts come back', () => {
    const tokenizer = tokenizerOfJson(json, 'trained');
    expect(tokenizer).toMatchObject({ vocabSize: 290, eosId: 0, padId: 0 });
    for (const [i, text] of golden.texts.entries()) {
      expect(tokenizer.encode(text)).toEqual(golden.ids[i]);
      expect(tokenizer.decode(golden.ids[i]!)).toBe(text);
    }
  });

  test('a vocabulary ends where no pair is met twice', () => {
    expect(tokenizerOfJson(trained(['abc', 'de'], 1000), 'few').vocabSize).toBe(BYTES_AND_END);
    expect(tokenizerOfJson(trained([], 1000), 'none').encode('any')).toHaveLength(3);
  });
});
