import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { jsonlList } from '../../../harness/store/jsonl-list.js';
import { temporary } from '../../support.js';

const dir = temporary();
const written = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
interface Row {
  readonly i: number;
  readonly text: string;
}
/** Characters of one to four bytes, blank lines, rows of several chunks, and a last line that is torn. */
const rows = Array.from({ length: 40 }, (_, i): Row => {
  return { i, text: ['a', 'é', '猫', '\u{1f408}'][i % 4]!.repeat(i === 7 ? 2 ** 21 : 5 * i) };
});
const path = written(
  'rows.jsonl',
  `${rows.map((row) => `${JSON.stringify(row)}\n${row.i % 5 === 0 ? '\n' : ''}`).join('')}{"i": 40, "te`,
);

test('the rows are those of readJsonl, whether they are kept or read again', () => {
  expect(readJsonl<Row>(path)).toEqual(rows);
  for (const most of [0, 100, 2000, 2 ** 30]) {
    const list = jsonlList<Row>(path, most);
    expect(list).toHaveLength(40);
    for (const i of [39, 0, 7, 8, 6, 20]) expect(list[i]).toEqual(rows[i]);
    expect(list).toEqual(rows);
    expect(new Set([list[0], list[0]]).size).toBe(most > 0 ? 1 : 2);
  }
});
test('what is kept is an array in memory where it is all', () => {
  expect(structuredClone(jsonlList(path, 2 ** 30))).toEqual(rows);
  expect(() => structuredClone(jsonlList(path, 100))).toThrow();
});
test('no file has no rows, and a line that is none is refused with its number at once', () => {
  expect(jsonlList(join(dir, 'nowhere.jsonl'))).toEqual([]);
  expect(jsonlList(written('empty.jsonl', ''))).toEqual([]);
  const damaged = written('damaged.jsonl', '{"i": 0}\n{"i": 1}\nnull\n');
  for (const most of [0, 100])
    expect(() => jsonlList(damaged, most)).toThrow(/damaged\.jsonl:3: is no row; remove the line/);
});
