import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { jsonl } from '../../../datasets/loaders/jsonl/dataset.js';
import { jsonlSources } from '../../../datasets/loaders/jsonl/read.js';
import { parquet } from '../../../datasets/loaders/parquet/dataset.js';
import { root, temporary } from '../../support.js';
import { opened } from './support.js';

const dir = temporary();
const path = join(dir, 'pairs.jsonl');
const row = (i: number) => ({ prompt: `p ${i}`, chosen: ' good', rejected: ' bad' });
const [a, b] = [JSON.stringify(row(0)), JSON.stringify(row(1))];
const read = async (content: string | Uint8Array) => {
  writeFileSync(path, content);
  return (await opened(jsonl, path)).rows.map(({ prompt }) => prompt);
};

test.each<[string, string | Uint8Array]>([
  ['a byte order mark', `\ufeff${a}\n${b}\n`],
  ['CRLF, empty lines, no last line break', `\r\n${a}\r\n\r\n  \n${b}`],
  ['a JSON array in lines', JSON.stringify([row(0), row(1)], null, 2)],
  ['a JSON array on one line', `  \n[${a},${b}]\n\n`],
  ['a JSON array with brackets in texts', `[${a},\n${b.replace('good', '\\"]}[,')}]`],
  ['gzip with zeros behind it', Buffer.concat([gzipSync(`${a}\n${b}\n`), Buffer.alloc(512)])],
  ['gzip of two members', Buffer.concat([gzipSync(`${a}\n`), gzipSync(`${b}\n`)])],
])('reads %s', async (_, content) => expect(await read(content)).toEqual(['p 0', 'p 1']));

test.each<[string, string | Uint8Array, RegExp]>([
  [
    'bytes that are no UTF-8, with their place',
    Buffer.concat([Buffer.from(`${a}\n{"prompt": "é`), Buffer.from([0xe9, 0x22])]),
    new RegExp(`pairs\\.jsonl:2: byte ${a.length + 15} \\(0xe9\\) is not UTF-8`),
  ],
  ['UTF-16', Buffer.from(`\ufeff${a}`, 'utf16le'), /pairs\.jsonl: is UTF-16; write it as UTF-8/],
  ['an array that does not end', `[${a},\n${b}`, /pairs\.jsonl:2: not valid JSON \(the array does not end/],
  ['an array without an element', `[${a},\n,${b}]`, /pairs\.jsonl:2: not valid JSON \(an element is missing/],
  ['an array with a comma at its end', `[${a},\n]`, /pairs\.jsonl:2: not valid JSON \(an element is missing/],
  ['something after an array', `[${a}]\n${b}`, /pairs\.jsonl:2: not valid JSON \(something follows/],
  ['an array closed by a brace', `[${a}}`, /pairs\.jsonl:1: not valid JSON/],
  ['a bad element, on its own line', `[${a},\n\n  {"prompt": }]`, /pairs\.jsonl:3: not valid JSON/],
  ['an empty array', '[]', /pairs\.jsonl: has no rows/],
  [
    'numbers beyond all numbers',
    a.replace('{', '{"margin": 1e999, '),
    /:1: margin should be a finite number, got Infinity/,
  ],
  [
    'deep nesting',
    `{"chosen": [{"role": "user", "content": ${'['.repeat(20_000)}${']'.repeat(20_000)}}], "rejected": []}`,
    /:1: chosen is nested deeper than 64 levels/,
  ],
  [
    'gzip members behind zeros, which Node leaves out',
    Buffer.concat([gzipSync(`${a}\n`), Buffer.alloc(9), gzipSync(`${b}\n`)]),
    /pairs\.jsonl: not a whole gzip file \(something follows its end, at byte \d+\)/,
  ],
  ['NaN', a.replace('{', '{"margin": NaN, '), /:1: not valid JSON .*; JSON has no NaN and no Infinity/],
  ['Parquet', 'PAR1....', /pairs\.jsonl: is a Parquet file, no JSON; use dataset: \{ name: parquet \}/],
  ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\n', /:1: .*run git lfs pull/],
  ['a table', 'prompt,chosen,rejected\na,b,c\n', /:1: .*this may be a table/],
  [
    'a row that is nested too deeply to be written',
    `${a}\n[${'['.repeat(20_000)}${']'.repeat(20_000)}]\n`,
    /:2: should be an object with chosen and rejected, got a list nested very deeply/,
  ],
  ['half a surrogate pair', a.replace('good', '\\ud83d'), /:1: chosen has half of a surrogate pair/],
  ['a gzip file that is cut', gzipSync(`${a}\n`).subarray(0, 30), /pairs\.jsonl: not a whole gzip file/],
])('refuses %s', async (_, content, message) => await expect(read(content)).rejects.toThrow(message));

test('refuses gzip that unpacks beyond measure, before it is all unpacked', async () => {
  const bomb = join(dir, 'bomb.jsonl.gz');
  function* blanks() {
    const piece = Buffer.alloc(1 << 20, '\n');
    for (let i = 0; i < 80; i++) yield piece;
  }
  await pipeline(Readable.from(blanks()), createGzip({ level: 1 }), createWriteStream(bomb));
  await expect(opened(jsonl, bomb)).rejects.toThrow(
    /bomb\.jsonl\.gz: unpacks to more than 200 times its size/,
  );
});

test('a gzip file of many pieces is read without a warning of what piles up', async () => {
  const warnings: string[] = [];
  const warned = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', warned);
  // Of one byte each in 256 values, which does not pack: pieces of 1 MiB have to wait for what unpacks them.
  const noise = createHash('shake256', { outputLength: 2 ** 24 })
    .update('rows')
    .digest('base64');
  const chosen = JSON.stringify({ prompt: 'p', chosen: noise, rejected: 'b' });
  const path = join(temporary(), 'rows.jsonl.gz');
  writeFileSync(path, gzipSync(`${chosen}\n`, { level: 1 }));
  let rows = 0;
  for await (const _ of jsonlSources(path)[0]!.rows()) rows++;
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warned);
  expect(rows).toBe(1);
  expect(warnings).toEqual([]);
});

test('refuses folders, pipes and devices', async () => {
  await expect(opened(jsonl, dir)).rejects.toThrow(/is a folder; give a file of rows/);
  await expect(opened(jsonl, '/dev/zero')).rejects.toThrow(/is a device; give a file/);
  await expect(opened(parquet, '/dev/zero')).rejects.toThrow(/is a device; give a file/);
  const pipe = join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(opened(jsonl, pipe)).rejects.toThrow(/is a pipe; give a file/);
});

test('says which bytes were read', async () => {
  await read(gzipSync(`${a}\n`));
  const {
    read: { sources },
  } = await opened(jsonl, path);
  expect(sources[0]!.sha256).toBe(
    createHash('sha256')
      .update(gzipSync(`${a}\n`))
      .digest('hex'),
  );
  const file = join(root, 'test', 'fixtures', 'parquet', 'strings.parquet');
  expect((await opened(parquet, file)).read.sources[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
});
