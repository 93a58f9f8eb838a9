import { describe, expect, test } from 'vitest';
import { Durations } from '../../../../harness/run/durations.js';
import { longestFirst } from '../../../../harness/run/longest-first.js';
import { inputsOf } from '../../../../harness/run/longest-paths.js';
import { Remaining } from '../../../../harness/run/progress/remaining.js';
import type { RunSpec } from '../../../../harness/store/spec.js';
import { type Clock, clocks, foreseen } from './clocks.js';

interface Run extends Clock {
  readonly end: number;
}

/** When each run begins and ends if those of a plan are taken as `choose` says. */
function scheduled(
  runs: readonly Clock[],
  jobs: number,
  choose: (ready: RunSpec[], open: RunSpec[], d: Durations, jobs: number) => RunSpec,
): Run[] {
  const made: Run[] = [];
  const waiting = new Set(runs);
  const durations = new Durations();
  let active: Run[] = [];
  for (let now = 0; waiting.size > 0 || active.length > 0; now = Math.min(...active.map(({ end }) => end))) {
    for (const { spec, end, seconds } of active) if (end <= now) durations.ended(spec, seconds);
    active = active.filter(({ end }) => end > now);
    while (active.length < jobs) {
      const ended = new Set(made.filter(({ end }) => end <= now).map(({ spec }) => spec.id));
      const ready = [...waiting].filter(({ spec }) => inputsOf(spec).every((id) => ended.has(id)));
      if (ready.length === 0) break;
      const open = [...waiting].map(({ spec }) => spec);
      const spec = choose(
        ready.map((run) => run.spec),
        open,
        durations,
        jobs,
      );
      const run = ready.find((found) => found.spec === spec)!;
      waiting.delete(run);
      const begun = { ...run, begin: now, end: now + run.seconds };
      made.push(begun);
      active.push(begun);
    }
    if (active.length === 0) break;
  }
  return made;
}
const lengthOf = (made: readonly Run[]): number => Math.max(...made.map(({ end }) => end));

interface Replay {
  readonly made: readonly Run[];
  readonly jobs: number;
  /** By label; absent: nothing was. */
  readonly foreseen?: Readonly<Record<string, number>>;
}

interface Told {
  readonly now: number;
  /** What was said to be left, and what was, seconds. */
  readonly said: number;
  readonly was: number;
}

/** What was said at the end of each run but the last, from the first time on that anything was. */
function told({ made, jobs, foreseen: seconds = {} }: Replay): Told[] {
  const remaining = new Remaining(
    made.map(({ spec }) => spec),
    jobs,
  );
  remaining.foreseen(seconds);
  const events = made.flatMap((run) => [
    { at: run.begin, run, isEnd: false },
    { at: run.end, run, isEnd: true },
  ]);
  const whole = lengthOf(made);
  return events
    .sort((a, b) => a.at - b.at || Number(b.isEnd) - Number(a.isEnd))
    .flatMap(({ at, run: { spec }, isEnd }) => {
      if (isEnd) remaining.ended(spec, at, true);
      else remaining.started(spec, at);
      const said = remaining.left(at)?.seconds ?? null;
      return isEnd && said !== null && at < whole ? [{ now: at, said, was: whole - at }] : [];
    });
}

/** Seconds left, of which less than a twentieth of the whole hang on one run. */
const floored = (seconds: number, { made }: Replay): number => Math.max(seconds, lengthOf(made) / 20);

/** The largest error from a quarter of the way on, as a share of what is left. */
const worst = (replay: Replay): number =>
  Math.max(
    ...told(replay)
      .filter(({ now }) => now >= lengthOf(replay.made) / 4)
      .map(({ said, was }) => Math.abs(said - was) / floored(was, replay)),
  );

/** The largest factor by which what was said is off, either way, from the first time on. */
const factor = (replay: Replay): number =>
  Math.max(
    ...told(replay)
      .map(({ said, was }) => floored(said, replay) / floored(was, replay))
      .map((ratio) => Math.max(ratio, 1 / ratio)),
  );

describe.each([
  ['reviews', 235],
  ['strings', 235],
  ['ladder', 160],
] as const)('%s, %i runs replayed', (name, count) => {
  const stored = clocks(name);
  const inPlan = scheduled(stored, 1, ([first]) => first!);
  const chosen = scheduled(stored, 2, longestFirst);
  const orders = [
    ['one at a time', { made: inPlan, jobs: 1 }],
    ['two at a time', { made: chosen, jobs: 2 }],
  ] as const;
  test.each(orders)('%s: from a quarter of the way on, what is left is known within 25 %', (_, replay) => {
    expect(replay.made).toHaveLength(count);
    expect(worst(replay)).toBeLessThan(0.25);
  });
  test.each([
    ...orders,
    ['eight at a time', { made: scheduled(stored, 8, longestFirst), jobs: 8 }],
    // Every base policy first, as it was then: most stages are measured late.
    ['as they were run', { made: stored.map((run) => ({ ...run, end: run.begin + run.seconds })), jobs: 2 }],
  ] as const)('%s: what is said, from the first time on, is not off by a factor of two', (_, replay) => {
    expect(factor(replay)).toBeLessThan(2);
  });
  test('two at a time: something is said within a tenth of the way', () => {
    expect(told({ made: chosen, jobs: 2 })[0]!.now / lengthOf(chosen)).toBeLessThan(0.1);
  });
  test.each([1, 2])('%i at a time: at second 0 the time is between what is said', (jobs) => {
    const made = jobs === 1 ? inPlan : chosen;
    const remaining = new Remaining(
      made.map(({ spec }) => spec),
      jobs,
    );
    remaining.foreseen(foreseen(name));
    const { low, high } = remaining.left(0)!;
    expect(low).toBeLessThan(lengthOf(made));
    expect(high).toBeGreaterThan(lengthOf(made));
    expect(high / low).toBeLessThan(2);
  });
  // Foreseen beside other work on the same cores; on the way it is held to what runs have taken.
  test.each(orders)('%s: what was foreseen is known within 30 % once a run has ended', (_, replay) => {
    const all = told({ ...replay, foreseen: foreseen(name) });
    const off = all.map(({ said, was }) => Math.abs(said - was) / floored(was, replay));
    expect(Math.max(...off)).toBeLessThan(0.3);
  });
  test('two at a time: every stage has been met in a fifth of the way, and no job is idle at the end', () => {
    const met = new Map<string, number>();
    for (const { spec, begin } of chosen) if (!met.has(spec.stage)) met.set(spec.stage, begin);
    expect(Math.max(...met.values()) / lengthOf(chosen)).toBeLessThan(0.2);
    const busy = stored.reduce((sum, { seconds }) => sum + seconds, 0);
    expect(1 - busy / (2 * lengthOf(chosen))).toBeLessThan(0.01);
  });
});
