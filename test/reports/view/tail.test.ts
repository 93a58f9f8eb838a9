import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Tail } from '../../../reports/view/tail.js';
import { temporary } from '../../support.js';

const dir = temporary();
const isRow = (row: unknown): row is { a: string } => typeof row === 'object' && row !== null && 'a' in row;

describe('a tail', () => {
  test('gives whole rows once, and leaves a torn line for later', () => {
    const path = join(dir, 'tail.jsonl');
    const tail = new Tail(path, isRow);
    expect(tail.read().rows).toEqual([]);
    writeFileSync(path, '{"a":"1"}\n{"a":"ü');
    expect(tail.read().rows).toEqual([{ a: '1' }]);
    expect(tail.read().rows).toEqual([]);
    appendFileSync(path, '"}\n');
    expect(tail.read()).toEqual({ rows: [{ a: 'ü' }], restarted: false, more: false, strange: 0 });
  });
  test('begins again where the file was cut and replaced', () => {
    const path = join(dir, 'cut.jsonl');
    writeFileSync(path, '{"a":"1"}\n{"a":"2"}\n');
    const tail = new Tail(path, isRow);
    tail.read();
    rmSync(path);
    writeFileSync(path, '{"a":"1"}\n');
    expect(tail.read()).toMatchObject({ rows: [{ a: '1' }], restarted: true });
  });
  test('reads what is longer than a piece', () => {
    const path = join(dir, 'long.jsonl');
    writeFileSync(path, `{"a":"${'x'.repeat(3 << 20)}"}\n${'{"a":"y"}\n'.repeat(200_000)}`);
    const tail = new Tail(path, isRow);
    let rows = 0;
    for (let more = true; more; ) {
      const got = tail.read();
      rows += got.rows.length;
      more = got.more || got.rows.length > 0;
    }
    expect(rows).toBe(200_001);
  });
});
