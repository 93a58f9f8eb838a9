import { describe, expect, test } from 'vitest';
import { shownRows, tokenRecords } from '../../../harness/inspect/rows.js';
import { tokenPairs } from '../../../harness/worker/data.js';
import { opened, openedPairs } from './support.js';

const rows = Array.from({ length: 600 }, (_, i) => ({ prompt: `p${i}`, chosen: ` a${i}`, rejected: ' b' }));
const data = openedPairs(rows);

describe('the rows of a dataset', () => {
  test('are those that training gets, every one, in order', () => {
    const records = [...tokenRecords(data)];
    const pairs = data.open.pairs!('train');
    const { chosen, rejected } = tokenPairs(data.data, pairs, 'here');
    expect(records.slice(0, 600)).toEqual(
      pairs.map(({ id }, i) => ({
        type: 'pair',
        split: 'train',
        id,
        prompt: chosen[i]!.prompt,
        chosen: chosen[i]!.completion,
        rejected: rejected[i]!.completion,
      })),
    );
    expect(records.slice(600).map(({ split, id }) => [split, id])).toEqual([
      ['validation', 'v'],
      ['test', 't'],
      ['heldout', 'h'],
    ]);
  });
  test('as many of each split as are asked for', () => {
    expect([...tokenRecords(data, 2)].map(({ split }) => split)).toEqual([
      'train',
      'train',
      'validation',
      'test',
      'heldout',
    ]);
  });
  test('are prompts where pairs are sampled', () => {
    const { pairs: _, ...world } = data.open;
    const [first] = tokenRecords(opened(world, { samples: true }));
    expect(first).toEqual({
      type: 'prompt',
      split: 'train',
      id: '0',
      prompt: data.data.prompt('0', 'p0').ids,
    });
  });
  test('are shown as tokens, the end token too', () => {
    expect(shownRows(data, 1).slice(1)).toEqual([
      'pair 0, chosen:   p│0║ │a│0│‹<eos>›',
      'pair 0, rejected: p│0║ │b│‹<eos>›',
    ]);
  });
});
