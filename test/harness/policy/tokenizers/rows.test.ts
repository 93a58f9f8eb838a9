import { describe, expect, test } from 'vitest';
import { byteTokenizer } from '../../../../harness/policy/tokenizers/bytes.js';
import { huggingFaceTokenizer } from '../../../../harness/policy/tokenizers/huggingface.js';
import { pairCounter } from '../../../../harness/policy/tokenizers/counts.js';
import { encodePair, encodeRow, wholePair } from '../../../../harness/policy/tokenizers/rows.js';
import { BACKEND, folderOf, LETTERS } from './folders.js';

const limits = { maxPromptTokens: 3, maxCompletionTokens: 3, endsWithEos: true };
const letter = (text: string): number => text.charCodeAt(0) + 2;

describe('long rows', () => {
  const row = (prompt: string, completion: string, more = {}) =>
    encodeRow(byteTokenizer(), { prompt, completion }, { ...limits, ...more });
  test('are refused unless they are truncated', () => {
    expect(() => row('abcd', 'x')).toThrow(/has 4 tokens, the limit is 3/);
    expect(() => row('a', 'wxyz')).toThrow(/a completion has 4 tokens, the limit is 3/);
  });
  test('prompts keep their end, completions their start, and no end is put on what was cut', () => {
    expect(row('abcd', 'wxyz', { truncate: true })).toMatchObject({
      prompt: ['b', 'c', 'd'].map(letter),
      completion: ['w', 'x', 'y'].map(letter),
      cut: { prompt: true, completion: true },
    });
  });
  test('one that just fills the bound has no room for its end, and says so', () => {
    expect(row('a', 'xyz')).toMatchObject({
      completion: ['x', 'y', 'z'].map(letter),
      cut: { completion: true },
    });
    expect(row('a', 'xy')).toMatchObject({
      completion: [letter('x'), letter('y'), 1],
      cut: { completion: false },
    });
  });
});

describe('where a reward is read', () => {
  const tokenizer = huggingFaceTokenizer(
    folderOf({
      'tokenizer.json': LETTERS,
      'tokenizer_config.json': { ...BACKEND, eos_token: '<end>' },
      'generation_config.json': { eos_token_id: [1, 2] },
    }),
    { templated: true },
  );
  const scored = (completion: string, closed = true): [number[], number] => {
    const row = encodeRow(
      tokenizer,
      { prompt: 'a', completion, closed },
      { ...limits, maxCompletionTokens: 9 },
    );
    return [row.completion, row.scored];
  };
  test('at the token that ends the turn, not at the line break after it', () => {
    expect(scored('x<turn>\n')).toEqual([[27, 2, 32], 2]);
  });
  test('at the last turn of several', () => {
    expect(scored('x<turn>\ny<turn>\n')[1]).toBe(5);
  });
  test('at the last token where text follows the end, and where there is none', () => {
    expect(scored('x<turn>y')[1]).toBe(3);
    expect(scored('xy')[1]).toBe(2);
  });
  test('at the end token that plain text gets', () => {
    expect(scored('x', false)).toEqual([[27, 1], 2]);
  });
});

describe('a pair', () => {
  const opened = (templated: boolean) =>
    huggingFaceTokenizer(
      folderOf({
        'tokenizer.json': LETTERS,
        'tokenizer_config.json': { ...BACKEND, eos_token: '<end>' },
        'generation_config.json': { eos_token_id: [1, 2] },
      }),
      { templated },
    );
  const pair = { prompt: 'ab', chosen: ' c<turn>\n', rejected: 'd', closed: false };

  test('has the rows of its sides, and its prompt is encoded once', () => {
    const tokenizer = opened(false);
    const asked: string[] = [];
    const watched = {
      ...tokenizer,
      encode: (text: string) => {
        asked.push(text);
        return tokenizer.encode(text);
      },
    };
    const wide = { ...limits, maxCompletionTokens: 9 };
    const { chosen, rejected } = encodePair(watched, pair, wide, 'here');
    expect(asked).toEqual(['ab']);
    const side = (completion: string) => encodeRow(tokenizer, { ...pair, completion }, wide);
    expect([chosen, rejected]).toEqual([side(pair.chosen), side(pair.rejected)]);
    expect(tokenizer.encodeAfter!('ab', 'd', true, chosen.prompt)).toEqual(
      tokenizer.encodeAfter!('ab', 'd', true),
    );
  });

  test.each([
    ['with room', { ...limits, maxCompletionTokens: 9 }],
    ['truncated', { ...limits, maxPromptTokens: 1, maxCompletionTokens: 2, truncate: true }],
    ['without ends', { ...limits, maxCompletionTokens: 9, endsWithEos: false }],
  ])('is counted as training gets it: %s', (_, bounds) => {
    const tokenizer = opened(true);
    const count = pairCounter(tokenizer, bounds);
    const counted = count(wholePair(tokenizer, pair, bounds, 'here'), 'here');
    const { chosen, rejected } = encodePair(tokenizer, pair, bounds, 'here');
    const ends = (ids: readonly number[]): number =>
      bounds.endsWithEos ? ids.filter((id) => id === 1 || id === 2).length : 0;
    expect(counted).toEqual({
      prompt: chosen.prompt.length,
      chosen: chosen.completion.length,
      rejected: rejected.completion.length,
      equal: false,
      ends: { chosen: ends(chosen.completion), rejected: ends(rejected.completion) },
      unknown: 0,
    });
  });
});
