import { wins } from '../../harness/metrics/win-rate.js';
import { finished, type StoredRun } from '../../harness/store/read.js';
import { preferredKl } from '../report/kl.js';
import { type Gathered, total } from '../sections/gather.js';
import { readEvals, readSamples } from '../sections/rows.js';
import { change, type Values } from './change.js';
import type { AlgorithmChange, Change } from './model.js';
import { directionOf, verdict } from './verdict.js';

/** One algorithm (a label) in both folders; its p-value is still to be adjusted. */
export interface TestedAlgorithm {
  readonly row: Omit<AlgorithmChange, 'adjustedP'>;
  readonly p: number | null;
}

/** @param withClock whether seconds and memory can be compared */
export function algorithmChange(
  label: string,
  a: Gathered,
  b: Gathered,
  withClock: boolean,
): TestedAlgorithm {
  const [before, after] = [sideOf(label, a), sideOf(label, b)];
  const gold = change(before.gold, after.gold);
  const perRun = (figure: (run: StoredRun, gathered: Gathered) => number | null): Change | null => {
    const found = change(
      byRun(before.done, (run) => figure(run, a)),
      byRun(after.done, (run) => figure(run, b)),
    );
    return found?.change ?? null;
  };
  const clocked = (figure: (run: StoredRun, gathered: Gathered) => number): Change | null =>
    withClock ? perRun(figure) : null;
  const direction = directionOf(gold?.change ?? null, sameBytes(before.done, after.done));
  const unfinished = [before, after].flatMap(({ done }, i) => (done.length === 0 ? ['AB'[i]!] : []));
  const row = {
    name: label,
    runs: {
      a: `${before.done.length}/${before.runs.length}`,
      b: `${after.done.length}/${after.runs.length}`,
    },
    direction,
    verdict: verdict(label, direction, gold?.change ?? null, unfinished),
    goldReward: gold?.change ?? null,
    winRate: change(before.wins, after.wins, [-1, 1])?.change ?? null,
    kl: perRun(finalKl),
    flops: perRun((run, { costsOf }) => total(costsOf(run)).flops),
    seconds: clocked((run, { costsOf }) => total(costsOf(run)).seconds),
    peakMemoryBytes: clocked((run) => run.outcome!.clock.peakRssBytes),
  };
  return { row, p: gold?.p ?? null };
}

function finalKl(run: StoredRun): number | null {
  const final = readEvals(run).find(({ split }) => split === 'test');
  return final === undefined ? null : (preferredKl(final.kl)?.mean ?? null);
}

/** An algorithm in one folder. */
interface Side {
  readonly runs: readonly StoredRun[];
  readonly done: readonly StoredRun[];
  readonly gold: Values;
  readonly wins: Values;
}

function sideOf(label: string, gathered: Gathered): Side {
  const runs = gathered.stored.runs.filter(({ spec }) => spec.label === label && spec.role === 'compared');
  const done = runs.filter(finished);
  return { runs, done, ...judged(gathered, done) };
}

/**
 * Gold reward, and win against the start, by seed and prompt. The key holds the prompt's text: the same id
 * may name another prompt in another folder.
 */
function judged({ startOf }: Gathered, done: readonly StoredRun[]): Pick<Side, 'gold' | 'wins'> {
  const gold = new Map<number, ReadonlyMap<string, number>>();
  const won = new Map<number, ReadonlyMap<string, number>>();
  for (const run of done) {
    const own = readSamples(run);
    if (own?.gold == null) continue;
    const key = (i: number): string => `${own.keys[i]!} ${own.prompts[i]!}`;
    gold.set(run.spec.seed, new Map(own.keys.map((_, i) => [key(i), own.gold![i]!])));
    const start = startOf({ run })?.samples;
    if (start?.gold == null) continue;
    const shared = own.keys.flatMap((name, i) => {
      const place = start.index.get(name);
      return place === undefined ? [] : [{ i, gold: own.gold![i]!, startGold: start.gold![place]! }];
    });
    const outcomes = wins(
      shared.map((sample) => sample.gold),
      shared.map((sample) => sample.startGold),
    );
    won.set(run.spec.seed, new Map(shared.map(({ i }, n) => [key(i), outcomes[n]!])));
  }
  return { gold, wins: won };
}

function byRun(runs: readonly StoredRun[], figure: (run: StoredRun) => number | null): Values {
  return new Map(
    runs.flatMap((run) => {
      const value = figure(run);
      return value === null ? [] : [[run.spec.seed, new Map([['', value]])] as const];
    }),
  );
}

/** Whether the weights agree in every seed that both have, and there is one. */
function sameBytes(a: readonly StoredRun[], b: readonly StoredRun[]): boolean {
  const hashes = new Map(b.map(({ spec, outcome }) => [spec.seed, outcome!.modelHash]));
  const shared = a.filter(({ spec }) => hashes.has(spec.seed));
  const same = ({ spec, outcome }: StoredRun): boolean =>
    outcome!.modelHash !== null && outcome!.modelHash === hashes.get(spec.seed);
  return shared.length > 0 && shared.every(same);
}
