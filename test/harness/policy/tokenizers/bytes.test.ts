import { expect, test } from 'vitest';
import { byteTokenizer } from '../../../../harness/policy/tokenizers/bytes.js';

test('bytes take any text and give it back', () => {
  const text = 'naïve 東京 🚀\n\t';
  expect(byteTokenizer().decode(byteTokenizer().encode(text))).toBe(text);
});
