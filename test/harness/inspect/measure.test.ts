import { describe, expect, test } from 'vitest';
import type { OpenDataset } from '../../../harness/contracts/dataset.js';
import { measure } from '../../../harness/inspect/measure.js';
import { fullForm, shortForm } from '../../../harness/inspect/text.js';
import { warnings } from '../../../harness/inspect/warnings.js';
import { openUnpaired } from '../../../harness/open-unpaired.js';
import { opened, openedPairs } from './support.js';

const pair = (prompt: string, chosen: string, rejected: string) => ({ prompt, chosen, rejected });
const plain = [pair('p0', 'aaa', 'b'), pair('p1', 'c', 'dd'), pair('p2', 'e', 'f')];

describe('what is counted of pairs', () => {
  test('lengths are those of the tokens, end token included', () => {
    const [train] = measure(openedPairs(plain)).splits;
    expect(train).toMatchObject({ split: 'train', prompts: 3, promptTokens: { min: 2, max: 2 } });
    expect(train!.given).toMatchObject({
      pairs: 3,
      chosen: { min: 2, mean: 8 / 3, max: 4 },
      rejected: { min: 2, max: 3 },
      chosenLonger: 1 / 3,
      rejectedLonger: 1 / 3,
      lengthDifference: 1 / 3,
    });
  });
  test('the same pair again, two sides that are equal, and a pair the other way round', () => {
    const rows = [...plain, plain[0]!, pair('p3', 'x', 'x'), pair('p1', 'dd', 'c')];
    const { given, prompts } = measure(openedPairs(rows)).splits[0]!;
    expect(given).toMatchObject({ pairs: 6, duplicates: 1, equalSides: 1, conflicting: 1 });
    expect(prompts).toBe(4);
  });
  test('another prompt with the same completions is neither', () => {
    const { given } = measure(openedPairs([...plain, pair('p9', 'aaa', 'b')])).splits[0]!;
    expect(given).toMatchObject({ duplicates: 0, conflicting: 0 });
  });
  test('texts are told apart where one begins as the other ends', () => {
    const { given } = measure(openedPairs([pair('a', 'b', 'cd'), pair('a', 'bc', 'd'), pair('ab', 'c', 'd')]))
      .splits[0]!;
    expect(given).toMatchObject({ duplicates: 0 });
  });
  test('margins that speak against their label', () => {
    const rows = [{ ...plain[0]!, margin: -1 }, { ...plain[1]!, margin: 2 }, plain[2]!];
    expect(measure(openedPairs(rows)).splits[0]!.given!.margins).toEqual({ rows: 2, negative: 1 });
  });
  test('an end token inside a completion, and a completion that fills its bound', () => {
    const data = openedPairs([pair('p0', 'a', 'bb'), pair('p1', 'c', 'dddd'), pair('p2', 'e', 'f')], {
      maxCompletionTokens: 4,
      maxPromptTokens: 20,
    });
    const { tokenizer } = data.open;
    const ends = { ...tokenizer, endIds: [tokenizer.eosId, tokenizer.encode('b')[0]!] };
    const { given } = measure(opened({ ...data.open, tokenizer: ends })).splits[0]!;
    expect(given).toMatchObject({ withoutEnd: 1, severalEnds: 1 });
  });
  test('tokens of unknown text', () => {
    const { open } = openedPairs(plain);
    const json = { model: { unk_token: '<unk>', vocab: { '<unk>': open.tokenizer.encode('a')[0]! } } };
    const row = measure(opened({ ...open, tokenizer: { ...open.tokenizer, toJSON: () => json } }));
    expect(row.splits[0]!.unknownTokens).toBe(3);
    expect(warnings(row)).toContain('train: 3 tokens of unknown text');
  });
});

describe('prompts of two splits', () => {
  test('are compared here, whatever the dataset says, and white space makes no other prompt', () => {
    const row = measure(openedPairs([...plain, pair(' test\n', 'x', 'y'), pair('validation', 'x', 'y')]));
    expect(row.shared).toEqual([
      { splits: ['train', 'validation'], prompts: 1, first: 'v' },
      { splits: ['train', 'test'], prompts: 1, first: 't' },
    ]);
    expect(shortForm(row)[0]).toBe('warning: 1 prompt of validation is in train too (the first: row v)');
  });
  test('are none where there are none', () => expect(measure(openedPairs(plain)).shared).toEqual([]));
});

