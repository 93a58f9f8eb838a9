import { expect, test } from 'vitest';
import { TOPICS } from '../../../reports/claims/topics.js';

test('a claim is in one topic, and is called by its number', () => {
  const all = Object.values(TOPICS).flat() as string[];
  expect(new Set(all).size).toBe(all.length);
  for (const id of all) expect(id).toMatch(/^F\d+(-[a-z]+)?$/);
});
test('what the protocol took out of the suite is in none', () => {
  for (const id of ['F19-memory', 'F20-rank', 'F18-whole'])
    expect(Object.values(TOPICS).flat()).not.toContain(id);
});
