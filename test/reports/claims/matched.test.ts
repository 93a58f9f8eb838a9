import { expect, test } from 'vitest';
import { matched } from '../../../reports/claims/matched.js';
import { pair, world } from './cases.js';

/** @param chooser what the reward that chooses gives DPO, where it gives relabelled DPO 1 */
const note = (chooser: number): string | undefined =>
  matched(
    world((s) => [
      ...pair('online', 'relabelled', 0),
      {
        stage: 'dpo',
        end: { kl: 1, gold: 0.3 + 0.01 * s },
        along: [
          { kl: 0, gold: 0 },
          { kl: 1, gold: 0, chooser },
        ],
      },
    ]),
  ).find(({ id }) => id === 'F15')!.note;

test('F15 says what the labels alone do', () =>
  // Three quarters of .2, .19, .18, .17, .16.
  expect(note(2)).toMatch(
    /^the reward's labels instead of the data's, the same way: 0\.135 \[0\.1\d\d, 0\.1\d\d\]\. /,
  ));
test('F15 says what is lost or won where relabelled pairs count as offline, by who chooses', () => {
  expect(note(2)).toMatch(/together, as the chooser picks, minus DPO: 0\.000 \[/);
  expect(note(0.5)).toMatch(/together, as the chooser picks, minus DPO: 0\.135 \[/);
});
