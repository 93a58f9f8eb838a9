import { expect, test } from 'vitest';
import { Remaining } from '../../../../harness/run/progress/remaining.js';
import type { RunSpec } from '../../../../harness/store/spec.js';

const spec = (stage: string, i: number): RunSpec => ({ id: `${stage}-${i}`, stage }) as RunSpec;
const specs = [0, 1, 2].flatMap((i) => [spec('a', i), spec('b', i)]);

test('nothing is said before anything was measured', () => {
  const remaining = new Remaining(specs, 2);
  expect(remaining.left()).toBeNull();
  remaining.started(specs[0]!);
  expect(remaining.left()).toBeNull();
});
test('a stage under way is known by its steps, another by the mean of all', () => {
  const remaining = new Remaining(specs, 2);
  remaining.started(specs[0]!);
  remaining.stepped(specs[0]!, 5, 10, 20); // 10 s in all, 5 to go; two more of it, three of the other
  expect(remaining.left()).toBe((5 + 5 * 10) / 2);
});
test('finished runs know best, and stages differ', () => {
  const remaining = new Remaining(specs, 1);
  for (const [run, seconds] of [
    [spec('a', 0), 10],
    [spec('a', 1), 20],
    [spec('b', 0), 100],
  ] as const) {
    remaining.started(run);
    remaining.ended(run, seconds);
  }
  expect(remaining.left()).toBe(15 + 2 * 100);
});
test('one long run holds up all jobs', () => {
  const remaining = new Remaining([spec('a', 0)], 8);
  remaining.started(spec('a', 0));
  remaining.stepped(spec('a', 0), 10, 1, 10);
  expect(remaining.left()).toBe(90);
});
test('steps of unknown number say nothing', () => {
  const remaining = new Remaining([spec('a', 0)], 1);
  remaining.started(spec('a', 0));
  remaining.stepped(spec('a', 0), 10, 1, null);
  expect(remaining.left()).toBeNull();
});
