import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonl } from '../../../datasets/loaders/jsonl/dataset.js';
import type { PairsParams } from '../../../datasets/loaders/params.js';
import { SPLITS } from '../../../harness/contracts/dataset.js';
import { byteTokenizer } from '../../../harness/policy/tokenizers/bytes.js';
import { goldenDir } from '../../golden/support.js';
import { defaults, opened } from './support.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tiltyard-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
function file(...rows: (object | string)[]): string {
  const path = join(dir, 'pairs.jsonl');
  writeFileSync(path, rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''));
  return path;
}
/** Rows of a file with every default, in its order. */
const readPairs = async (path: string, params: Partial<PairsParams> = {}) =>
  (await opened(jsonl, path, params)).rows;
const one = async (row: object) => (await readPairs(file(row)))[0]!;
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const good = { prompt: 'p', chosen: ' good', rejected: ' bad' };

describe('rows', () => {
  test('explicit strings, margin kept', async () =>
    expect(await one({ ...good, margin: 2 })).toMatchObject({ ...good, margin: 2 }));
  test('implicit prompt of a transcript: as in TRL, or after the last Assistant:, and said', async () => {
    const start = '\n\nHuman: hi\n\nAssistant: hello\n\nHuman: how?\n\nAssistant:';
    const path = file({ chosen: `${start} like this`, rejected: `${start} like that` });
    const found = async (params: Partial<PairsParams>) => {
      const { rows, read } = await opened(jsonl, path, params);
      return [rows[0], read.found];
    };
    expect(await found({})).toMatchObject([
      { prompt: `${start} like th`, chosen: 'is', rejected: 'at' },
      { 'common transcript': 1 },
    ]);
    expect(await found({ implicitPrompt: 'transcript' })).toMatchObject([
      { prompt: start, chosen: ' like this', rejected: ' like that' },
      { transcript: 1 },
    ]);
  });
  // Expected: `extract_prompt` of TRL 1.13.
  test.each([
    ['the cat sat', 'the car sat', 'the ca'],
    ['the cat', 'the cat sat', 'the ca'],
    ['今日は晴れ', '今日は雨', '今日は'],
    ['a b', 'a  c', 'a'],
    ['so 😀 it is', 'so 😁 it is', 'so'],
    [
      '\n\nHuman: hi\n\nAssistant: It is',
      '\n\nHuman: hi\n\nAssistant: It was',
      '\n\nHuman: hi\n\nAssistant: It',
    ],
  ])('implicit prompt of %j and %j', async (chosen, rejected, prompt) => {
    const rows = await readPairs(file({ chosen, rejected }));
    expect(rows[0]).toMatchObject({
      prompt,
      chosen: chosen.slice(prompt.length),
      rejected: rejected.slice(prompt.length),
    });
  });
  test('message lists: explicit and implicit prompts agree', async () => {
    const explicit = await one({
      prompt: [user('hi')],
      chosen: [assistant('yes')],
      rejected: [assistant('no')],
    });
    const implicit = await one({
      chosen: [user('hi'), assistant('yes')],
      rejected: [user('hi'), assistant('no')],
    });
    expect(explicit).toEqual(implicit);
    expect(explicit).toMatchObject({
      prompt: '\n\nHuman: hi\n\nAssistant:',
      chosen: ' yes',
      rejected: ' no',
    });
  });
  test('gzip', async () => {
    const path = join(dir, 'pairs.jsonl.gz');
    writeFileSync(path, gzipSync(`${JSON.stringify(good)}\n`));
    expect(await readPairs(path)).toHaveLength(1);
    writeFileSync(path, gzipSync(`${JSON.stringify(good)}\n`).subarray(0, 20));
    await expect(readPairs(path)).rejects.toThrow(/not a whole gzip file/);
  });
  test.each([
    ['{', /pairs\.jsonl:2: not valid JSON .*one object a line/],
    ['[1]', /pairs\.jsonl:2: should be an object with chosen and rejected, got \[1\]/],
    [
      { prompt: 'p', chosen: 'a' },
      /pairs\.jsonl:2: no column rejected; it has prompt, chosen\. Rename yours .*columns: \{/,
    ],
    [
      { prompt: 'p', chosen: 'a', rejected: 3 },
      /pairs\.jsonl:2: chosen and rejected should both be strings, or both lists/,
    ],
    [{ prompt: 'p', chosen: '', rejected: 'b' }, /pairs\.jsonl:2: chosen is empty; remove the line/],
    [{ prompt: 'p', chosen: 'a', rejected: ' ' }, /pairs\.jsonl:2: rejected has nothing but white space/],
    [
      { prompt: 'p', chosen: 'a', rejected: 'a' },
      /pairs\.jsonl:2: chosen and rejected are equal, which is no preference/,
    ],
    [{ prompt: '', chosen: 'a', rejected: 'b' }, /pairs\.jsonl:2: the prompt is empty/],
    [{ ...good, margin: 'big' }, /pairs\.jsonl:2: margin should be a finite number, got "big"/],
  ])('refuses %j', (row, message) => expect(readPairs(file(good, row))).rejects.toThrow(message));
  test('or leaves empty and equal ones out where that was asked for, and counts them', async () => {
    const path = file(good, { ...good, chosen: '' }, { ...good, chosen: 'x', rejected: 'x' });
    const { rows, read } = await opened(jsonl, path, { unusable: 'drop' });
    expect(rows).toHaveLength(1);
    expect(read.sources).toMatchObject([
      {
        rows: 3,
        kept: 1,
        dropped: [
          { reason: 'chosen is empty', rows: 1, first: `${path}:2` },
          { reason: 'chosen and rejected are equal', rows: 1, first: `${path}:3` },
        ],
      },
    ]);
  });
  test('refuses an empty file and a missing one', async () => {
    await expect(readPairs(file(''))).rejects.toThrow(/has no rows; give at least one like/);
    await expect(readPairs(join(dir, 'none.jsonl'))).rejects.toThrow(/no file .*none\.jsonl; check the path/);
  });
});

describe('the dataset', () => {
  const params = (extra: Partial<PairsParams> = {}): PairsParams =>
    defaults(jsonl, {
      file: 'pairs.jsonl',
      testShare: 0.2,
      validationShare: 0.25,
      maxPromptTokens: 8,
      maxCompletionTokens: 8,
      ...extra,
    });
  const rows = Array.from({ length: 20 }, (_, i) => ({
    prompt: `p${i % 18}`,
    chosen: ` a${i}`,
    rejected: ' b',
  }));
  test('splits by seed, keeps prompts once, and has no gold reward', async () => {
    file(...rows);
    const [a, b, c] = [
      await jsonl.open(params(), 1, dir),
      await jsonl.open(params(), 1, dir),
      await jsonl.open(params(), 2, dir),
    ];
    expect(a.pairs!('train')).toEqual(b.pairs!('train'));
    expect(a.pairs!('train')).not.toEqual(c.pairs!('train'));
    const sizes = SPLITS.map((split) => a.pairs!(split).length);
    expect(sizes).toEqual([10, 4, 4, 2]);
    expect(new Set(SPLITS.flatMap((split) => a.pairs!(split).map((p) => p.id))).size).toBe(20);
    expect(a.prompts('train').length).toBe(new Set(a.pairs!('train').map((p) => p.prompt)).size);
    expect(a.gold).toBeUndefined();
  });
  test('refuses rows over the bounds, or drops them', async () => {
    file(...rows, { prompt: 'much too long', chosen: 'a', rejected: 'b' });
    await expect(jsonl.open(params(), 0, dir)).rejects.toThrow(
      'pairs.jsonl:21: prompt has 13 tokens, maxPromptTokens is 8; ' +
        'raise maxPromptTokens, or set unusable: drop',
    );
    const open = await jsonl.open(params({ unusable: 'drop' }), 0, dir);
    expect(SPLITS.flatMap((split) => open.pairs!(split))).toHaveLength(20);
  });
  test('takes the tokenizer of a folder that was trained here, whose tokens are bytes', async () => {
    const folder = join(dir, 'trained');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(byteTokenizer().toJSON()));
    file(...Array.from({ length: 12 }, (_, i) => ({ ...good, prompt: `p ${i}` })));
    const open = await jsonl.open(params({ tokenizer: folder }), 0, dir);
    expect(open.tokenizer.toJSON()).toEqual(byteTokenizer().toJSON());
  });
  test("uses a Hugging Face folder's tokenizer and chat template", async () => {
    file(
      ...[0, 1, 2].map((i) => ({
        prompt: [user(`Where is the lake ${i}?`)],
        chosen: [assistant('Behind the hill.')],
        rejected: [assistant('Nowhere.')],
      })),
    );
    const open = await jsonl.open(
      params({ tokenizer: join(goldenDir, 'tiny-gpt2'), maxPromptTokens: 32, maxCompletionTokens: 32 }),
      0,
      dir,
    );
    expect(open.tokenizer.vocabSize).toBe(512);
    expect(open.pairs!('train')[0]!.prompt).toMatch(
      /^<\|user\|>Where is the lake \d\?<\|end\|><\|assistant\|>$/,
    );
  });
});
