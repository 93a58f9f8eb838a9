import { describe, expect, test } from 'vitest';
import dpo from '../../../plugins/dpo/plugin.js';
import ppo from '../../../plugins/ppo-rlhf/plugin.js';
import { bench, erased, toyLanguage } from '../../plugins/support.js';

/** All that an object leads to without calling functions: properties, getters, maps, sets, prototypes. */
function reachable(start: unknown): Set<unknown> {
  const seen = new Set<unknown>();
  const queue = [start];
  while (queue.length > 0) {
    const x = queue.pop();
    if (
      (typeof x !== 'object' && typeof x !== 'function') ||
      x === null ||
      seen.has(x) ||
      ArrayBuffer.isView(x)
    )
      continue;
    seen.add(x);
    if (x instanceof Map) queue.push(...x.keys(), ...x.values());
    if (x instanceof Set) queue.push(...x);
    for (
      let level: object | null = x;
      level !== null && level !== Object.prototype && level !== Function.prototype;
      level = Object.getPrototypeOf(level) as object | null
    ) {
      for (const key of Reflect.ownKeys(level)) {
        try {
          queue.push((x as Record<PropertyKey, unknown>)[key]);
        } catch {
          // a need that was not declared
        }
      }
    }
  }
  return seen;
}

describe('the gold reward is out of reach of a plugin', () => {
  test.each([
    ['dpo', erased(dpo)],
    ['ppo-rlhf', erased(ppo)],
  ])('%s', async (_, plugin) => {
    const gold = (): number => 42;
    const world = toyLanguage();
    const { ctx } = bench(plugin, { ...world, dataset: { ...world.dataset, gold } });
    const found = reachable(ctx);
    expect(found.size).toBeGreaterThan(50); // it did look
    expect(found.has(gold)).toBe(false);
    for (const x of found) if (typeof x === 'object' && x !== null) expect('gold' in x).toBe(false);
    // The walk would have found it, were it there.
    expect(reachable({ a: [{ b: new Map([['c', { gold }]]) }] }).has(gold)).toBe(true);
  });
});
