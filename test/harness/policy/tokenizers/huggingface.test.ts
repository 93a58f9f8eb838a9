import { describe, expect, test } from 'vitest';
import { huggingFaceTokenizer } from '../../../../harness/policy/tokenizers/huggingface.js';
import { BACKEND, folderOf, LETTERS } from './folders.js';

const opened = (files: Readonly<Record<string, unknown>>, options = {}) =>
  huggingFaceTokenizer(folderOf({ 'tokenizer.json': LETTERS, ...files }), options);
const settings = (fields: object) => ({ 'tokenizer_config.json': { ...BACKEND, ...fields } });

describe('special tokens are those of transformers', () => {
  const object = { content: '<end>', lstrip: false, rstrip: false, normalized: false, single_word: false };
  test.each<[string, Readonly<Record<string, unknown>>, number, string]>([
    ['a string', settings({ eos_token: '<end>' }), 1, 'tokenizer_config.json: eos_token'],
    [
      'an object',
      settings({ eos_token: { __type: 'AddedToken', ...object } }),
      1,
      'tokenizer_config.json: eos_token',
    ],
    [
      'special_tokens_map.json goes over tokenizer_config.json',
      { ...settings({ eos_token: '<turn>' }), 'special_tokens_map.json': { eos_token: object } },
      1,
      'special_tokens_map.json: eos_token',
    ],
    [
      'but where added_tokens_decoder is there',
      {
        ...settings({ eos_token: '<end>', added_tokens_decoder: { 1: { ...object, special: true } } }),
        'special_tokens_map.json': { eos_token: '<turn>' },
      },
      1,
      'tokenizer_config.json: eos_token',
    ],
    [
      'a word of the vocabulary becomes a token of its own',
      settings({ eos_token: 'ab' }),
      34,
      'tokenizer_config.json: eos_token',
    ],
  ])('%s', (_, files, id, from) => {
    const tokenizer = opened(files);
    expect(tokenizer.eosId).toBe(id);
    expect(tokenizer.specialTokens).toContainEqual({ role: 'end', ids: [id], from });
  });
  test('null names none, whatever config.json says, so plain text cannot be ended', () => {
    const files = { ...settings({ eos_token: null }), 'config.json': { eos_token_id: 1 } };
    expect(() => opened(files)).toThrow(/names no end token.*set eos_token in tokenizer_config\.json/);
    expect(opened(files, { templated: true }).eosId).toBe(1);
  });
  test('what is neither is refused, with file and field', () => {
    expect(() => opened(settings({ eos_token: 1 }))).toThrow(
      /tokenizer_config\.json: eos_token should be a string, an AddedToken object or null, got 1/,
    );
    expect(() => opened(settings({ eos_token: 'long '.repeat(50_000) }))).toThrow(
      /an added token of 250000 letters \('long long long long \.\.\.'\), and 1000 is the most/,
    );
    expect(() => opened({ 'tokenizer_config.json': '{' })).toThrow(/tokenizer_config\.json: not valid JSON/);
    expect(() => opened({ 'tokenizer.json': { ...LETTERS, added_tokens: [3] } })).toThrow(
      /added_tokens\[0\] should have content and id, got 3/,
    );
  });
  test('tokens of tokenizer_config.json are found in text', () => {
    const tokenizer = opened(settings({ eos_token: '<end>', additional_special_tokens: ['ab'] }));
    expect(tokenizer.encode('xab')).toEqual([27, 34]);
    expect(tokenizer.decode([27, 34])).toBe('x');
  });
});

describe('padding is masked, so any id will do', () => {
  test.each<[string, object, number, string]>([
    ['none: the end token', {}, 1, 'the end token, since no padding token is named'],
    ['the end token', { pad_token: '<end>' }, 1, 'tokenizer_config.json: pad_token'],
    ['its own', { pad_token: '<pad>' }, 0, 'tokenizer_config.json: pad_token'],
  ])('%s', (_, fields, id, from) => {
    const tokenizer = opened(settings({ eos_token: '<end>', ...fields }));
    expect(tokenizer.padId).toBe(id);
    expect(tokenizer.specialTokens).toContainEqual({ role: 'padding', ids: [id], from });
  });
  test('one that no embedding stands for is refused, with both sizes', () => {
    const files = {
      ...settings({ eos_token: '<end>', pad_token: '[PAD]' }),
      'config.json': { vocab_size: 35 },
    };
    expect(() => opened(files)).toThrow(
      /ids up to 35 \("\[PAD\]", tokenizer_config\.json: pad_token\), and vocab_size in config\.json is 35/,
    );
    expect(opened({ ...files, 'config.json': { vocab_size: 64 } }).vocabSize).toBe(64);
  });
});