describe('pairs that collect asks for', () => {
  test('beside those there are', () => {
    const row = measure(openedPairs(plain));
    expect(row.asked).toEqual({ pairs: { asked: 10, there: 3 }, heldoutPairs: { asked: 1, there: 1 } });
    expect(warnings(row)).toContain('collect.pairs: 10 asked, 3 given; there are no more');
    expect(warnings(row).join()).not.toContain('heldoutPairs');
  });
  test('nothing is missing where nobody asked, and what is left unused is said', () => {
    const told = (pairs: number, heldoutPairs: number, there: number): string[] => {
      const row = measure(openedPairs(plain));
      const of = (wanted: number, n: number) => ({ asked: wanted, there: n });
      return warnings({
        ...row,
        asked: { pairs: of(pairs, there), heldoutPairs: of(heldoutPairs, 40) },
      }).filter((what) => what.startsWith('collect'));
    };
    expect(told(2000, 256, 60)).toEqual([]);
    expect(told(2000, 30, 9000)).toEqual(['collect.pairs: 2000 of 9000 are used, the default']);
  });
  test('nothing, where a policy is sampled', () => {
    expect(measure({ ...openedPairs(plain), samples: true }).asked).toBeNull();
  });
});

describe('the account of a dataset', () => {
  const account: OpenDataset['account'] = {
    sources: [
      {
        file: 'mine.jsonl',
        sha256: 'ab'.repeat(32),
        rows: 60,
        kept: 20,
        dropped: [{ reason: 'the prompt is empty', rows: 40, first: 'mine.jsonl:3' }],
        truncated: { prompts: 2, completions: 1 },
      },
    ],
    template: { name: 'default', from: 'model/tokenizer_config.json chat_template' },
    specialTokens: [{ role: 'end', ids: [1, 7], from: 'model/generation_config.json eos_token_id' }],
    notes: ['Two splits share prompts on purpose.'],
  };
  const row = measure(opened({ ...openedPairs(plain).open, account }));
  test('is in the short form: warnings first, one line per reason, one for tokens and template', () => {
    expect(shortForm(row)).toEqual([
      'warning: mine.jsonl: 40 of 60 rows left out',
      'warning: mine.jsonl: 2 prompts and 1 completion cut to their bound',
      'warning: collect.pairs: 10 asked, 3 given; there are no more',
      'note: Two splits share prompts on purpose.',
      'mine.jsonl: 60 rows, 20 kept',
      '  dropped 40: the prompt is empty (first: mine.jsonl:3)',
      'asked: pairs 10, given 3; heldoutPairs 1, given 1',
      'train: 3 pairs, 3 prompts; prompt 2, chosen 2 to 4 (mean 2.7), rejected 2 to 3 (mean 2.3) tokens; ' +
        'chosen longer in 33 %',
      'validation: 1 pair, 1 prompt; prompt 10, chosen 2, rejected 2 tokens; chosen longer in 0 %',
      'test: 1 pair, 1 prompt; prompt 4, chosen 2, rejected 2 tokens; chosen longer in 0 %',
      'heldout: 1 pair, 1 prompt; prompt 7, chosen 2, rejected 2 tokens; chosen longer in 0 %',
      'tokens: end 1, 7 (model/generation_config.json eos_token_id); ' +
        'template: default, model/tokenizer_config.json chat_template',
    ]);
  });
  test('is in the full form, with a bar for every range of lengths', () => {
    const text = fullForm(row).join('\n');
    expect(text).toContain('end tokens: 1, 7, from model/generation_config.json eos_token_id');
    expect(text).toContain('begin token: none');
    expect(text).toContain('no two splits have a prompt in common');
    expect(text).toContain('collect.pairs: 10 asked, 3 given, 3 there');
    expect(text).toMatch(/chosen tokens: min 2, median 2, mean 2\.7, 95 % 4, max 4\n {4}2-2 █{40} 2\n/);
  });
});

