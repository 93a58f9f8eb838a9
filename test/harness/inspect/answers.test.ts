import { expect, test } from 'vitest';
import type { Pair } from '../../../harness/contracts/dataset.js';
import { FrequentAnswers } from '../../../harness/inspect/answers.js';

function frequentAnswers(pairs: readonly Pair[]) {
  const answers = new FrequentAnswers();
  for (const each of pairs) answers.add(each);
  return answers.rows(pairs);
}

const pair = (id: number, chosen: string, rejected: string) => ({
  id: String(id),
  prompt: `p${id}`,
  chosen,
  rejected,
});

test('an answer of many pairs is counted on both sides, exactly, however many others there are', () => {
  const pairs = Array.from({ length: 400 }, (_, i) =>
    i % 8 === 0
      ? pair(i, 'yes', `no ${i}`)
      : i % 8 === 1
        ? pair(i, `no ${i}`, 'yes')
        : pair(i, `a${i}`, `b${i}`),
  );
  expect(frequentAnswers(pairs)).toEqual([{ text: 'yes', chosen: 50, rejected: 50 }]);
});
test('answers that differ in every pair are none', () => {
  expect(frequentAnswers(Array.from({ length: 100 }, (_, i) => pair(i, `a${i}`, `b${i}`)))).toEqual([]);
});
test('a few pairs tell nothing', () => expect(frequentAnswers([pair(0, 'a', 'b')])).toEqual([]));
test('a long text is cut for show', () => {
  const text = 'x'.repeat(1000);
  const [answer] = frequentAnswers([0, 1, 2].map((i) => pair(i, text, `b${i}`)));
  expect(answer).toEqual({ text: `${'x'.repeat(80)}…`, chosen: 3, rejected: 0 });
});
