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
const talk = { prompt: [user], chosen: [answer('a')], rejected: [answer('b')] };
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
    [
      "ShareGPT's column system, as LLaMA-Factory reads it",
      {
        system: 'be kind',
        conversations: [{ from: 'human', value: 'hi' }],
        chosen: { from: 'gpt', value: 'yes' },
        rejected: { from: 'gpt', value: 'no' },
      },
      {},
      { ...spoken, prompt: `be kind${spoken.prompt}` },
    ],
    [
      'and not where the conversation has its own',
      {
        system: 'be kind',
        conversations: [
          { from: 'system', value: 'be brief' },
          { from: 'human', value: 'hi' },
        ],
        chosen: { from: 'gpt', value: 'yes' },
        rejected: { from: 'gpt', value: 'no' },
      },
      {},
      { ...spoken, prompt: `be brief${spoken.prompt}` },
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
      'unpaired data under other names',
      { prompt: 'p', output: 'c', kto_tag: true },
      /unpaired data \(KTO\): .* set columns: \{ completion: output, label: kto_tag \}/,
    ],
    [
      'unpaired conversations of LLaMA-Factory',
      { conversations: [], kto_tag: false },
      /unpaired data \(KTO\): .* write the last turn to column completion/,
    ],
    [
      'pictures',
      { prompt: [user], chosen: [answer('a')], rejected: [answer('b')], images: ['a.png'] },
      /column images has pictures, and models here read text/,
    ],
    [
      'a prompt in column messages',
      { messages: [user], chosen: [answer('a')], rejected: [answer('b')] },
      /share no first turn; give prompt as messages: columns: \{ prompt: messages \}/,
    ],
    [
      'a prompt that stands in the answers too',
      { prompt: [user], chosen: [user, answer('a')], rejected: [user, answer('b')] },
      /prompt stands in front of chosen or rejected too, and would be trained on twice/,
    ],
    ['lists of texts', { prompt: 'p', chosen: ['a'], rejected: ['b'] }, /chosen\[0\] should be a message/],
    [
      'columns of names like ours, by the mapping to set',
      { Prompt: 'p', chosen_response: 'a', rejected_response: 'b' },
      /columns: \{ prompt: "Prompt", chosen: "chosen_response", rejected: "rejected_response" \}/,
    ],
    ['rows inside an object', { data: [{ prompt: 'p' }] }, /its rows stand in data: write that array alone/],
    [
      'settings of transformers among the variables of a template',
      { ...talk, chat_template_kwargs: { add_generation_prompt: false } },
      /chat_template_kwargs\.add_generation_prompt is a setting/,
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
  test('an instruction whose input would be lost', async () =>
    await expect(
      read(
        { instruction: 'i', input: 'x', chosen: 'a', rejected: 'b' },
        { columns: { prompt: 'instruction' } },
      ),
    ).rejects.toThrow(/an instruction goes on in column input, which would be lost/));
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
