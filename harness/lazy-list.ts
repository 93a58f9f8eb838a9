/**
 * An array whose elements are made when they are asked for, each time anew: rows that do not fit in memory
 * are read like those that do. It cannot be written to.
 */
export function lazyList<T>(length: number, at: (index: number) => T): readonly T[] {
  const element = (name: string | symbol): number => {
    const index = typeof name === 'string' ? Number(name) : -1;
    return Number.isInteger(index) && index >= 0 && index < length && String(index) === name ? index : -1;
  };
  return new Proxy<T[]>([], {
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
}
