import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StoredRun } from '../../../harness/store/read.js';
import { pairedGold, readEvals, readSamples, SharedLists } from '../../../reports/sections/rows.js';
import { temporary } from '../../support.js';

const dir = temporary();
/** A run with these samples; only its folder is read. */
function run(
  name: string,
  rows: readonly { promptId: string; prompt?: string; gold: number | null }[],
): StoredRun {
  const folder = join(dir, name);
  mkdirSync(folder);
  const lines = rows.map((row) => {
    const sample = {
      prompt: row.promptId,
      sample: 0,
      completion: `of ${row.promptId}`,
      tokens: 3,
      proxy: null,
    };
    return `${JSON.stringify({ ...sample, ...row })}\n`;
  });
  writeFileSync(join(folder, 'samples.jsonl'), lines.join(''));
  return { dir: folder } as StoredRun;
}
const some = (gold: readonly (number | null)[], from = 0) =>
  gold.map((g, i) => ({ promptId: `p${from + i}`, gold: g }));

describe('samples of many runs', () => {
  test('hold their keys and prompts once', () => {
    const lists = new SharedLists();
    const [a, b] = [
      readSamples(run('a', some([1, 2, 3])), lists)!,
      readSamples(run('b', some([4, 5, 6])), lists)!,
    ];
    expect(a.keys).toEqual(['p0#0', 'p1#0', 'p2#0']);
    expect(b.keys).toBe(a.keys);
    expect(b.index).toBe(a.index);
    expect(b.prompts).toBe(a.prompts);
    expect([...a.gold!, ...b.gold!]).toEqual([1, 2, 3, 4, 5, 6]);
  });
  test('are told apart by any difference, in text, length or order', () => {
    const lists = new SharedLists();
    const first = readSamples(run('first', some([1, 2])), lists)!;
    const other = readSamples(
      run('other-text', [
        { promptId: 'p0', gold: 1 },
        { promptId: 'p1', prompt: 'other', gold: 2 },
      ]),
      lists,
    )!;
    expect(other.keys).toBe(first.keys); // the same prompts by name, as in another seed
    expect(other.prompts).toEqual(['p0', 'other']);
    expect(readSamples(run('longer', some([1, 2, 3])), lists)!.keys).toHaveLength(3);
    expect(readSamples(run('turned', some([1, 2]).reverse()), lists)!.keys).toEqual(['p1#0', 'p0#0']);
    expect(first.keys).toEqual(['p0#0', 'p1#0']);
  });
  test('keep the first texts for showing and drop the rest', () => {
    const { texts } = readSamples(run('many', some(Array.from({ length: 100 }, () => 0))))!;
    expect(texts.length).toBeLessThan(100);
    expect(texts.slice(0, 2)).toEqual(['of p0', 'of p1']);
  });
  test('without rows there are none', () => expect(readSamples(run('empty', []))).toBeNull());
});

describe('gold rewards of two runs', () => {
  const lists = new SharedLists();
  const a = readSamples(run('x', some([1, 2, 3])), lists)!;
  const same = readSamples(run('y', some([4, 5, 6])), lists)!;
  const shifted = readSamples(run('z', some([7, 8, 9], 1)), lists)!;
  const unknown = readSamples(run('none', some([1, null, 3])), lists)!;
  const pair = (x: typeof a, y: typeof a) => {
    const p = pairedGold(x, y);
    return [[...p.a], [...p.b]];
  };
  test('are paired by prompt, whether or not the runs share their list', () => {
    expect(pair(a, same)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(pair(a, readSamples(run('apart', some([4, 5, 6])))!)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });
  test('count only the prompts that both have, in the order of the first', () => {
    expect(pair(a, shifted)).toEqual([
      [2, 3],
      [7, 8],
    ]);
    expect(pair(a, readSamples(run('reversed', some([4, 5, 6]).reverse()), lists)!)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });
  test('are none where one has a gap', () => expect(pair(a, unknown)).toEqual([[], []]));
});

test('what JSON holds as null because it was no number is no figure, and not 0', () => {
  const folder = join(dir, 'not-a-number');
  mkdirSync(folder);
  const kl = (mean: number) => ({
    exact: { mean, se: null, n: 1 },
    raoBlackwell: null,
    k1: null,
    sampler: null,
  });
  const rows = [Number.NaN, 2].map((x) => ({
    exact: { goldReward: x, frontierEfficiency: null, regret: x },
    kl: kl(x),
  }));
  writeFileSync(join(folder, 'evals.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const [without, whole] = readEvals({ dir: folder } as StoredRun);
  expect(without).toMatchObject({ exact: null, kl: { exact: null } });
  expect(whole).toEqual(rows[1]);
});
