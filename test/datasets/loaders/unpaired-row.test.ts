import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonl } from '../../../datasets/loaders/jsonl/dataset.js';
import { fieldsOf, type JudgedFields } from '../../../datasets/loaders/layout.js';
import type { PairsParams } from '../../../datasets/loaders/params.js';
import { isRefusal } from '../../../datasets/loaders/refusal.js';
import { dialogue } from '../../../datasets/loaders/messages.js';
import { judgementOf } from '../../../datasets/loaders/unpaired-row.js';
import { SPLITS } from '../../../harness/contracts/dataset.js';
import { normalisedPrompt } from '../../../harness/prompt-splits.js';
import { TokenData, tokenPairs } from '../../../harness/worker/data.js';
import { unpaired } from '../../../harness/worker/unpaired.js';
import { golden, goldenDir } from '../../golden/support.js';
import { temporary } from '../../support.js';
import { defaults } from './support.js';

/** What test/peers/make_unpaired.py wrote. */
interface Expected {
  /** Tokens of a completion where rows are truncated. */
  readonly cut: number;
  readonly combinations: readonly {
    readonly family: string;
    readonly layout: string;
    readonly template: string | null;
    /** Prompt, completion and label of every row, by KTOTrainer. */
    readonly rows: readonly (readonly [string, string, boolean])[];
    /** Completions under a bound, by its collator. */
    readonly cut?: readonly string[];
  }[];
}
type Combination = Expected['combinations'][number];

const dir = temporary();
const expected = golden<Expected>(join('unpaired', 'ids.json'));

async function open({ family, layout, template }: Combination, given: Partial<PairsParams> = {}) {
  const model = join(dir, `${family}-${template}`);
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'config.json'])
    cpSync(join(goldenDir, 'faithful', family, file), join(model, file));
  if (template !== null)
    cpSync(join(goldenDir, 'faithful', 'templates', `${template}.jinja`), join(model, 'chat_template.jinja'));
  const file = join(goldenDir, 'unpaired', 'data', `${layout}.jsonl`);
  const bounds = { maxPromptTokens: 1024, maxCompletionTokens: 1024 };
  return jsonl.open(defaults(jsonl, { file, tokenizer: model, ...bounds, ...given }), 0, dir);
}

/** Rows as training sees them, in the order of the file. */
async function trained(combination: Combination, given: Partial<PairsParams> = {}) {
  const data = await open(combination, given);
  const tokens = new TokenData(data);
  return SPLITS.flatMap((split) => [...(data.unpaired?.(split) ?? [])])
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map(({ id, prompt, completion, label, closed }) => {
      const row = tokens.row(prompt, completion, id, closed);
      return [row.prompt.join(' '), row.completion.join(' '), label] as const;
    });
}

describe("trains on what TRL's KTOTrainer trains on", () => {
  const named = expected.combinations.map(
    (one) => [`${one.family}, ${one.layout}, template ${one.template}`, one] as const,
  );
  test.each(named.filter(([, { layout }]) => layout !== 'pairs'))('%s', async (_, combination) => {
    expect(await trained(combination)).toEqual(combination.rows);
  });
  test.each(named.filter(([, { cut }]) => cut !== undefined))(
    '%s, cut to a bound',
    async (_, combination) => {
      const bound = { truncate: true, maxCompletionTokens: expected.cut };
      expect((await trained(combination, bound)).map(([, completion]) => completion)).toEqual(
        combination.cut,
      );
    },
  );
  test.each(named.filter(([, { layout }]) => layout === 'pairs'))('%s', async (_, combination) => {
    const data = await open(combination);
    const pairs = SPLITS.flatMap((split) => [...data.pairs!(split)]).sort(
      (a, b) => Number(a.id) - Number(b.id),
    );
    const { rows, labels } = unpaired(tokenPairs(new TokenData(data), pairs, 'test'));
    const got = rows.map((row, i) => [row.prompt.join(' '), row.completion.join(' '), labels[i] === 1]);
    expect(got).toEqual(combination.rows);
  });
});

test('splits share no prompt, every row is in one, and the corpus is what is labelled true', async () => {
  const file = join(dir, 'rows.jsonl');
  const rows = Array.from({ length: 60 }, (_, i) => ({
    prompt: `question ${i % 20}`,
    completion: ` answer ${i}`,
    label: i % 3 === 0,
  }));
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  const data = await jsonl.open(defaults(jsonl, { file }), 0, dir);
  const splits = SPLITS.map((split) => [...data.unpaired!(split)]);
  expect(splits.flat().length).toBe(60);
  const promptsOf = splits.map((some) => new Set(some.map(({ prompt }) => normalisedPrompt(prompt))));
  expect(promptsOf.reduce((n, { size }) => n + size, 0)).toBe(20);
  expect(promptsOf.map(({ size }) => size)).toEqual([15, 1, 2, 2]);
  SPLITS.forEach((split, i) => expect(data.prompts(split).length).toBe(promptsOf[i]!.size));
  const good = splits[0]!.filter(({ label }) => label);
  expect(data.corpus!().map(({ completion }) => completion)).toEqual(
    good.map(({ completion }) => completion),
  );
  expect(data.pairs).toBeUndefined();
  expect(data.account!.sources[0]).toMatchObject({ rows: 60, kept: 60, dropped: [] });
});

