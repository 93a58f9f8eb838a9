import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Tail } from '../../../../harness/worker/external/tail.js';
import { temporary } from '../../../support.js';

const dir = temporary();

test('lines come once each is whole, whatever a write ends in', () => {
  const path = join(dir, 'a.jsonl');
  const tail = new Tail(path);
  expect(tail.lines()).toEqual([]); // it is not there yet
  const bytes = Buffer.from('{"é": 1}\n');
  const inside = bytes.indexOf(Buffer.from('é')) + 1; // in the middle of a character
  writeFileSync(path, bytes.subarray(0, inside));
  expect(tail.lines()).toEqual([]);
  appendFileSync(path, bytes.subarray(inside));
  appendFileSync(path, '{"b": 2}\n\n{"torn');
  expect(tail.lines()).toEqual(['{"é": 1}', '{"b": 2}']);
  expect(tail.lines()).toEqual([]);
  expect(tail.rest).toBe('{"torn');
  appendFileSync(path, '": 3}\n');
  expect(tail.lines()).toEqual(['{"torn": 3}']);
  expect(tail.rest).toBe('');
});

test('a file longer than a read comes whole', () => {
  const path = join(dir, 'long.jsonl');
  const rows = Array.from({ length: 9000 }, (_, i) => `{"step": ${i}, "loss": 0.5}`);
  writeFileSync(path, `${rows.join('\n')}\n`);
  expect(new Tail(path).lines()).toEqual(rows);
});
