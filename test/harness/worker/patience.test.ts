import { expect, test } from 'vitest';
import type { WorkerHost } from '../../../harness/worker/job.js';
import { Patience } from '../../../harness/worker/patience.js';

const given = (maxSeconds: number | null): (number | null)[] => {
  const told: (number | null)[] = [];
  const host = { mustYieldBy: (at: number | null) => void told.push(at) } as unknown as WorkerHost;
  const patience = new Patience(host, maxSeconds, () => 0.5);
  patience.plugin(true);
  patience.plugin(false);
  return told;
};

test('a plugin has to yield some seconds after its time, and by no time where it does not run', () => {
  const [by, none] = given(10);
  expect(by! - Date.now()).toBeGreaterThan(13_000);
  expect(by! - Date.now()).toBeLessThan(13_501);
  expect(none).toBeNull();
  expect(given(null)).toEqual([]);
});
test.each([1_431_600, 2 ** 40, 1e17, 1e300, Number.MAX_VALUE])(
  '%d seconds are a time that 64 bits hold, and in the future',
  (maxSeconds) => {
    const [by] = given(maxSeconds);
    const held = new BigInt64Array([BigInt(Math.ceil(by!))])[0]!; // as the thread that watches holds it
    expect(held).toBeGreaterThan(BigInt(Date.now() + 1_431_600_000 - 1000));
  },
);
