import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileMetaData, RowGroup } from 'hyparquet';
import { columnsToRead } from '../../../datasets/loaders/layout.js';
import { dialogue } from '../../../datasets/loaders/messages.js';
import { parquet } from '../../../datasets/loaders/parquet/dataset.js';
import { LateFile } from '../../../datasets/loaders/parquet/late-file.js';
import { parquetSources } from '../../../datasets/loaders/parquet/read.js';
import { slicesOf } from '../../../datasets/loaders/parquet/slices.js';
import { readPairs as readPairsOf } from '../../../datasets/loaders/read-pairs.js';
import { SPLITS } from '../../../harness/contracts/dataset.js';
import { byteTokenizer } from '../../../harness/policy/tokenizers/bytes.js';
import { root, temporary, tiltyard } from '../../support.js';
import { defaults, opened } from './support.js';

const files = join(root, 'test', 'fixtures', 'parquet');
const dir = temporary();
const readPairs = async (path: string) => (await opened(parquet, path)).rows;

describe('rows', () => {
  test('strings in several row groups, 64-bit margins; no nested column of that name', async () => {
    const rows = await readPairs(join(files, 'strings.parquet'));
    expect(rows).toHaveLength(40);
    expect(rows[37]).toEqual({
      id: '38',
      prompt: 'Q 37: say',
      chosen: ' yes 37',
      rejected: ' no 2',
      margin: 1,
    });
  });
  test("message lists in shards, in order, snappy and zstd; ids run on, places are the shard's", async () => {
    const { rows, read } = await opened(parquet, join(files, 'messages'));
    expect(rows.map(({ id, prompt }) => [id, prompt])).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => [String(i + 1), `\n\nHuman: Where is lake ${i}?\n\nAssistant:`]),
    );
    expect(read.sources.map(({ file, rows, sha256 }) => [file.slice(-22), rows, sha256.length])).toEqual([
      ['00000-of-00002.parquet', 3, 64],
      ['00001-of-00002.parquet', 3, 64],
    ]);
    expect(rows[0]).toMatchObject({ chosen: ' Behind the hill.', rejected: ' Nowhere.' });
  });
  test('large strings, dictionaries of strings, zstd', async () =>
    expect((await readPairs(join(files, 'text-kinds.parquet')))[3]).toMatchObject({
      prompt: 'Q 3',
      chosen: ' yes 3',
      rejected: ' no 3',
    }));
  test('large lists of structs; a field that a struct lacks is null, as Python has it', async () => {
    const path = join(files, 'list-kinds.parquet');
    const seen: unknown[] = [];
    const { pairs } = await readPairsOf(path, parquetSources(path, columnsToRead({})), {
      params: defaults(parquet, { file: path }),
      template: (messages, open, options) => {
        seen.push(messages.at(0));
        return dialogue(messages, open, options);
      },
      tokenizer: () => byteTokenizer(),
    });
    expect(pairs).toHaveLength(2);
    expect(seen[0]).toEqual({ role: 'user', content: 'hi', name: null });
  });
  test('completions judged one by one, by booleans or by 0 and 1', async () => {
    const { read } = await opened(parquet, join(files, 'judged.parquet'));
    expect(read).toMatchObject({ kind: 'unpaired', pairs: [] });
    expect(read.unpaired.map(({ label }) => label)).toEqual([true, false, false, true, false, false]);
    expect(read.unpaired[1]).toEqual({ id: '2', prompt: 'Q 1', completion: ' answer 1', label: false });
    const whole = (await opened(parquet, join(files, 'judged-messages.parquet'))).read;
    expect(whole.unpaired.map(({ completion, label }) => [completion, label])).toEqual([
      [' answer 0', false],
      [' answer 1', true],
      [' answer 2', false],
      [' answer 3', true],
    ]);
  });
  test('conversations beside pairs are not read, which is said', async () => {
    const { read } = await opened(parquet, join(files, 'messages-beside.parquet'));
    expect(read).toMatchObject({ kind: 'pairs', unread: new Set(['messages']) });
    const wanted = columnsToRead({})(['prompt', 'chosen', 'rejected', 'messages']);
    expect(wanted).toEqual(['prompt', 'chosen', 'rejected']);
  });
  test.each([
    ['whole-float', /:1: prompt has the number 1 of a float; a chat template would write it otherwise/],
    ['large-integer', /:1: prompt has the number 1152921504606846977; a chat template/],
    ['not-utf8', /not-utf8\.parquet: cannot be read from row 1 on \(.*utf-8/],
    ['column-twice', /column-twice\.parquet: has two columns chosen; leave one out/],
  ])(
    'refuses %s',
    async (name, message) => await expect(readPairs(join(files, `${name}.parquet`))).rejects.toThrow(message),
  );
  test.each([
    [
      'a missing file',
      () => join(dir, 'none.parquet'),
      /dataset parquet: no file .*none\.parquet; check the path/,
    ],
    [
      'a folder without any',
      () => {
        mkdirSync(join(dir, 'empty'));
        return join(dir, 'empty');
      },
      /holds no \*\.parquet/,
    ],
    [
      'what is no Parquet',
      () => {
        writeFileSync(join(dir, 'text.parquet'), 'prompt,chosen\n'.repeat(9));
        return join(dir, 'text.parquet');
      },
      /text\.parquet: not a Parquet file/,
    ],
    [
      'other columns',
      () => join(files, 'other-columns.parquet'),
      /no column chosen; it has prompt, accepted, rejected\. Rename yours/,
    ],
  ])('refuses %s', (_, path, message) => expect(readPairs(path())).rejects.toThrow(message));
});

