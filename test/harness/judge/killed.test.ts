import { expect, test } from 'vitest';
import { temporary } from '../../support.js';
import { judgeKilled } from '../../bench/judge/killed.js';

// The whole of it is `node dist/test/bench/judge/bar.js`: 2,000 questions, twenty kills.
test('a judging that is killed again and again loses no verdict and asks for none twice', async () => {
  const size = { seeds: 2, prompts: 20, pairs: 20, kills: 4, within: 250 };
  const found = await judgeKilled(temporary(), size, 'short');
  expect(found).toMatchObject({
    questions: 200,
    rows: 200,
    askedAgain: 0,
    twice: 0,
    missing: 0,
    damages: [],
  });
  expect(found.kills).toBeGreaterThan(0);
  expect(Object.keys(found.faults)).toHaveLength(8);
  // Answers that were under way at a kill, eight at a time, are asked for again: nobody had them.
  expect(found.answeredAgain).toBeLessThanOrEqual(8 * found.kills);
}, 120_000);
