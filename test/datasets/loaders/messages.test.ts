import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonl } from '../../../datasets/loaders/jsonl/dataset.js';
import type { PairsParams } from '../../../datasets/loaders/params.js';
import { goldenDir } from '../../golden/support.js';
import { temporary } from '../../support.js';
import { defaults } from './support.js';

const dir = temporary();
const CALLS =
  "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No system role') }}{% endif %}" +
  "{{ '<|' + m.role + '|>' }}{% if m.content %}{{ m.content }}{% endif %}" +
  "{% if m.tool_calls %}{{ '(' + m.tool_calls[0].name + ')' }}{% endif %}{{ '<|end|>' }}{% endfor %}" +
  "{% if tools %}{{ '[' + tools[0].name + ']' }}{% endif %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

let models = 0;
/** A folder with a tokenizer and this template, or without any. */
function model(template: string | null): string {
  const folder = join(dir, `model-${models++}`);
  mkdirSync(folder);
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'config.json'])
    cpSync(join(goldenDir, 'tiny-gpt2', file), join(folder, file));
  if (template !== null) writeFileSync(join(folder, 'chat_template.jinja'), template);
  return folder;
}

const user = (content: unknown, i: number) => ({ role: 'user', content: `${content} ${i}` });
const answers = {
  chosen: [{ role: 'assistant', content: 'yes' }],
  rejected: [{ role: 'assistant', content: 'no' }],
};
const rows = (row: (i: number) => object, extra: readonly object[] = []): string => {
  const all = [...Array.from({ length: 4 }, (_, i) => ({ ...answers, ...row(i) })), ...extra];
  writeFileSync(join(dir, 'pairs.jsonl'), all.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return 'pairs.jsonl';
};
const open = (template: string | null, file: string, params: Partial<PairsParams> = {}) =>
  jsonl.open(defaults(jsonl, { file, tokenizer: model(template), ...params }), 0, dir);
const plain = (i: number) => ({ prompt: [user('q', i)] });

test('every field of a message reaches the template, and tools do', async () => {
  const call = { role: 'assistant', content: null, tool_calls: [{ name: 'look' }] };
  const file = rows((i) => ({ prompt: [user('q', i), call, { role: 'tool', name: 'look', content: '42' }] }));
  const opened = await open(CALLS, file);
  expect(opened.pairs!('train')[0]).toMatchObject({
    prompt: expect.stringMatching(
      /^<\|user\|>q \d<\|end\|><\|assistant\|>\(look\)<\|end\|><\|tool\|>42<\|end\|><\|assistant\|>$/,
    ),
    chosen: 'yes<|end|>',
  });
  expect(opened.account).toMatchObject({
    template: { name: 'default', from: 'chat_template.jinja' },
    notes: [],
  });
});

test('completions that a template wrote are closed; one that ends no turn is a note', async () => {
  const ended = await open(CALLS, rows(plain));
  expect(ended.pairs!('train').every(({ closed }) => closed === true)).toBe(true);
  expect(ended.account!.notes).toEqual([]);
  const other = CALLS.replace("{{ '<|assistant|>' }}", "{{ '<|other|>' }}");
  await expect(open(other, rows(plain))).rejects.toThrow(
    /:1: the chat template does not keep the prompt as a prefix of the whole/,
  );
  const bare = await open(
    "{% for m in messages %}{{ m.content + ('\\n' if m.role == 'user' else '') }}{% endfor %}",
    rows(plain),
  );
  expect(bare.pairs!('train')[0]).toMatchObject({ chosen: 'yes', closed: true });
  expect(bare.account!.notes).toEqual([expect.stringMatching(/writes nothing after an answer/)]);
  const dialogue = await open(null, rows(plain), { tokenizer: 'bytes' });
  expect(dialogue.pairs!('train')[0]).not.toHaveProperty('closed');
  expect(dialogue.account!.template).toEqual({ name: 'dialogue', from: expect.any(String) });
});

test('a template that raises: its own words with file and line, or dropped and counted', async () => {
  const system = { ...answers, prompt: [{ role: 'system', content: 's' }, user('q', 9)] };
  const file = rows(plain, [system]);
  await expect(open(CALLS, file)).rejects.toMatchObject({
    message: expect.stringMatching(/pairs\.jsonl:5: the chat template refuses it: .*No system role/),
    exitCode: 2,
  });
  const { account } = await open(CALLS, file, { unusable: 'drop' });
  expect(account!.sources[0]).toMatchObject({
    rows: 5,
    kept: 4,
    dropped: [{ reason: 'the chat template refuses it', rows: 1, first: join(dir, 'pairs.jsonl:5') }],
  });
});

test('messages without a template are refused, text is not', async () => {
  const folder = { tokenizer: model(null) };
  await expect(open(null, rows(plain), folder)).rejects.toThrow(/:1: rows of messages need a chat template/);
  const text = rows((i) => ({ prompt: `p ${i}`, chosen: ' a', rejected: ' b' }));
  expect((await open(null, text, folder)).account!.template).toBeNull();
});

test('a test file that shares prompts is refused, or kept and said', async () => {
  const file = rows(plain);
  const test = { file, testFile: file, tokenizer: model(CALLS) };
  await expect(open(CALLS, file, test)).rejects.toThrow(
    /pairs\.jsonl: 4 of 4 test prompts are training prompts too/,
  );
  const { account } = await open(CALLS, file, { ...test, allowSharedPrompts: true });
  expect(account!.notes).toEqual([
    '4 prompts of pairs.jsonl are training prompts too, as allowSharedPrompts has it.',
  ]);
  expect(account!.sources).toHaveLength(2);
});
