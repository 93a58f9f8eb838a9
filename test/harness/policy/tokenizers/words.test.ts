import { expect, test } from 'vitest';
import { VOCABULARY } from '../../../../datasets/worlds/reviews/grammar.js';
import { wordTokenizer } from '../../../../harness/policy/tokenizers/words.js';

test('words: unknown ones are refused with the nearest', () => {
  const words = wordTokenizer(VOCABULARY);
  expect(words.decode([...words.encode('the plot is good .'), words.eosId, words.padId])).toBe(
    'the plot is good .',
  );
  expect(() => words.encode('the plit')).toThrow("unknown word 'plit'; did you mean 'plot'?");
  expect(() => words.encode('<eos>')).toThrow(/unknown word/); // special tokens are never text
});
