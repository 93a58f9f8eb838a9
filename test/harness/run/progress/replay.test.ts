import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Durations } from '../../../../harness/run/durations.js';
import { longestFirst } from '../../../../harness/run/longest-first.js';
import { inputsOf } from '../../../../harness/run/longest-paths.js';
import { Remaining } from '../../../../harness/run/progress/remaining.js';
import type { RunSpec } from '../../../../harness/store/spec.js';
import { root } from '../../../support.js';

/** A run of the reference comparison: after which stages of its seed it came, when it began, what it took. */
interface Clock {
  readonly stage: string;
  readonly label: string;
  readonly seed: number;
  readonly after: readonly string[];
  readonly at: number;
  readonly seconds: number;
}
const clocks = JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'clocks.json'), 'utf8')) as Clock[];
const JOBS = 2;

/** Inputs before what needs them, as in a plan. */
const runs = clocks.map(({ after, at, seconds, ...clock }) => {
  const inputs = Object.fromEntries(after.map((stage, i) => [String(i), `${stage} ${clock.seed}`]));
  const spec = { ...clock, id: `${clock.label} ${clock.seed}`, inputs } as unknown as RunSpec;
  return { spec, begin: at, end: at + seconds, seconds };
});
type Run = (typeof runs)[number];

/** When each run begins and ends if those of a plan are taken as `choose` says, `JOBS` at a time. */
function scheduled(
  choose: (ready: RunSpec[], open: RunSpec[], d: Durations, jobs: number) => RunSpec,
): Run[] {
  const made: Run[] = [];
  const waiting = new Set(runs);
  const durations = new Durations();
  let active: Run[] = [];
  for (let now = 0; waiting.size > 0 || active.length > 0; now = Math.min(...active.map(({ end }) => end))) {
    for (const { spec, end, seconds } of active) if (end <= now) durations.ended(spec, seconds);
    active = active.filter(({ end }) => end > now);
    while (active.length < JOBS) {
      const ended = new Set(made.filter(({ end }) => end <= now).map(({ spec }) => spec.id));
      const ready = [...waiting].filter(({ spec }) => inputsOf(spec).every((id) => ended.has(id)));
      if (ready.length === 0) break;
      const open = [...waiting].map(({ spec }) => spec);
      const spec = choose(
        ready.map((run) => run.spec),
        open,
        durations,
        JOBS,
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

/** At the end of each run, what was said to be left and what was, seconds. */
function told(made: readonly Run[]): { readonly now: number; readonly said: number; readonly was: number }[] {
  const remaining = new Remaining(
    runs.map(({ spec }) => spec),
    JOBS,
  );
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
      return isEnd ? [{ now: at, said: remaining.left(at) ?? Number.NaN, was: whole - at }] : [];
    });
}

/**
 * The largest error as a share of what is left; of a twentieth of the whole where less is left, since one run
 * decides the last seconds.
 */
function worst(made: readonly Run[]): number {
  const whole = lengthOf(made);
  const late = told(made).filter(({ now }) => now >= whole / 4 && now < whole);
  return Math.max(...late.map(({ said, was }) => Math.abs(said - was) / Math.max(was, whole / 20)));
}

describe('225 runs of the reference comparison, replayed', () => {
  const inPlan = scheduled(([first]) => first!);
  const longest = scheduled(longestFirst);
  const idle = (made: readonly Run[]): number =>
    1 - clocks.reduce((sum, { seconds }) => sum + seconds, 0) / (JOBS * lengthOf(made));
  test.each([
    ['as they were run', runs],
    ['in the order of the plan', inPlan],
    ['longest first', longest],
  ])('%s: from a quarter of the way on, what is left is known within 25 %', (_, made) => {
    expect(made).toHaveLength(225);
    expect(worst(made)).toBeLessThan(0.25);
  });
  test('longest first: every base policy before what waits for it, and no job idle at the end', () => {
    expect(longest.slice(0, 5).map(({ spec }) => spec.stage)).toEqual(Array(5).fill('base'));
    expect(idle(longest)).toBeLessThan(0.001);
    expect(idle(inPlan)).toBeGreaterThan(idle(longest));
  });
});