test('the dataset splits as JSONL does, and an experiment runs on it', async () => {
  const params = defaults(parquet, {
    file: 'strings.parquet',
    validationShare: 0.25,
    maxPromptTokens: 16,
    maxCompletionTokens: 16,
  });
  const open = await parquet.open(params, 0, files);
  expect(SPLITS.map((split) => open.pairs!(split).length)).toEqual([24, 9, 4, 3]);
  const file = join(dir, 'mine.yaml');
  writeFileSync(
    file,
    `
name: mine
seeds: 1
dataset: { name: parquet, params: { file: ${join(files, 'strings.parquet')}, maxPromptTokens: 16,
    maxCompletionTokens: 16 } }
policy: { width: 8, layers: 1, heads: 1 }
collect: { pairs: 32, heldoutPairs: 4 }
stages:
  sft: { algorithm: sft, params: { epochs: 1, batchSize: 8 } }
  dpo: { algorithm: dpo, start: sft, params: { epochs: 1, batchSize: 8 } }
evaluation: { every: 0, prompts: 2, testPrompts: 2 }
`,
  );
  const { code, stderr } = await tiltyard('run', file, '--out', join(dir, 'out'));
  expect(code, stderr).toBe(0);
});

describe('row groups that are huge', () => {
  const metadata = { schema: [] as object[] } as FileMetaData;
  const group = (rows: number, unpacked: number, packed: number, path = ['prompt']): RowGroup =>
    ({
      num_rows: BigInt(rows),
      columns: [
        {
          meta_data: {
            path_in_schema: path,
            total_uncompressed_size: BigInt(unpacked),
            total_compressed_size: BigInt(packed),
          },
        },
      ],
    }) as unknown as RowGroup;
  test('of texts: read a part after the other', () => {
    const slices = slicesOf('f', metadata, group(1000, 2 ** 25, 1000), ['prompt'], 500);
    expect(slices).toEqual([
      [500, 750],
      [750, 1000],
      [1000, 1250],
      [1250, 1500],
    ]);
    expect(slicesOf('f', metadata, group(7, 100, 100), ['prompt'], 0)).toEqual([[0, 7]]);
    expect(slicesOf('f', metadata, group(0, 0, 0), ['prompt'], 0)).toEqual([]);
  });
  test('of lists, or packed beyond measure: refused with what to do', () => {
    const lists = group(1000, 2 ** 29, 1000, ['prompt', 'list', 'element', 'content']);
    expect(() => slicesOf('f', metadata, lists, ['prompt'], 0)).toThrow(
      'f:1: row group of 512 MiB unpacked, of which 192 are read at most; write it anew in row groups',
    );
    expect(() => slicesOf('f', metadata, group(10, 2 ** 30, 2 ** 29), ['prompt'], 9)).toThrow(
      /^f:10: row group of 512 MiB, /,
    );
    expect(slicesOf('f', metadata, lists, ['other'], 0)).toEqual([[0, 1000]]);
  });
  test('of few bytes and many rows, since what repeats is written once: in parts, then refused', () => {
    const many = slicesOf('f', metadata, group(2 ** 18 + 2, 9, 9), ['prompt'], 0);
    expect(many).toEqual([
      [0, 87_382],
      [87_382, 174_764],
      [174_764, 262_146],
    ]);
    expect(() => slicesOf('f', metadata, group(2 ** 20 + 1, 9, 9), ['prompt'], 0)).toThrow(
      'f:1: row group of 1048577 rows, of which 1048576 are read at most; write it anew in row groups',
    );
    const lists = group(1000, 9, 9, ['prompt', 'list', 'element', 'content']);
    Object.assign(lists.columns[0]!.meta_data!, { num_values: BigInt(2 ** 23 + 1) });
    expect(() => slicesOf('f', metadata, lists, ['prompt'], 0)).toThrow(
      'of 8388609 values in lists, of which',
    );
  });
  test('of a text that is written once and stands in every row: refused beyond measure', async () => {
    const [source] = parquetSources(join(files, 'bomb.parquet'), columnsToRead({}));
    let rows = 0;
    const read = async (): Promise<void> => {
      for await (const _ of source!.rows()) rows++;
    };
    await expect(read()).rejects.toThrow(/bomb\.parquet: unpacks to more than 200 times its size/);
    expect(rows).toBe(63); // of 400, each of 1 MiB
  });
  test('what one part has read of a column is not read again for the next, and then let go', async () => {
    const file = new LateFile(join(files, 'strings.parquet'));
    const first = await file.slice(4, 40);
    file.nextPart();
    expect(await file.slice(4, 40)).toBe(first);
    file.nextPart();
    file.nextPart();
    const again = await file.slice(4, 40);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
    expect(first.byteLength).toBe(36);
    expect(() => file.slice(9, 8)).toThrow('a column does not lie in the file');
    await file.close();
  });
  test('parts of a group hold the rows that the whole of it holds', async () => {
    // 40 rows in groups of 16, read in parts of 3: by the reader that reads parts.
    const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects }, { compressors }] =
      await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
    const file = await asyncBufferFromFile(join(files, 'strings.parquet'));
    const found = await parquetMetadataAsync(file);
    const read = (rowStart: number, rowEnd: number) =>
      parquetReadObjects({ file, metadata: found, compressors, rowStart, rowEnd });
    const whole = await read(0, 40);
    const parts: object[] = [];
    for (let at = 0; at < 40; at += 3) parts.push(...(await read(at, Math.min(40, at + 3))));
    expect(parts).toEqual(whole);
  });
});