test('rows over a bound or without text are dropped with reasons where that was asked for', async () => {
  const file = join(dir, 'faults.jsonl');
  const sound = Array.from({ length: 8 }, (_, i) => ({ prompt: `p${i}`, completion: 'c', label: i % 2 }));
  const faults = [
    { prompt: 'p', completion: ' ', label: true },
    { prompt: 'q', completion: 'far too long an answer', label: false },
    { prompt: '', completion: 'c', label: false },
  ];
  writeFileSync(file, [...sound, ...faults].map((row) => JSON.stringify(row)).join('\n'));
  const params = defaults(jsonl, { file, unusable: 'drop', maxCompletionTokens: 8 });
  const { account } = await jsonl.open(params, 0, dir);
  expect(account!.sources[0]).toMatchObject({
    rows: 11,
    kept: 8,
    dropped: [
      { reason: 'completion has nothing but white space', rows: 1, first: `${file}:9` },
      { reason: 'completion over maxCompletionTokens 8', rows: 1, first: `${file}:10` },
      { reason: 'the prompt is empty', rows: 1, first: `${file}:11` },
    ],
  });
  const refusing = defaults(jsonl, { file, maxCompletionTokens: 8 });
  await expect(jsonl.open(refusing, 0, dir)).rejects.toThrow(`${file}:9: completion has nothing but white`);
});

const user = { role: 'user', content: 'u' };
const answer = { role: 'assistant', content: 'a' };

test.each<[string, object, RegExp]>([
  [
    'a label that is a text',
    { prompt: 'p', completion: 'c', label: 'true' },
    /label should be true or false/,
  ],
  ['no label', { prompt: 'p', completion: 'c', label: null }, /label should be .* got null/],
  ['a label of more than two kinds', { prompt: 'p', completion: 'c', label: 2 }, /or 1 or 0, got 2/],
  [
    'no completion',
    { prompt: 'p', completion: null, label: true },
    /completion should be a text or messages/,
  ],
  ['no prompt', { completion: 'c', label: true }, /has no prompt.*give column prompt/],
  [
    'a prompt by another name',
    { question: 'p', completion: 'c', label: true },
    /columns: \{ prompt: question/,
  ],
  [
    'texts and messages',
    { prompt: 'p', completion: [answer], label: true },
    /both be strings, or both lists/,
  ],
  ['a prompt twice', { prompt: [user], completion: [user, answer], label: true }, /trained on twice/],
  ['a conversation that ends with a question', { messages: [answer, user], label: true }, /role "user"/],
  ['a conversation of one turn', { messages: [answer], label: true }, /there is one turn/],
  ['pictures', { prompt: 'p', completion: 'c', label: true, images: ['x.png'] }, /images has pictures/],
])('refuses %s', (_, row, message) => {
  const fields = fieldsOf(row, {});
  const found = isRefusal(fields) ? fields : judgementOf(fields as JudgedFields, dialogue);
  expect(isRefusal(found) ? found.what : found).toMatch(message);
});

test('columns of other names, and what is not read, are said', () => {
  const row = { prompt: 'p', output: 'c', kto_tag: 1, score: 3 };
  const fields = fieldsOf(row, { completion: 'output', label: 'kto_tag' }) as JudgedFields;
  expect(judgementOf(fields, null)).toEqual({ prompt: 'p', completion: 'c', label: true, form: 'text' });
  expect(fields.unread).toEqual(['score']);
});

test('pairs and judgements in one file, or one of each in file and testFile, are refused', async () => {
  const pair = JSON.stringify({ prompt: 'p', chosen: 'a', rejected: 'b' });
  const judged = JSON.stringify({ prompt: 'p', completion: 'a', label: true });
  const [pairs, mixed] = [join(dir, 'pairs.jsonl'), join(dir, 'mixed.jsonl')];
  writeFileSync(mixed, `${judged}\n${pair}\n`);
  await expect(jsonl.open(defaults(jsonl, { file: mixed }), 0, dir)).rejects.toThrow(
    `${mixed}:2: this row is a pair, each row before it is a single completion with a label; give a file of`,
  );
  writeFileSync(pairs, pair);
  const strings = join(goldenDir, 'unpaired', 'data', 'strings.jsonl');
  await expect(jsonl.open(defaults(jsonl, { file: strings, testFile: pairs }), 0, dir)).rejects.toThrow(
    /strings\.jsonl has completions with a label, .*pairs\.jsonl pairs; give both one kind/,
  );
});

test('the note on whole conversations says where their completion was found', async () => {
  const combination = expected.combinations.find(({ layout }) => layout === 'messages')!;
  const { account } = await open(combination);
  const rows = readFileSync(join(goldenDir, 'unpaired', 'data', 'messages.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(account!.notes[0]).toBe(
    `${rows.length} rows are a conversation with a label: its last turn is the completion, those before it ` +
      'the prompt.',
  );
});
