import { expect, test } from 'vitest';
import { packBatch } from '../../../harness/policy/batch.js';
import { mismatched } from '../../../plugins/shared/mismatched.js';

test('each prompt with the next completion, the last with the first', () => {
  const shape = { time: 5, completion: 2, padId: 9 };
  const rows = [
    { prompt: [1], completion: [5] },
    { prompt: [2, 3], completion: [6, 7] },
    { prompt: [1], completion: [8] },
    { prompt: [2, 3], completion: [4] },
  ];
  const want = rows.map(({ prompt }, i) => ({ prompt, completion: rows[(i + 1) % 4]!.completion }));
  expect(mismatched(packBatch(rows, shape))).toEqual(packBatch(want, shape));
});
