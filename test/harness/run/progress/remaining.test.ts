import { expect, test } from 'vitest';
import { Remaining } from '../../../../harness/run/progress/remaining.js';
import type { RunSpec } from '../../../../harness/store/spec.js';

const spec = (stage: string, i: number, after: string | null = null): RunSpec =>
  ({ id: `${stage}-${i}`, stage, label: stage, inputs: { start: after } }) as Partial<RunSpec> as RunSpec;
const specs = [0, 1, 2].flatMap((i) => [spec('a', i), spec('b', i)]);

test('nothing is said before anything was measured', () => {
  const remaining = new Remaining(specs, 2);
  expect(remaining.left(0)).toBeNull();
  remaining.started(specs[0]!, 0);
  expect(remaining.left(0)).toBeNull();
});
test('a stage under way is known by its steps, another by the mean of all', () => {
  const remaining = new Remaining(specs, 2);
  remaining.started(specs[0]!, 0);
  remaining.stepped(specs[0]!, 5, 10, 20); // 10 s in all, 5 to go; two more of it, three of the other
  expect(remaining.left(5)).toBe((5 + 5 * 10) / 2);
  expect(remaining.left(8)).toBe((2 + 5 * 10) / 2);
  expect(remaining.left(20)).toBe((0 + 5 * 10) / 2);
});
test('finished runs know best, and stages differ', () => {
  const remaining = new Remaining(specs, 1);
  for (const [run, seconds] of [
    [spec('a', 0), 10],
    [spec('a', 1), 20],
    [spec('b', 0), 100],
  ] as const) {
    remaining.started(run, 7);
    remaining.ended(run, 7 + seconds, true);
  }
  expect(remaining.left(0)).toBe(15 + 2 * 100);
});
test('one long run holds up all jobs', () => {
  const remaining = new Remaining([spec('a', 0)], 8);
  remaining.started(spec('a', 0), 0);
  remaining.stepped(spec('a', 0), 10, 1, 10);
  expect(remaining.left(10)).toBe(90);
});
test('steps of unknown number say nothing', () => {
  const remaining = new Remaining([spec('a', 0)], 1);
  remaining.started(spec('a', 0), 0);
  remaining.stepped(spec('a', 0), 10, 1, null);
  expect(remaining.left(0)).toBeNull();
});
test('a run that failed says nothing of how long others take', () => {
  const remaining = new Remaining([spec('a', 0), spec('a', 1)], 1);
  remaining.started(spec('a', 0), 0);
  remaining.ended(spec('a', 0), 1, false);
  expect(remaining.left(1)).toBeNull();
});
test('a configuration that has ended is known better than its stage', () => {
  const [a, b] = [1, 2].map((n) => [0, 1].map((i) => ({ ...spec('a', 10 * n + i), label: `a[n=${n}]` })));
  const remaining = new Remaining([...a!, ...b!], 1);
  for (const [run, seconds] of [
    [a![0]!, 10],
    [b![0]!, 100],
  ] as const) {
    remaining.started(run, 0);
    remaining.ended(run, seconds, true);
  }
  remaining.started(a![1]!, 100);
  remaining.ended(a![1]!, 110, true);
  expect(remaining.left(110)).toBe(100);
});
test('runs that wait for each other share no jobs', () => {
  const remaining = new Remaining([spec('a', 0), spec('a', 1), spec('a', 2, 'a-1'), spec('a', 3, 'a-2')], 3);
  remaining.started(spec('a', 0), 0);
  remaining.ended(spec('a', 0), 10, true);
  expect(remaining.left(10)).toBe(30);
});
