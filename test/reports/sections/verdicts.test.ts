import { describe, expect, test } from 'vitest';
import { verdicts } from '../../../reports/sections/verdicts.js';
import { fixture } from '../fixture.js';
import { each, flat, reporter, rising, starts } from './hand.js';

const report = reporter();

describe('verdicts', () => {
  const found = report([
    ...starts,
    ...each((seed) => ({ label: 'a', seed, gold: flat(1, seed), curve: rising(1 + seed / 100) })),
    ...each((seed) => ({ label: 'b', seed, gold: flat(2, seed), curve: rising(2 + seed / 50) })),
  ]);
  test('what gains most, the start, equal KL, equal compute, head to head: in that order', () => {
    expect(found.verdicts.map((v) => v.split(/[ (,]/, 3).slice(0, 3).join(' '))).toEqual([
      'b gains most:',
      'a improves on',
      'b improves on',
      'At equal KL',
      'At equal compute',
      'Head to head',
    ]);
    expect(found.verdicts[0]).toMatch(/^b gains most: .*At equal KL b is ahead of a\.$/);
    expect(found.verdicts[3]).toMatch(/b is ahead of a: \+1\.01/);
  });
  test('the lead is always there: the best, a higher mean that may be none, or nobody told apart', () => {
    const noisy = (scale: number) =>
      each((seed) => ({ label: 'c', seed, gold: flat(3 + scale * (seed - 1), 0), curve: rising(1) }));
    expect(
      report([
        ...starts,
        ...each((seed) => ({ label: 'a', seed, gold: flat(1, seed), curve: rising(1) })),
        ...noisy(5),
      ]).verdicts[0],
    ).toMatch(
      new RegExp(
        '^Of those told apart from start, a gains most: \\+1\\.01 \\[.*\\] gold reward over start; ' +
          'c has a higher mean, \\+3\\.00 \\[.*\\], that may be none\\.',
      ),
    );
    expect(
      report([...starts, ...noisy(5), ...noisy(9).map((run) => ({ ...run, label: 'd' }))]).verdicts[0],
    ).toMatch(
      /^No algorithm is told apart from start by its gold reward; [cd] has the highest mean, \+3\.00 \[/,
    );
  });
  test('data without a gold reward: one sentence', () => {
    const whole = fixture();
    expect(
      verdicts({ ...whole, algorithms: whole.algorithms.map((a) => ({ ...a, goldReward: null })) }),
    ).toEqual([
      expect.stringMatching(/^This data has no gold reward, so nothing here says which algorithm is better/),
    ]);
  });
  test('a match is said where the tests say it', () => {
    const same = report([
      ...starts,
      ...['a', 'b'].flatMap((label) =>
        each((seed) => ({ label, seed, gold: flat(1, seed), curve: rising(1) })),
      ),
    ]);
    expect(same.verdicts.find((v) => v.startsWith('At equal KL'))).toContain('a and b match');
  });
});
