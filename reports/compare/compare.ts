import { TiltyardError } from '../../harness/errors.js';
import { wins } from '../../harness/metrics/win-rate.js';
import { holm } from '../../harness/stats/correction.js';
import { finished, type StoredExperiment, type StoredRun } from '../../harness/store/read.js';
import { number, signed } from '../report/format.js';
import { gather, type Gathered, total } from '../sections/gather.js';
import { preferredKl } from '../report/kl.js';
import { readEvals, readSamples } from '../sections/rows.js';
import { change, type Values } from './change.js';
import type { AlgorithmChange, Change, Comparison, Direction, Failure, Side } from './model.js';
import { setupChanges } from './setup.js';

/** Ended, and not well; a run that is unfinished may still go on. */
const failed = ({ outcome }: StoredRun): boolean => outcome !== null && outcome.outcome !== 'completed' && outcome.outcome !== 'budget-spent' && outcome.outcome !== 'interrupted';

/**
 * What changed from folder A to folder B, by how much, with 95 % intervals. Reads the store, writes nothing.
 * @throws TiltyardError (no-results) for a folder in which no run has finished
 */
export function compare(a: StoredExperiment, b: StoredExperiment): Comparison {
  for (const side of [a, b]) if (!side.runs.some(finished)) throw new TiltyardError('no-results', `${side.dir}: none of its ${side.runs.length} runs has finished, and a comparison wants at least one; finish it with: tiltyard resume ${side.dir}`);
  const [labelsA, labelsB] = [labels(a), labels(b)];
  const both = labelsA.filter((label) => labelsB.includes(label));
  const clock = clockReason(a, b);
  const gathered = [gather(a), gather(b)] as const;
  const changes = both.map((label) => algorithmChange(label, ...gathered, clock === null));
  const tested = changes.flatMap(({ p }) => (p === null ? [] : [p]));
  const adjusted = holm(tested);
  let next = 0;
  const algorithms = changes.map(({ row, p }): AlgorithmChange => ({ ...row, adjustedP: p === null ? null : adjusted[next++]! }));
  const failures = { a: a.runs.filter(failed).map(failure), b: b.runs.filter(failed).map(failure), broken: broken(a, b) };
  return {
    a: side(a),
    b: side(b),
    setup: setupChanges(a, b),
    algorithms,
    onlyA: labelsA.filter((label) => !labelsB.includes(label)),
    onlyB: labelsB.filter((label) => !labelsA.includes(label)),
    failures,
    clock,
    notes: [a, b].flatMap((s, i) => notes(s, 'AB'[i]!)),
    regression: failures.broken.length > 0 || algorithms.some((row) => (row.goldReward?.ci?.[1] ?? 0) < 0 && row.adjustedP !== null && row.adjustedP < ALPHA),
  };
}

const ALPHA = 0.05;
const labels = ({ runs }: StoredExperiment): string[] => [...new Set(runs.filter((r) => r.spec.role === 'compared').map((r) => r.spec.label))];
const side = ({ dir, experiment, hash }: StoredExperiment): Side => ({ dir, name: experiment.name, experimentHash: hash, seeds: experiment.seeds });

