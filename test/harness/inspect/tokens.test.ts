import { describe, expect, test } from 'vitest';
import { byteTokenizer } from '../../../harness/policy/tokenizers/bytes.js';
import { wordTokenizer } from '../../../harness/policy/tokenizers/words.js';
import { shownRow, tokenText } from '../../../harness/inspect/tokens.js';

describe('token ids as text', () => {
  const bytes = byteTokenizer();
  const show = tokenText(bytes);
  test('a token apart, special ones by name, line ends as in code', () => {
    expect(show([...bytes.encode('a\nb'), bytes.eosId, bytes.padId])).toEqual([
      'a',
      '\\n',
      'b',
      '‹<eos>›',
      '‹<pad>›',
    ]);
  });
  test('the tokens of one character stand together', () => {
    expect(show(bytes.encode('xé日🙂y'))).toEqual(['x', 'é', '日', '🙂', 'y']);
  });
  test('tokens that are no text are their ids', () => {
    const [first] = bytes.encode('é');
    expect(show([first!])).toEqual([`‹${first}›`]);
    expect(show([first!, ...bytes.encode('a')])).not.toContain('a');
    expect(show([first!, bytes.eosId])).toEqual([`‹${first}›`, '‹<eos>›']);
  });
  test('the spaces between words are theirs', () => {
    const words = wordTokenizer(['good', 'film']);
    expect(tokenText(words)(words.encode('good film'))).toEqual(['good', ' film']);
  });
  test('the border is marked', () => expect(shownRow(['a', 'b'], ['c', 'd'])).toBe('a│b║c│d'));
});
