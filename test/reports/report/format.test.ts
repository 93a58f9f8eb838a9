import { expect, test } from 'vitest';
import { number, percent, si, signed, withInterval, written } from '../../../reports/report/format.js';

test('three digits, units, signs', () => {
  expect([number(0), number(1234.5), number(0.012345), number(1e-7), number(-2.71)]).toEqual([
    '0',
    '1235',
    '0.0123',
    '1.00e-7',
    '-2.71',
  ]);
  expect([si(2.5e12, 'FLOP'), si(0, 'FLOP'), percent(0.12345), signed(1), signed(-1)]).toEqual([
    '2.50 TFLOP',
    '0 FLOP',
    '12.3%',
    '+1.00',
    '−1.00',
  ]);
  expect(withInterval({ mean: 1, ci: [0, 2], n: 3 })).toBe('1.00 [0, 2.00]');
  expect(withInterval(null)).toBe('–');
});

test('what somebody wrote down is written as it was', () =>
  expect([4, 0.0003, 0.1 + 0.2, 1e-7].map(written)).toEqual(['4', '0.0003', '0.3', '1e-7']));
