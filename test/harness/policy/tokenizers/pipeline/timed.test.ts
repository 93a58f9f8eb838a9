import { expect, test } from 'vitest';
import { TimedExpression } from '../../../../../harness/policy/tokenizers/pipeline/timed.js';
import { huggingFaceTokenizer } from '../../../../../harness/policy/tokenizers/huggingface.js';
import { BACKEND, folderOf, LETTERS } from '../folders.js';

test('it finds what the expression finds', () => {
  const plain = /b+|(a)/gu;
  const timed = new TimedExpression(plain, 'file');
  for (const text of ['', 'xx', 'abba', 'bbxa']) {
    expect(text.match(timed)).toEqual(text.match(plain));
    expect([...text.matchAll(timed)].map(({ index, 0: found }) => [index, found])).toEqual(
      [...text.matchAll(plain)].map(({ index, 0: found }) => [index, found]),
    );
    expect(text.replace(timed, '-')).toBe(text.replace(plain, '-'));
  }
});
test('one that would take years is ended, and named', () => {
  const timed = new TimedExpression(/^(?:a|aa)+$/gu, 'tokenizer.json: pre_tokenizer.pattern', 200);
  const text = `${'a'.repeat(80)}b`;
  for (const find of [
    () => text.match(timed),
    () => [...text.matchAll(timed)],
    () => text.replace(timed, ''),
  ])
    expect(find).toThrow(
      /^tokenizer\.json: pre_tokenizer\.pattern: the expression .* takes more than 0\.2 s/,
    );
});
test('a tokenizer with expressions of its own reads as before; published ones are not timed', () => {
  const made = (pattern: string) =>
    huggingFaceTokenizer(
      folderOf({
        'tokenizer.json': {
          ...LETTERS,
          pre_tokenizer: {
            type: 'Sequence',
            pretokenizers: [
              { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
              { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
            ],
          },
        },
        'tokenizer_config.json': { ...BACKEND, eos_token: '<end>' },
      }),
    );
  const own = made('[ab]+|[^ab]+');
  expect(own.decode(own.encode('abcab?'))).toBe('abcab?');
  const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  expect(made(gpt2).encode('abcab?')).toEqual(own.encode('abcab?'));
});
