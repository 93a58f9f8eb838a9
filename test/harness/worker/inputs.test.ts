import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runsBeside } from '../../../harness/store/layout.js';
import type { PairRow } from '../../../harness/store/records.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { collectedPairs } from '../../../harness/worker/inputs.js';
import { temporary } from '../../support.js';

const dir = temporary();
const runs = runsBeside(join(dir, 'runs', 'mine'));
/** 40 prompts with 5 pairs each, spelled in five ways. */
const rows = (what: string): object[] =>
  Array.from({ length: 200 }, (_, i) => ({
    id: `${what}-${i}`,
    prompt: [' ', '  ', '\n', '\t', ' \n'].map((space) => `${what}${space}${i % 40}`)[i % 5]!,
  }));
const { dir: collected, pairs, heldout } = runs('collect');
mkdirSync(collected, { recursive: true });
writeFileSync(
  pairs,
  rows('train')
    .map((row) => `${JSON.stringify(row)}\n`)
    .join(''),
);
writeFileSync(
  heldout,
  rows('heldout')
    .map((row) => `${JSON.stringify(row)}\n`)
    .join(''),
);

const read = (spec: Partial<RunSpec>, side: 'own' | 'other'): readonly PairRow[] =>
  collectedPairs({ inputs: { pairs: 'collect' }, ...spec } as RunSpec, runs, side)!;
const promptsOf = (all: readonly PairRow[]): Set<string> =>
  new Set(all.map(({ prompt }) => prompt.replace(/\s+/g, ' ')));

test('a run learns from one file and is measured on the other', () => {
  for (const [spec, own, other] of [
    [{}, 'train-0', 'heldout-0'],
    [{ pairs: 'heldout' }, 'heldout-0', 'train-0'],
  ] as const) {
    expect([read(spec, 'own')[0]!.id, read(spec, 'other')[0]!.id]).toEqual([own, other]);
    expect([read(spec, 'own').length, read(spec, 'other').length]).toEqual([200, 200]);
  }
});
test('a judge and a chooser have half of the held-out prompts each, and none in common', () => {
  const of = (heldoutPart: 'judge' | 'chooser') => read({ pairs: 'heldout', heldoutPart }, 'own');
  const [judge, chooser] = [of('judge'), of('chooser')];
  expect(judge.length + chooser.length).toBe(200);
  const [mine, theirs] = [promptsOf(judge), promptsOf(chooser)];
  expect(mine.size + theirs.size).toBe(40); // no prompt is on both sides
  expect(mine.size).toBeGreaterThan(10);
  expect(theirs.size).toBeGreaterThan(10);
  expect(read({ pairs: 'heldout', heldoutPart: 'judge' }, 'other')).toHaveLength(200);
});
