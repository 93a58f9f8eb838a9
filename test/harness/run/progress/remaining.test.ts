import { expect, test } from 'vitest';
import { Remaining } from '../../../../harness/run/progress/remaining.js';
import type { RunSpec } from '../../../../harness/store/spec.js';

const spec = (stage: string, i: number, after: string | null = null): RunSpec =>
  ({
    id: `${stage}-${i}`,
    kind: 'train',
    stage,
    label: stage,
    inputs: { start: after },
  }) as Partial<RunSpec> as RunSpec;
const specs = [0, 1, 2].flatMap((i) => [spec('a', i), spec('b', i)]);

test('nothing is said before anything was measured', () => {
  const remaining = new Remaining(specs, 2);
  expect(remaining.left(0)).toBeNull();
  remaining.started(specs[0]!, 0);
  expect(remaining.left(0)).toBeNull();
});
test('a stage under way is known by its steps, another by the mean of those like it', () => {
  const remaining = new Remaining(specs, 2);
  remaining.started(specs[0]!, 0);
  remaining.stepped(specs[0]!, 4, 1, 20); // 4 s before the first step tell nothing
  expect(remaining.left(4)).toBeNull();
  remaining.stepped(specs[0]!, 4.1, 2, 20); // too few
  expect(remaining.left(4.1)).toBeNull();
  remaining.stepped(specs[0]!, 5, 11, 20); // .1 s each, .9 to go; two more of 5.9 s, three of the other
  expect(remaining.left(5)?.seconds).toBeCloseTo((0.9 + 5 * 5.9) / 2, 9);
  expect(remaining.left(5.5)?.seconds).toBeCloseTo((0.4 + 5 * 5.9) / 2, 9);
  expect(remaining.left(20)?.seconds).toBeCloseTo((5 * 5.9) / 2, 9);
});
test('what begins to count anew is measured anew', () => {
  const remaining = new Remaining([specs[0]!], 1);
  remaining.started(specs[0]!, 0);
  remaining.stepped(specs[0]!, 1, 1, 4);
  remaining.stepped(specs[0]!, 2, 4, 4);
  expect(remaining.left(2)?.seconds).toBe(0);
  remaining.stepped(specs[0]!, 3, 10, 100);
  remaining.stepped(specs[0]!, 5, 30, 100); // .1 s each
  expect(remaining.left(5)?.seconds).toBeCloseTo(7, 9);
});
test('a policy trained from nothing, or sampling, tells nothing of runs that train from another', () => {
  const sample = { ...spec('pairs', 0, 'a-0'), kind: 'collect' } as const;
  const remaining = new Remaining([spec('a', 0), sample, spec('b', 0, 'a-0'), spec('c', 0, 'a-0')], 1);
  const ran = (run: RunSpec, since: number, until: number): void => {
    remaining.started(run, since);
    remaining.ended(run, until, true);
  };
  ran(spec('a', 0), 0, 100);
  expect(remaining.left(100)).toBeNull();
  ran(sample, 100, 101);
  expect(remaining.left(101)).toBeNull();
  ran(spec('b', 0, 'a-0'), 101, 106);
  expect(remaining.left(106)?.seconds).toBe(5);
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
  expect(remaining.left(0)?.seconds).toBe(15 + 2 * 100);
});
test('one long run holds up all jobs', () => {
  const remaining = new Remaining([spec('a', 0)], 8);
  remaining.started(spec('a', 0), 0);
  remaining.stepped(spec('a', 0), 10, 1, 10);
  remaining.stepped(spec('a', 0), 20, 2, 10);
  expect(remaining.left(20)?.seconds).toBe(80);
});
test('steps of unknown number say nothing', () => {
  const remaining = new Remaining([spec('a', 0)], 1);
  remaining.started(spec('a', 0), 0);
  remaining.stepped(spec('a', 0), 10, 1, null);
  remaining.stepped(spec('a', 0), 10, 2, null);
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
  expect(remaining.left(110)?.seconds).toBe(100);
});
test('runs that wait for each other share no jobs', () => {
  const remaining = new Remaining([spec('a', 0), spec('a', 1), spec('a', 2, 'a-1'), spec('a', 3, 'a-2')], 3);
  remaining.started(spec('a', 0), 0);
  remaining.ended(spec('a', 0), 10, true);
  expect(remaining.left(10)?.seconds).toBe(30);
});
test('what was foreseen is said at second 0, with how far it may be off', () => {
  const remaining = new Remaining(specs, 2);
  remaining.foreseen({ a: 10, b: 20 });
  const left = remaining.left(0)!;
  expect(left.seconds).toBe((3 * 10 + 3 * 20) / 2);
  expect(left.low).toBeCloseTo(left.seconds / 1.4, 9);
  expect(left.high).toBeCloseTo(left.seconds * 1.4, 9);
});
test('a forecast is held to what the runs that have ended took of theirs, and is then surer', () => {
  const remaining = new Remaining([...specs, spec('c', 0)], 1);
  const ran = (run: RunSpec, since: number, until: number): void => {
    remaining.started(run, since);
    remaining.ended(run, until, true);
  };
  remaining.foreseen({ a: 10, b: 20, c: 40 });
  ran(specs[0]!, 0, 15); // half as much again: one stage in two, the other as foreseen
  expect(remaining.left(15)!.seconds).toBeCloseTo(2 * 15 + (3 * 20 + 40) * Math.sqrt(1.5), 9);
  ran(specs[1]!, 15, 55); // twice as much
  const left = remaining.left(55)!;
  const c = 40 * Math.cbrt(1.5 * 2);
  expect(left.seconds).toBeCloseTo(2 * 15 + 2 * 40 + c, 9);
  expect(left.high).toBeCloseTo((2 * 15 + 2 * 40) * 1.1 + c * 1.25, 9);
});
test('a stage that nothing was foreseen of is like the others', () => {
  const remaining = new Remaining([spec('a', 0), spec('b', 0)], 1);
  remaining.foreseen({ a: 10 });
  expect(remaining.left(0)!.seconds).toBe(20);
  remaining.started(spec('a', 0), 0);
  remaining.ended(spec('a', 0), 12, true);
  expect(remaining.left(12)!.seconds).toBe(12);
});
test('a resumed job knows what runs took that were made before', () => {
  const remaining = new Remaining([spec('a', 1), spec('b', 1)], 1, [
    { spec: spec('a', 0), seconds: 7 },
    { spec: spec('b', 0), seconds: 5 },
  ]);
  expect(remaining.left(0)!.seconds).toBe(12);
});