function algorithmChange(label: string, a: Gathered, b: Gathered, withClock: boolean): { row: Omit<AlgorithmChange, 'adjustedP'>; p: number | null } {
  const [x, y] = [sideOf(label, a), sideOf(label, b)];
  const gold = change(x.gold, y.gold);
  const perRun = (of: (run: StoredRun, gathered: Gathered) => number | null): Change | null => change(byRun(x.done, (r) => of(r, a)), byRun(y.done, (r) => of(r, b)))?.change ?? null;
  const clocked = (of: (run: StoredRun, gathered: Gathered) => number): Change | null => (withClock ? perRun(of) : null);
  const same = sameBytes(x.done, y.done);
  const direction = same ? 'same bytes' : directionOf(gold?.change ?? null);
  const row = {
    name: label,
    runs: { a: `${x.done.length}/${x.runs.length}`, b: `${y.done.length}/${y.runs.length}` },
    direction,
    verdict: verdict(label, direction, gold?.change ?? null, x, y),
    goldReward: gold?.change ?? null,
    winRate: change(x.wins, y.wins)?.change ?? null,
    kl: perRun((run) => { const final = readEvals(run).find((e) => e.split === 'test'); return final === undefined ? null : (preferredKl(final.kl)?.mean ?? null); }),
    flops: perRun((run, { costsOf }) => total(costsOf(run)).flops),
    seconds: clocked((run, { costsOf }) => total(costsOf(run)).seconds),
    peakMemoryBytes: clocked((run) => run.outcome!.clock.peakRssBytes),
  };
  return { row, p: gold?.p ?? null };
}

interface SideOf {
  readonly runs: readonly StoredRun[];
  readonly done: readonly StoredRun[];
  readonly gold: Values;
  readonly wins: Values;
}

function sideOf(label: string, gathered: Gathered): SideOf {
  const runs = gathered.stored.runs.filter((r) => r.spec.label === label && r.spec.role === 'compared');
  const done = runs.filter(finished);
  return { runs, done, ...judged(gathered, done) };
}

/** Gold reward, and win against the start, by seed and prompt. The key holds the prompt's text: the same id may name another prompt in another folder. */
function judged({ startOf }: Gathered, done: readonly StoredRun[]): { gold: Values; wins: Values } {
  const gold = new Map<number, ReadonlyMap<string, number>>();
  const won = new Map<number, ReadonlyMap<string, number>>();
  for (const run of done) {
    const own = readSamples(run);
    if (own?.gold == null) continue;
    const key = (i: number): string => `${own.keys[i]!} ${own.prompts[i]!}`;
    gold.set(run.spec.seed, new Map(own.keys.map((_, i) => [key(i), own.gold![i]!])));
    const start = startOf({ run })?.samples;
    if (start?.gold == null) continue;
    const at = own.keys.flatMap((k, i) => { const j = start.index.get(k); return j === undefined ? [] : [[i, j] as const]; });
    const outcomes = wins(at.map(([i]) => own.gold![i]!), at.map(([, j]) => start.gold![j]!));
    won.set(run.spec.seed, new Map(at.map(([i], n) => [key(i), outcomes[n]!])));
  }
  return { gold, wins: won };
}

function byRun(runs: readonly StoredRun[], of: (run: StoredRun) => number | null): Values {
  return new Map(runs.flatMap((run) => { const x = of(run); return x === null ? [] : [[run.spec.seed, new Map([['', x]])] as const]; }));
}

/** Whether the weights agree in every seed that both have, and there is one. */
function sameBytes(a: readonly StoredRun[], b: readonly StoredRun[]): boolean {
  const theirs = new Map(b.map((r) => [r.spec.seed, r.outcome!.modelHash]));
  const shared = a.filter((r) => theirs.has(r.spec.seed));
  return shared.length > 0 && shared.every((r) => r.outcome!.modelHash !== null && r.outcome!.modelHash === theirs.get(r.spec.seed));
}

function directionOf(gold: Change | null): Direction {
  if (gold === null || gold.ci === null) return 'unknown';
  if (gold.ci[0] > 0) return 'improved';
  return gold.ci[1] < 0 ? 'worse' : 'not told apart';
}

