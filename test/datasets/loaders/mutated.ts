import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { PairsParams } from '../../../datasets/loaders/params.js';
import { packageRoot } from '../../../harness/environment.js';
import type { Rng } from '../../../harness/rng.js';
import { changeBytes, PIECES } from '../../mutate/changes.js';

const text = (i: number) => ({ prompt: `prompt ${i} é`, chosen: ` yes ${i}`, rejected: ' no', margin: i });
const chat = (i: number) => ({
  prompt: [{ role: 'user', content: `q ${i}` }],
  chosen: [{ role: 'assistant', content: 'yes', tool_calls: [{ name: 'f', arguments: { x: i } }] }],
  rejected: [{ role: 'assistant', content: 'no' }],
});
const implicit = (i: number) => ({ chosen: `Q ${i}: a lot`, rejected: `Q ${i}: nothing` });
const shareGpt = (i: number) => ({
  system: i % 2 === 0 ? 'be kind' : null,
  conversations: [{ from: 'human', value: `q ${i}` }],
  chosen: { from: 'gpt', value: 'yes' },
  rejected: { from: 'gpt', value: 'no' },
});
const conversation = (i: number) => ({
  prompt: `q ${i}`,
  chosen: [...chat(i).prompt, ...chat(i).chosen],
  rejected: [...chat(i).prompt, ...chat(i).rejected],
  tools: JSON.stringify([{ name: 'f', parameters: { x: i } }]),
  score_chosen: 8.5,
});
const judged = (i: number) => ({ prompt: `q ${i}`, completion: 'yes', label: i % 2 === 0 });
const transcript = (i: number) => ({
  chosen: `\n\nHuman: q ${i}\n\nAssistant: yes`,
  rejected: `\n\nHuman: q ${i}\n\nAssistant: no`,
});
const renamed = (i: number) => ({ question: `q ${i}`, good: ' yes', bad: ' no', prompt: 'not this' });
const columns = { prompt: 'question', chosen: 'good', rejected: 'bad' };
const returned = (rows: object[]): Buffer => Buffer.from(lines(rows).toString().replaceAll('\n', '\r\n'));
const lines = (rows: object[]): Buffer => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const five = (make: (i: number) => object): object[] => Array.from({ length: 5 }, (_, i) => make(i));

const fixture = (...names: string[]): Buffer =>
  readFileSync(join(packageRoot(), 'test', 'fixtures', 'parquet', ...names));

/** Files of one kind, and how they are read. */
export interface Kind {
  readonly dataset: 'jsonl' | 'parquet';
  readonly seeds: readonly Buffer[];
  readonly params?: Partial<PairsParams>;
}
/** What is mutated. */
export const KINDS: Readonly<Record<string, Kind>> = {
  layouts: {
    dataset: 'jsonl',
    seeds: [
      ...[shareGpt, conversation, judged, transcript].map((make) => lines(five(make))),
      returned(five(text)),
      returned(five(conversation)),
    ],
  },
  mapped: { dataset: 'jsonl', seeds: [lines(five(renamed))], params: { columns } },
  lines: { dataset: 'jsonl', seeds: [text, chat, implicit].map((make) => lines(five(make))) },
  array: {
    dataset: 'jsonl',
    seeds: [text, chat].map((make) => Buffer.from(JSON.stringify(five(make), null, 1))),
  },
  gzip: { dataset: 'jsonl', seeds: [text, chat].map((make) => gzipSync(lines(five(make)))) },
  parquet: {
    dataset: 'parquet',
    seeds: [
      fixture('strings.parquet'),
      fixture('messages', 'train-00000-of-00002.parquet'),
      fixture('text-kinds.parquet'),
      fixture('list-kinds.parquet'),
    ],
  },
};

const ROW_PIECES = [...PIECES, '\r\n', '"prompt":', '"from"', '"value"'];

/** One to three changes: of bytes, or of a value for another. */
export function mutated(seed: Buffer, rng: Rng): Buffer {
  let bytes = Buffer.from(seed);
  for (let n = rng.int(3); n >= 0; n--) {
    const values = rng.int(6) === 0 ? bytes.toString('latin1').split(/("(?:[^"\\]|\\.)*")/) : [];
    if (values.length < 3) {
      bytes = Buffer.from(changeBytes(bytes, ROW_PIECES, rng));
      continue;
    }
    values[1 + 2 * rng.int((values.length - 1) / 2)] = rng.pick(ROW_PIECES);
    bytes = Buffer.from(values.join(''), 'latin1');
  }
  return bytes;
}
