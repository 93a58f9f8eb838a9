import { beforeEach, expect, test } from 'vitest';
import { lateTokenList, type Making, tokenList } from '../../../harness/worker/token-list.js';

const made: number[] = [];
beforeEach(() => {
  made.length = 0;
});
/** Rows of three tokens. */
const rows = (most?: number): Making<number[]> => ({
  make: (i) => {
    made.push(i);
    return [i, i, i];
  },
  tokensOf: ({ length }) => length,
  ...(most === undefined ? {} : { most }),
});
const wanted = [0, 1, 2, 3].map((i) => [i, i, i]);

test('rows that fit are an array, each made once', () => {
  const list = tokenList(4, rows());
  expect(structuredClone(list)).toEqual(wanted);
  expect(made).toEqual([0, 1, 2, 3]);
});

test('of more rows than fit, each is made once, and those beyond again when they are asked for', () => {
  const list = tokenList(4, rows(7));
  expect(made).toEqual([0, 1, 2, 3]);
  expect(list[0]).toBe(list[0]);
  expect(made).toHaveLength(4);
  // Who asks for one side of a pair asks for the other next.
  expect(list[3]).toBe(list[3]);
  expect(made).toEqual([0, 1, 2, 3, 3]);
  expect(list).toEqual(wanted);
  expect(list[4]).toBeUndefined();
});

test('a row that cannot be made is said before the list is there, also where none is kept', () => {
  const making: Making<number[]> = {
    make: (i) => {
      if (i === 3) throw new Error('row 3 is too long');
      return [i];
    },
    tokensOf: ({ length }) => length,
    most: 0,
  };
  expect(() => tokenList(4, making)).toThrow('row 3 is too long');
  expect(lateTokenList(4, making)).toHaveLength(4);
});

test('of a late list a row is made when it is asked for, and kept while there is room', () => {
  const list = lateTokenList(4, rows(7));
  expect(made).toEqual([]);
  expect([list[2], list[1]]).toEqual([wanted[2], wanted[1]]);
  expect(list[2]).toBe(list[2]);
  expect(made).toEqual([2, 1]);
  for (const i of [0, 3, 0]) expect(list[i]).toEqual(wanted[i]);
  expect(made).toEqual([2, 1, 0, 3, 0]);
});
