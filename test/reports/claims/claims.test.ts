import { describe, expect, test } from 'vitest';
import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import { decideTopic } from '../../../reports/claims/decide.js';
import { cases } from './cases.js';
import { around } from './support.js';

describe.each(cases)('%s', (id, build, supports, refutes) => {
  const decided = (effect: number, noise: number): ClaimRow => {
    // Alone: the correction over the topic has its own test.
    const [row] = decideTopic(
      'alone',
      build(around(effect, noise)).filter((e) => e.id === id),
    );
    return row!;
  };
  test('supported', () => expect(decided(supports, 0.002)).toMatchObject({ verdict: 'supported', n: 5 }));
  test('refuted', () => expect(decided(refutes, 0.002)).toMatchObject({ verdict: 'refuted', n: 5 }));
  test('undecided where seeds disagree', () =>
    expect(decided((supports + refutes) / 2, 0.9)).toMatchObject({ verdict: 'undecided' }));
});
