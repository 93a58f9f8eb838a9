import { expect, test } from 'vitest';
import { packBatch, packShared } from '../../../harness/policy/batch.js';
import { mismatched } from '../../../plugins/shared/mismatched.js';

test('each prompt with the next completion, the last with the first: no shared prompts are left', () => {
  const shape = { time: 5, completion: 2, padId: 9 };
  const rows = [
    { prompt: [1], completion: [5] },
    { prompt: [2, 3], completion: [6, 7] },
    { prompt: [1], completion: [8] },
    { prompt: [2, 3], completion: [4] },
  ];
  const want = rows.map(({ prompt }, i) => ({ prompt, completion: rows[(i + 1) % 4]!.completion }));
  expect(mismatched(packShared(rows, 2, shape))).toEqual(packBatch(want, shape));
});
