import { expect, test } from 'vitest';
import { accounting, rowsUsed } from '../../../reports/report/accounting.js';
import type { DataReport } from '../../../reports/report/data.js';

const source = (rows: number, kept: number, dropped: readonly [string, number][] = []): unknown => ({
  file: 'pairs.jsonl',
  rows,
  kept,
  dropped: dropped.map(([reason, n]) => ({ reason, rows: n, first: 'pairs.jsonl:1' })),
  truncated: { prompts: 0, completions: 0 },
});
const asked = (pairs: [number, number], heldout: [number, number]): unknown => ({
  pairs: { asked: pairs[0], there: pairs[1], given: [] },
  heldoutPairs: { asked: heldout[0], there: heldout[1], given: [] },
});
const row = (parts: object): DataReport =>
  ({ seed: 0, splits: [], asked: null, sources: [], beginning: null, ...parts }) as never;

test('asked, given, and dropped for which reason, per split', () => {
  const splits = [
    { split: 'train', given: { pairs: 106 } },
    { split: 'test', given: { pairs: 18 } },
    { split: 'heldout', given: { pairs: 46 } },
  ];
  const dropped: [string, number][] = [
    ['the prompt is empty', 20],
    ['prompt too long', 2],
  ];
  const data = row({ sources: [source(200, 178, dropped)], splits, asked: asked([2000, 106], [40, 46]) });
  expect(rowsUsed(data)).toBe('178 of 200 rows');
  expect(accounting(data)).toEqual([
    'pairs.jsonl: 200 rows, 178 used, 22 left out (20 the prompt is empty, 2 prompt too long).',
    'Pairs by split (seed 0): training 106, test 18, held out 46.',
    'collect.pairs: 2000 asked, 106 given.',
  ]);
});
test('completions that are judged one by one; nothing left out, nothing asked', () => {
  const splits = [{ split: 'train', given: null, unpaired: { rows: 7 } }];
  expect(accounting(row({ sources: [source(7, 7)], splits }))).toEqual([
    'pairs.jsonl: 7 rows, 7 used, none left out.',
    'Completions by split (seed 0): training 7.',
  ]);
});
test('of a world there is nothing to account for', () => {
  const world = row({ splits: [{ split: 'train', given: null }] });
  expect(accounting(world)).toEqual([]);
  expect(rowsUsed(world)).toBeNull();
});