describe('every id that ends a sample', () => {
  const template = [
    "{% for m in messages %}{{ m.role + '?' + m.content + '<turn>' }}{% endfor %}",
    '{% if add_generation_prompt %}a{% endif %}',
  ].join('');
  test('of the tokenizer, the configurations and the template', () => {
    const tokenizer = opened({
      ...settings({ eos_token: '<end>', chat_template: template }),
      'generation_config.json': { eos_token_id: [1, 3] },
      'config.json': { eos_token_id: [5], vocab_size: 35 },
    });
    expect(tokenizer.endIds).toEqual([1, 3, 5, 2]);
    expect(tokenizer.specialTokens!.filter(({ role }) => role === 'end')).toEqual([
      { role: 'end', ids: [1], from: 'tokenizer_config.json: eos_token' },
      { role: 'end', ids: [1, 3], from: 'generation_config.json: eos_token_id' },
      { role: 'end', ids: [5], from: 'config.json: eos_token_id' },
      { role: 'end', ids: [2], from: 'tokenizer_config.json: chat_template, the end of a turn' },
    ]);
  });
  test('one id of config.json counts where generation_config.json is not there, as in transformers', () => {
    const one = { ...settings({ eos_token: '<end>' }), 'config.json': { eos_token_id: 3, vocab_size: 35 } };
    expect(opened(one).endIds).toEqual([1, 3]);
    expect(opened({ ...one, 'generation_config.json': {} }).endIds).toEqual([1]);
  });
  test('an id that the model has no token for never ends one', () => {
    expect(
      opened({ ...settings({ eos_token: '<end>' }), 'config.json': { eos_token_id: 99 } }).endIds,
    ).toEqual([1]);
  });
});

describe('prompt and completion are encoded together', () => {
  const framing = {
    ...LETTERS,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<begin>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      special_tokens: { '<begin>': { id: '<begin>', ids: [3], tokens: ['<begin>'] } },
    },
  };
  const files = { 'tokenizer.json': framing, ...settings({ eos_token: '<end>' }) };
  test('and cut after as many tokens as the prompt has alone', () => {
    const tokenizer = opened(files);
    expect(tokenizer.encode('x')).toEqual([3, 27]);
    expect(tokenizer.encodeAfter!('x', ' a', true)).toEqual({ ids: [33, 1], exact: true });
    // "ab" is one token: the prompt's own "a" is not what the whole begins with
    expect(tokenizer.encodeAfter!('a', 'b', true)).toEqual({ ids: [1], exact: false });
  });
  test('an end that the text has already is not doubled', () => {
    expect(opened(files).encodeAfter!('x', 'a<end>', true).ids).toEqual([4, 1]);
    expect(opened(files).encodeAfter!('x', 'a', false).ids).toEqual([4]);
  });
  test('what a template wrote gets no begin token of the post-processor', () => {
    const tokenizer = opened(files, { templated: true });
    expect(tokenizer.encode('<begin>x')).toEqual([3, 27]);
    expect(tokenizer.encodeAfter!('x', 'a<turn>', false).ids).toEqual([4, 2]);
  });
  test('a prefix that SentencePiece writes stands at the start of the prompt alone', () => {
    const json = {
      ...LETTERS,
      normalizer: { type: 'Prepend', prepend: 'x' },
      pre_tokenizer: null,
    };
    const tokenizer = opened({ 'tokenizer.json': json, ...settings({ eos_token: '<end>' }) });
    expect(tokenizer.encode('c')).toEqual([27, 6]);
    expect(tokenizer.encodeAfter!('c', 'd', true).ids).toEqual([7, 1]);
  });
});
