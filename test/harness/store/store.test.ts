import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readJson, writeJsonAtomic } from '../../../harness/store/atomic.js';
import { JsonlWriter, readJsonl, truncateJsonl } from '../../../harness/store/jsonl.js';
import { temporary } from '../../support.js';

const dir = temporary();

describe('JSONL', () => {
  const path = join(dir, 'rows.jsonl');
  test('appends; a torn last line, as a kill leaves it, is dropped', () => {
    const writer = new JsonlWriter(path);
    for (let i = 0; i < 3; i++) writer.write({ i });
    writer.close();
    appendFileSync(path, '{"i":3');
    expect(readJsonl(path)).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
  });
  test('damage anywhere else is refused with its line', () => {
    const broken = join(dir, 'broken.jsonl');
    writeFileSync(broken, '{"i":0}\n{"i":\n{"i":2}\n');
    expect(() => readJsonl(broken)).toThrow(/broken\.jsonl:2: not valid JSON/);
    writeFileSync(broken, '{"a":1}\nnull\n');
    expect(() => readJsonl(broken)).toThrow(/broken\.jsonl:2: is no row; remove the line/);
    writeFileSync(broken, '{"a":1}\n{"a":null}\n');
    expect(readJsonl<{ a: number }>(broken)).toHaveLength(2);
    expect(() => readJsonl<{ a: number }>(broken, ['a'])).toThrow(
      /broken\.jsonl:2: is no row, as it lacks a;/,
    );
  });
  // A euro sign is three bytes: of three offsets, two have the first megabyte end inside one.
  test.each([0, 1, 2])(
    'longer than what is read at a time: rows and characters stay whole, lines are counted on (offset %d)',
    (offset) => {
      const long = join(dir, `long-${offset}.jsonl`);
      const rows = [
        'x'.repeat(offset),
        '€'.repeat(800_000),
        ...Array.from({ length: 2000 }, () => '€'.repeat(300)),
        'end',
      ].map((text) => ({ text }));
      writeFileSync(long, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      expect(readJsonl(long)).toEqual(rows);
      appendFileSync(long, '{"i":\n');
      expect(() => readJsonl(long)).toThrow(`long-${offset}.jsonl:2004: not valid JSON`);
    },
  );
  test('is cut back to what a checkpoint knows, the torn line with it', () => {
    truncateJsonl<{ i: number }>(path, ({ i }) => i < 2);
    expect(readFileSync(path, 'utf8')).toBe('{"i":0}\n{"i":1}\n');
  });
  test('a missing file has no rows', () => expect(readJsonl(join(dir, 'none'))).toEqual([]));
});

describe('JSON', () => {
  test('is replaced whole and leaves no temporary file', () => {
    const path = join(dir, 'deep', 'x.json');
    writeJsonAtomic(path, { a: 1 });
    writeJsonAtomic(path, { a: 2 });
    expect(readJson(path)).toEqual({ a: 2 });
    expect(readdirSync(join(dir, 'deep'))).toEqual(['x.json']);
  });
  test('names a file that cannot be read', () => {
    expect(() => readJson(join(dir, 'nothing.json'))).toThrow(
      /nothing\.json: cannot be read; check the path/,
    );
    writeFileSync(join(dir, 'bad.json'), '{');
    expect(() => readJson(join(dir, 'bad.json'))).toThrow(/bad\.json: not valid JSON/);
  });
});
