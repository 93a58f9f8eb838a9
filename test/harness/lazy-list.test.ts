import { expect, test } from 'vitest';
import { lazyList } from '../../harness/lazy-list.js';

const made: number[] = [];
const list = lazyList(5, (i) => {
  made.push(i);
  return { i };
});
const plain = [0, 1, 2, 3, 4].map((i) => ({ i }));

test('it is read as an array is, in every way there is', () => {
  expect(Array.isArray(list)).toBe(true);
  expect(list).toEqual(plain);
  expect([...list]).toEqual(plain);
  expect(list.slice(1, 3)).toEqual(plain.slice(1, 3));
  expect(list.map(({ i }) => i * 2)).toEqual([0, 2, 4, 6, 8]);
  expect(list.filter(({ i }) => i > 2)).toEqual(plain.slice(3));
  expect(list.at(-1)).toEqual({ i: 4 });
  expect([...list, ...list]).toHaveLength(10);
  expect(JSON.stringify(list)).toBe(JSON.stringify(plain));
  expect(Object.keys(list)).toEqual(['0', '1', '2', '3', '4']);
  expect([list[5], list[-1], (list as unknown as Record<string, unknown>)['01']]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(3 in list && !(5 in list)).toBe(true);
});

test('an element is made when it is asked for, and no other', () => {
  made.length = 0;
  expect(list[3]).toEqual({ i: 3 });
  expect(list.slice(1, 3)).toHaveLength(2);
  expect(made).toEqual([3, 1, 2]);
});

test('it cannot be written to', () => {
  const writable = list as { i: number }[];
  expect(() => writable.push({ i: 5 })).toThrow(TypeError);
  expect(() => {
    writable[0] = { i: 9 };
  }).toThrow(TypeError);
  expect(() => writable.sort(() => -1)).toThrow(TypeError);
  expect(list).toEqual(plain);
});