test('special tokens are those that the tokenizer names, where the dataset accounts for none', () => {
  const { open } = openedPairs(plain);
  const specialTokens = [{ role: 'end', ids: [1], from: 'model/tokenizer_config.json: eos_token' }];
  const row = measure(opened({ ...open, tokenizer: Object.assign({}, open.tokenizer, { specialTokens }) }));
  expect(row.specialTokens).toEqual(specialTokens);
  expect(measure(opened(open)).specialTokens.map(({ role, from }) => [role, from])).toEqual([
    ['end', "the dataset's tokenizer"],
    ['padding', "the dataset's tokenizer"],
  ]);
});

test('what a reader is warned of: one-sided lengths and answers', () => {
  const rows = Array.from({ length: 8 }, (_, i) => pair(`p${i}`, `yes ${i} and more`, 'no'));
  expect(warnings(measure(openedPairs(rows)))).toEqual([
    'collect.pairs: 10 asked, 8 given; there are no more',
    'train: in 100 % of pairs the chosen completion is the longer one, by 12.0 tokens on average',
    'train: the completion "no" is rejected 8 of 8 times',
  ]);
});

describe('a world', () => {
  const { open } = openedPairs(plain);
  const { pairs: _, ...world } = open;
  const shared: OpenDataset = { ...world, prompts: () => [{ id: 'c', prompt: 'context' }], gold: () => 0 };
  test('has prompts, and pairs that are made by sampling', () => {
    const row = measure(opened(shared, { samples: true }));
    expect(row.splits.map(({ given }) => given)).toEqual([null, null, null, null]);
    expect(shortForm(row)[0]).toBe('train: 1 prompt of 7 tokens; its pairs are made by sampling');
  });
  test('may share its prompts: that is said, and is no warning', () => {
    const row = measure(opened(shared, { samples: true }));
    expect(warnings(row)).toEqual([]);
    expect(shortForm(row)).toContain('1 prompt of test is in train too (the first: row c)');
  });
});

test('no training pairs are refused', () => {
  const { open } = openedPairs(plain);
  const empty = opened({ ...open, pairs: () => [] });
  expect(() => measure(empty)).toThrow('test: there are no preference pairs; give at least one');
});

describe('what is counted of completions judged one by one', () => {
  const row = (prompt: string, completion: string, label: boolean) => ({ prompt, completion, label });
  const train = [
    row('p0', 'aa', true),
    row('p0', 'aa', true),
    row('p0', 'aa', false),
    row('p1', 'b', true),
    row('p2', 'cccc', true),
  ];
  const open = openUnpaired([...train, row('other', 'x', true)], 0, {
    test: [row('p', 'c', true)],
    maxPromptTokens: 20,
    maxCompletionTokens: 4,
  });
  const counted = measure(
    opened({ ...open, unpaired: (split) => (split === 'train' ? named(train) : open.unpaired!(split)) }),
  );
  function named<T extends object>(rows: readonly T[]): (T & { id: string })[] {
    return rows.map((one, i) => ({ ...one, id: String(i) }));
  }
  test('labels, duplicates, conflicts, lengths and ends', () => {
    const [split] = counted.splits;
    expect(split!.given).toBeNull();
    expect(split!.unpaired).toMatchObject({ rows: 5, good: 4, duplicates: 1, conflicting: 1, withoutEnd: 1 });
    expect(split!.unpaired!.completion).toMatchObject({ min: 2, max: 4 });
  });
  test('is said, and warned of where it would mislead', () => {
    expect(warnings(counted)).toEqual(
      expect.arrayContaining([
        'train: 1 of 5 completions have the prompt, completion and label of an earlier one',
        'train: 1 of 5 completions have the prompt and completion of an earlier one and the other label',
        'train: 1 of 5 completions have no end token',
        'train: 4 of 5 completions are labelled true',
      ]),
    );
    expect(shortForm(counted).join('\n')).toMatch(
      /train: 5 completions \(4 labelled true, 1 false\), \d prompts/,
    );
    expect(fullForm(counted)).toContain('  duplicates 1, conflicting labels 1');
  });
});
