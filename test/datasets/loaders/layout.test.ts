import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonl } from '../../../datasets/loaders/jsonl/dataset.js';
import type { PairsParams } from '../../../datasets/loaders/params.js';
import { temporary } from '../../support.js';
import { opened } from './support.js';

const dir = temporary();
const read = async (row: object, params: Partial<PairsParams> = {}) => {
  const path = join(dir, 'pairs.jsonl');
  writeFileSync(path, `${JSON.stringify(row)}\n`);
  return opened(jsonl, path, params);
};
const user = { role: 'user', content: 'hi' };
const answer = (content: unknown) => ({ role: 'assistant', content });
const spoken = { prompt: '\n\nHuman: hi\n\nAssistant:', chosen: ' yes', rejected: ' no' };

describe('reads', () => {
  test.each<[string, object, Partial<PairsParams>, object]>([
    [
      'columns of other names',
      { question: 'q', good: ' a', bad: ' b', prompt: 'not this' },
      { columns: { prompt: 'question', chosen: 'good', rejected: 'bad' } },
      { prompt: 'q', chosen: ' a', rejected: ' b' },
    ],
    [
      'a prompt text beside whole conversations: shared turns are the prompt',
      { prompt: 'something else', chosen: [user, answer('yes')], rejected: [user, answer('no')] },
      {},
      spoken,
    ],
    [
      "ShareGPT's conversations, as LLaMA-Factory ranks them",
      {
        conversations: [{ from: 'human', value: 'hi' }],
        chosen: { from: 'gpt', value: 'yes' },
        rejected: { from: 'gpt', value: 'no' },
      },
      {},
      spoken,
    ],
  ])('%s', async (_, row, params, pair) => expect((await read(row, params)).rows[0]).toMatchObject(pair));
});

test('a field that only one of two turns has makes them two, one that is null does not', async () => {
  const turn = (more: object) => [{ ...user, ...more }, answer('yes')];
  expect(
    (await read({ chosen: turn({ name: null }), rejected: [user, answer('no')] })).rows[0],
  ).toMatchObject(spoken);
  await expect(read({ chosen: turn({ name: 'x' }), rejected: [user, answer('no')] })).rejects.toThrow(
    /:1: chosen and rejected share no first turn; give prompt as messages/,
  );
});

describe('refuses by name', () => {
  test.each<[string, object, RegExp]>([
    [
      'unpaired data',
      { prompt: 'p', completion: 'c', label: true },
      /unpaired data \(KTO\): .*pairs are wanted/,
    ],
    [
      'alpaca rankings',
      { instruction: 'i', input: '', chosen: 'ax', rejected: 'ay' },
      /LLaMA-Factory's alpaca layout: .*set columns: \{ prompt: instruction \}/,
    ],
    [
      'alpaca rankings with two columns of prompt',
      { instruction: 'i', input: 'more', chosen: 'ax', rejected: 'ay' },
      /a column instruction and input that may be it; join them/,
    ],
    [
      'older alpaca rankings',
      { instruction: 'i', output: ['a', 'b'] },
      /alpaca layout: output holds the answers/,
    ],
    [
      'a question column',
      { question: 'q', chosen: 'ax', rejected: 'ay' },
      /set columns: \{ prompt: question \}/,
    ],
    ['ShareGPT without pairs', { conversations: [{ from: 'human', value: 'x' }] }, /ShareGPT layout: /],
    ['demonstrations', { messages: [user] }, /fine-tuning data: /],
    [
      'unknown columns',
      { a: 1, b: 2 },
      /no column chosen and rejected; it has a, b\. Rename yours .*columns: \{/,
    ],
    [
      'a speaker of ShareGPT that is not known',
      { conversations: [{ from: 'bing', value: 'x' }], chosen: [answer('a')], rejected: [answer('b')] },
      /prompt\[0\]\.from is "bing", in ShareGPT layout; known: human/,
    ],
    [
      'a message without a role',
      { prompt: [{ content: 'x' }], chosen: [answer('a')], rejected: [answer('b')] },
      /prompt\[0\]\.role should be a text such as "user", got undefined/,
    ],
  ])('%s', async (_, row, message) => await expect(read(row)).rejects.toThrow(message));
  test('a mapping to a column that is not there', async () =>
    await expect(read({ a: 1 }, { columns: { chosen: 'good' } })).rejects.toThrow(
      /columns\.chosen is 'good', and there is no such column; it has a/,
    ));
});

test('rows of text and rows of messages are not mixed', async () => {
  const path = join(dir, 'mixed.jsonl');
  const rows = [
    { prompt: 'p', chosen: 'a', rejected: 'b' },
    { prompt: [user], chosen: [answer('a')], rejected: [answer('b')] },
  ];
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  await expect(opened(jsonl, path)).rejects.toThrow(
    /mixed\.jsonl:2: this row is messages, rows before it are text/,
  );
});
