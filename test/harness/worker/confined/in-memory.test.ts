import { expect, test } from 'vitest';
import { lazyList } from '../../../../harness/lazy-list.js';
import { inMemory } from '../../../../harness/worker/confined/in-memory.js';
import type { Supply } from '../../../../harness/worker/supply.js';

const rows = [0, 1, 2].map((i) => ({ prompt: [i], completion: [i, i] }));
const late = lazyList(3, (i) => rows[i]!);
const supply: Supply = {
  pairs: { chosen: late, rejected: late, margins: new Float32Array(3) },
  unpaired: { rows: late, labels: new Float32Array(3), fromPairs: false },
  completions: late,
  prompts: lazyList(3, (i) => ({ id: String(i), ids: [i] })),
  agreement: null,
  known: null,
};

test('what is laid out can be sent to another process, whatever it was', () => {
  const { pairs, unpaired, completions, prompts } = structuredClone(inMemory(supply, 'mine'));
  expect([pairs!.chosen, pairs!.rejected, unpaired!.rows, completions]).toEqual([rows, rows, rows, rows]);
  expect(prompts).toEqual([0, 1, 2].map((i) => ({ id: String(i), ids: [i] })));
  const none = { ...supply, pairs: null, unpaired: null, completions: null, prompts: [] };
  expect(inMemory(none, 'mine')).toEqual(none);
});
test('more tokens than a process could hold are refused, with the stage and what to do', () => {
  expect(inMemory(supply, 'mine', 39)).toEqual(supply); // 36 of rows and 3 of prompts
  expect(() => inMemory(supply, 'mine', 38)).toThrow(
    'stage mine: its data has more than the 38 tokens that a plugin that is not built in can be given; ' +
      'lower collect.pairs, or give it a file with fewer rows',
  );
});
