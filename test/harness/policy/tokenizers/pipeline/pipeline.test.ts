import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { huggingFaceTokenizer } from '../../../../../harness/policy/tokenizers/huggingface.js';
import { BACKEND, folderOf, LETTERS } from '../folders.js';

interface Family {
  /** Of a class: the family whose tokenizer.json it has. */
  readonly tokenizer: string | object;
  readonly settings: object;
  readonly config: object;
  readonly special?: { readonly eos: number; readonly pad: number | null };
  /** Ids without and with special tokens (null: the same), and the text that comes back (null: the same). */
  readonly rows: readonly (readonly [number[], number[] | null, string | null])[];
}

// Made by test/peers/make_tokenizers.py with tokenizers 0.23 and transformers 5.18.
const golden = JSON.parse(
  gunzipSync(readFileSync(new URL('../../../../golden/tokenizers.json.gz', import.meta.url))).toString(
    'utf8',
  ),
) as { readonly texts: readonly string[]; readonly families: Readonly<Record<string, Family>> };

describe('random strings are those of the tokenizers library', () => {
  test.each(Object.entries(golden.families))('%s', (_, family) => {
    const json =
      typeof family.tokenizer === 'string' ? golden.families[family.tokenizer]!.tokenizer : family.tokenizer;
    const dir = folderOf({
      'tokenizer.json': json,
      'tokenizer_config.json': family.settings,
      'config.json': family.config,
    });
    const [plain, templated] = [huggingFaceTokenizer(dir), huggingFaceTokenizer(dir, { templated: true })];
    family.rows.forEach(([bare, framed, decoded], i) => {
      const text = golden.texts[i]!;
      expect(templated.encode(text), JSON.stringify(text)).toEqual(bare);
      expect(plain.encode(text), JSON.stringify(text)).toEqual(framed ?? bare);
      expect(templated.decode(bare), JSON.stringify(bare)).toBe(decoded ?? text);
    });
    if (family.special !== undefined) {
      expect(plain.eosId).toBe(family.special.eos);
      expect(plain.padId).toBe(family.special.pad ?? family.special.eos);
    }
  });
});

describe('what would be read otherwise is refused by name', () => {
  const opened = (parts: object, settings: object = {}) =>
    huggingFaceTokenizer(
      folderOf({
        'tokenizer.json': { ...LETTERS, ...parts },
        'tokenizer_config.json': { ...BACKEND, eos_token: '<end>', ...settings },
      }),
    );
  const model = (fields: object) => ({ model: { ...LETTERS.model, ...fields } });
  const pattern = (Regex: string) => ({
    pre_tokenizer: { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false },
  });
  test.each<[string, object, RegExp]>([
    ['normalizer', { normalizer: { type: 'Precompiled' } }, /normalizer: .*type "Precompiled" is not read/],
    [
      'inside a sequence',
      { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'BertNormalizer' }] } },
      /normalizer\.normalizers\[1\]: .*"BertNormalizer"/,
    ],
    ['pre_tokenizer', { pre_tokenizer: { type: 'UnicodeScripts' } }, /pre_tokenizer: .*"UnicodeScripts"/],
    ['decoder', { decoder: { type: 'CTC' } }, /decoder: .*"CTC"/],
    ['post_processor', { post_processor: { type: 'Odd' } }, /post_processor: .*"Odd"/],
    ['model', model({ type: 'Unigram' }), /model\.type: .*"Unigram"/],
    ['suffix', model({ end_of_word_suffix: '</w>' }), /model\.end_of_word_suffix: "<\/w>"/],
    ['dropout', model({ dropout: 0.1 }), /model\.dropout: 0\.1, which tokenises at random/],
    ['merges', model({ merges: [['a', 'z']] }), /merges\[0\]: token "az" is not in the vocabulary/],
    ['a merge', model({ merges: ['a b c'] }), /merges\[0\] should be two tokens, got "a b c"/],
    ['ids', model({ vocab: { a: -1 } }), /vocab\["a"\] should be an id >= 0, got -1/],
    ['possessive', pattern('a++'), /pattern: a possessive or atomic group in "a\+\+"/],
    ['options', pattern('(?i:[ab])'), /pattern: an option group/],
    ['no expression', pattern('(a'), /pattern: the expression "\(a"/],
    [
      'behaviour',
      { pre_tokenizer: { type: 'Split', pattern: { String: 'a' }, behavior: 'Odd' } },
      /behavior should be Removed, .*got 'Odd'/,
    ],
  ])('%s', (_, parts, message) => {
    expect(() => opened(parts)).toThrow(message);
  });
  test('settings of tokenizer_config.json', () => {
    expect(() => opened({}, { tokenizer_class: 'T5TokenizerFast' })).toThrow(
      /tokenizer_class 'T5TokenizerFast'/,
    );
    expect(() => opened({}, { split_special_tokens: true })).toThrow(/split_special_tokens: true/);
  });
  test('half of a surrogate pair has no bytes', () => {
    expect(() => opened({}).encode('ab\ud83d')).toThrow(
      /half of a surrogate pair \(U\+D83D at character 2\)/,
    );
  });
});

test('decoding cleans nothing up, and a byte-order mark is text', () => {
  const vocab = Object.fromEntries([' .', '\ufeff'].flatMap((text) => text.split('')).map((x, i) => [x, i]));
  const tokenizer = huggingFaceTokenizer(
    folderOf({
      'tokenizer.json': {
        ...LETTERS,
        added_tokens: [],
        pre_tokenizer: null,
        decoder: { type: 'Fuse' },
        model: { type: 'BPE', vocab: { ...vocab, '<end>': 3 }, merges: [] },
      },
      'tokenizer_config.json': { ...BACKEND, eos_token: '<end>', clean_up_tokenization_spaces: true },
    }),
  );
  expect(tokenizer.decode(tokenizer.encode('\ufeff .'))).toBe('\ufeff .');
});
