import { describe, expect, test } from 'vitest';
import { isKeptFloat, lostInParsing } from '../../../datasets/loaders/lost.js';

const found = (text: string, columns: readonly string[] | null = ['a']) => {
  JSON.parse(text); // what is looked at is valid
  return lostInParsing(text, columns)?.what ?? null;
};

describe('numbers that Python writes otherwise', () => {
  // Expected: `json.dumps(json.loads(x))` against `JSON.stringify(JSON.parse(x))`.
  test.each(['1.0', '-0.0', '1e3', '1E-7', '0.00001', '12345678901234567890123', '9007199254740993'])(
    '%s is lost',
    (number) => {
      expect(found(`{"a": [{"x": ${number}}]}`)).toBe(`the number ${number}`);
      expect(found(`[${number}]`, null)).toBe(`the number ${number}`);
    },
  );
  test.each(['1', '-0', '-12', '1.5', '0.1', '0.0001', '9007199254740991', '123456.789'])('%s is kept', (n) =>
    expect(found(`{"a": [{"x": ${n}}]}`)).toBeNull(),
  );
  test('only in columns that are used, and not the column itself', () => {
    expect(found('{"a": 1.0, "b": [1.0]}')).toBeNull();
    expect(found('{"b": [1.0], "a": "1.0, \\"x\\": 1.0\\\\", "c": {"a": [1.0]}}')).toBeNull();
    expect(found('{"b": [1.0], "a": {"b": [1.0]}}')).toBe('the number 1.0');
  });
  test('floats of other files', () => {
    expect([1, 0, -3, 1e-7, 1e21].map(isKeptFloat)).toEqual([false, false, false, false, false]);
    expect([1.5, 0.1, -2.25, Number.NaN].map(isKeptFloat)).toEqual([true, true, true, true]);
  });
});

describe('names', () => {
  test('twice in one object', () => {
    expect(found('{"a": 1, "b": 2, "a": 3}')).toBe('the name "a" twice in one object');
    expect(found('{"a": [{"x": 1, "y": {"x": 1}, "\\u0078": 2}]}')).toBe('the name "x" twice in one object');
    expect(found('{"b": 1, "b": 2, "a": [{"x": 1}, {"x": 2}]}')).toBeNull();
  });
  test('of digits, where they change places', () => {
    expect(found('{"a": {"b": 1, "1": 2}}')).toBe('the name "1" behind others');
    expect(found('{"a": {"2": 1, "1": 2}}')).toBe('the name "1" behind others');
    expect(found('{"a": {"1": 1, "2": 2, "b": 0, "01": 3}}')).toBeNull();
    expect(found('{"b": 0, "1": 2, "a": 0}')).toBeNull();
  });
});
