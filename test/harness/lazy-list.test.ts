import { expect, test } from 'vitest';
import { joined, lazyList, mapped, sliced } from '../../harness/lazy-list.js';

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

test('what is made of a lazy list is lazy like it, and what is made of another is in memory', () => {
  made.length = 0;
  const twice = mapped(list, ({ i }, at) => [2 * i, at]);
  const some = sliced(list, 1, 9);
  const both = joined([{ i: 9 }], list);
  expect(made).toEqual([]);
  expect(twice).toEqual([0, 1, 2, 3, 4].map((i) => [2 * i, i]));
  expect(some).toEqual(plain.slice(1));
  expect(sliced(list, 6, 9)).toEqual([]);
  expect(both).toEqual([{ i: 9 }, ...plain]);
  const others = [mapped(plain, ({ i }) => i), sliced(plain, 1, 2), joined(plain, plain)];
  expect(others).toEqual([[0, 1, 2, 3, 4], [{ i: 1 }], [...plain, ...plain]]);
  // An array in memory can be sent to another process, a lazy one cannot.
  for (const one of others) expect(structuredClone(one)).toEqual(one);
  for (const one of [twice, some, both]) expect(() => structuredClone(one)).toThrow();
});