function verdict(name: string, direction: Direction, gold: Change | null, a: SideOf, b: SideOf): string {
  const empty = [a, b].flatMap(({ done }, i) => (done.length === 0 ? ['AB'[i]!] : []));
  if (empty.length > 0) return `${name} cannot be compared: no run of it finished in ${empty.join(' and ')}.`;
  if (gold === null) return direction === 'same bytes' ? `${name} is the same to the byte.` : `${name} cannot be judged: there is no gold reward on both sides.`;
  const n = gold.pairing === 'unpaired' ? `${gold.seeds[0]} against ${gold.seeds[1]} seeds, unpaired` : `${seeds(gold.seeds[0])}, paired by ${gold.pairing}${gold.seeds[0] === 1 ? '; the interval covers the choice of prompts only' : ''}`;
  const amount = `${signed(gold.difference!)}${gold.ci === null ? '' : ` [${signed(gold.ci[0])}, ${signed(gold.ci[1])}]`} gold reward (${n})`;
  switch (direction) {
    case 'same bytes':
      // Equal weights can still be sampled or scored otherwise.
      return gold.pairing === 'unpaired' ? `${name} has the same weights to the byte in the seeds that both have; over all, ${amount}.` : gold.difference === 0 ? `${name} is the same to the byte (${seeds(gold.seeds[0])}).` : `${name} has the same weights to the byte, yet ${amount}: sampling or judging changed.`;
    case 'improved':
      return `${name} improved: ${amount}.`;
    case 'worse':
      return `${name} is worse: ${amount}.`;
    case 'not told apart':
      return `${name} is not told apart: ${amount}.`;
    case 'unknown':
      return `${name} changed by ${amount}; too few seeds for an interval.`;
    default:
      return direction satisfies never;
  }
}

const seeds = (n: number): string => `${number(n, 1)} seed${n === 1 ? '' : 's'}`;
const failure = ({ spec, outcome }: StoredRun): Failure => ({ run: spec.id, label: spec.label, seed: spec.seed, outcome: outcome!.outcome, cause: outcome!.cause?.message ?? '' });

/** Labels, shared stages too, with a failed run in B whose own seed finished in A, or of which nothing failed in A. */
function broken(a: StoredExperiment, b: StoredExperiment): string[] {
  const before = new Map<string, StoredRun[]>();
  for (const run of a.runs) before.set(run.spec.label, [...(before.get(run.spec.label) ?? []), run]);
  const fell = b.runs.filter((run) => {
    const mine = before.get(run.spec.label) ?? [];
    if (!failed(run) || !mine.some(ended)) return false;
    const twin = mine.find((r) => r.spec.seed === run.spec.seed);
    return twin === undefined ? !mine.some(failed) : ended(twin);
  });
  return [...new Set(fell.map((r) => r.spec.label))];
}
const ended = (run: StoredRun): boolean => finished(run) && !failed(run);

/** Clocks are compared on one kind of machine under one kind of load. */
function clockReason(a: StoredExperiment, b: StoredExperiment): string | null {
  const kinds = [a, b].map(({ runs }) => {
    const done = runs.filter(finished).map((r) => r.outcome!);
    return { cpu: set(done.map((o) => o.clock.environment.cpuModel)), load: set(done.map((o) => (o.clock.concurrent ? 'at the same time' : 'one at a time'))) };
  });
  const [x, y] = kinds as [(typeof kinds)[number], (typeof kinds)[number]];
  if (x.cpu !== y.cpu) return `clock figures are not compared: the processors differ (${x.cpu}; ${y.cpu})`;
  return x.load === y.load ? null : `clock figures are not compared: A ran ${x.load}, B ${y.load}`;
}
const set = (values: readonly string[]): string => [...new Set(values)].sort().join(' and ');

function notes(stored: StoredExperiment, name: string): string[] {
  const open = stored.runs.filter((r) => r.outcome === null || r.outcome.outcome === 'interrupted').length;
  const devices = set(stored.runs.filter(finished).map((r) => `${r.outcome!.engine.name}/${r.outcome!.engine.device}`));
  return [
    ...(open === 0 ? [] : [`${name} is unfinished: ${open} of its ${stored.runs.length} runs have no final outcome.`]),
    ...(devices.includes(' and ') ? [`${name} has runs from different devices (${devices}); a difference may be theirs.`] : []),
  ];
}
