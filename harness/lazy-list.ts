/** Lists whose elements are made when they are asked for. */
const lazy = new WeakSet<object>();

/**
 * An array whose elements are made when they are asked for, each time anew: rows that do not fit in memory
 * are read like those that do. It cannot be written to, nor sent to another process; what `map`, `filter` and
 * `slice` make of it is in memory.
 */
export function lazyList<T>(length: number, at: (index: number) => T): readonly T[] {
  const element = (name: string | symbol): number => {
    const index = typeof name === 'string' ? Number(name) : -1;
    return Number.isInteger(index) && index >= 0 && index < length && String(index) === name ? index : -1;
  };
  const list = new Proxy<T[]>([], {
    get(target, name) {
      if (name === 'length') return length;
      const index = element(name);
      return index === -1 ? Reflect.get(target, name) : at(index);
    },
    has: (target, name) => element(name) !== -1 || Reflect.has(target, name),
    ownKeys: () => [...Array.from({ length }, (_, i) => String(i)), 'length'],
    getOwnPropertyDescriptor(target, name) {
      if (name === 'length') return { value: length, writable: true, enumerable: false, configurable: false };
      const index = element(name);
      if (index === -1) return Reflect.getOwnPropertyDescriptor(target, name);
      return { value: at(index), writable: true, enumerable: true, configurable: true };
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
  lazy.add(list);
  return list;
}

/** What comes of each element: in memory where the list is, else lazy like it. */
export const mapped = <T, S>(list: readonly T[], of: (element: T, index: number) => S): readonly S[] =>
  lazy.has(list) ? lazyList(list.length, (i) => of(list[i]!, i)) : list.map(of);

/** Elements from one place up to another, not included: in memory where the list is, else lazy like it. */
export function sliced<T>(list: readonly T[], from: number, to: number): readonly T[] {
  if (!lazy.has(list)) return list.slice(from, to);
  const length = Math.max(0, Math.min(to, list.length) - from);
  return lazyList(length, (i) => list[from + i]!);
}

/** The elements of one list, then those of the other: lazy where one of them is. */
export function joined<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (!lazy.has(first) && !lazy.has(second)) return [...first, ...second];
  const { length } = first;
  return lazyList(length + second.length, (i) => (i < length ? first[i] : second[i - length])!);
}
