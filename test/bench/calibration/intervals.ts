import { wins } from '../../../harness/metrics/win-rate.js';
import { Rng } from '../../../harness/rng.js';
import { middleMean } from '../../../harness/stats/aggregate.js';
import { twoOneSidedTests } from '../../../harness/stats/equivalence.js';
import { signFlipAlarms } from '../../../harness/stats/false-alarms.js';
import { figureOverSeeds } from '../../../harness/stats/interval.js';
import { mean } from '../../../harness/stats/moments.js';
import { seedBootstrap } from '../../../harness/stats/seed-bootstrap.js';

/**
 * `node dist/test/bench/calibration/intervals.js [repetitions]`: how often nominal 95 % intervals cover the
 * truth, and how often an algorithm is told apart from itself, at 10 pipeline seeds of 200 prompts. A few
 * minutes; same figures on every machine. The bar: coverage 93 to 97 %, alarms 5 +- 2 %.
 */
const [SEEDS, PROMPTS] = [10, 200];
const repetitions = Number(process.argv[2] ?? 1000);
const root = Rng.fromSeed('calibration');

/**
 * A simulated comparison: effects of seed and prompt that both algorithms share, and of each alone. Gold
 * rewards.
 */
function simulate(rng: Rng, effect: number): { a: Float64Array; b: Float64Array }[] {
  return Array.from({ length: SEEDS }, () => {
    const [shared, mine, theirs] = [rng.normal() * 0.3, rng.normal() * 0.2, rng.normal() * 0.2];
    const [a, b] = [new Float64Array(PROMPTS), new Float64Array(PROMPTS)];
    for (let i = 0; i < PROMPTS; i++) {
      const prompt = rng.normal() * 0.7;
      a[i] = effect + shared + mine + prompt + rng.normal();
      b[i] = shared + theirs + prompt + rng.normal();
    }
    return { a, b };
  });
}

/** Means are linear in the effects, so these are exact: P(a > b) with the seeds' effects drawn too. */
function trueWinRate(effect: number): number {
  const deviation = Math.sqrt(2 * 0.2 ** 2 + 2);
  return meanOf(200_000, root.split('truth'), (rng) => (effect + rng.normal() * deviation > 0 ? 1 : 0));
}
const meanOf = (n: number, rng: Rng, draw: (rng: Rng) => number): number =>
  mean(Float64Array.from({ length: n }, () => draw(rng)));

const covers = (ci: readonly [number, number], truth: number): boolean => ci[0] <= truth && truth <= ci[1];
const EFFECT = 0.3;

const checks: Record<string, (rng: Rng) => boolean> = {
  'win rate': (
    (truth) => (rng: Rng) =>
      covers(
        figureOverSeeds(
          simulate(rng, EFFECT).map(({ a, b }) => wins(a, b)),
          [0, 1],
        )!.ci!,
        truth,
      )
  )(trueWinRate(EFFECT)),
  'gold difference': (rng) =>
    covers(figureOverSeeds(simulate(rng, EFFECT).map(({ a, b }) => a.map((x, i) => x - b[i]!)))!.ci!, EFFECT),
  // What the report shows: the interquartile mean of per-seed gains, each seed paired with its own start.
  // Symmetric: the truth is the effect.
  'IQM of paired differences': (rng) => {
    const gains = Float64Array.from(simulate(rng, EFFECT), ({ a, b }) => mean(a) - mean(b));
    return covers(
      seedBootstrap([gains], SEEDS, (seeds) => [middleMean(Float64Array.from(seeds, (s) => gains[s]!))])[0]!,
      EFFECT,
    );
  },
  // Not in the report: each side trims its own seeds, which undoes part of the pairing.
  'difference of two IQMs': (rng) => {
    const pairs = simulate(rng, EFFECT);
    const [a, b] = [Float64Array.from(pairs, (p) => mean(p.a)), Float64Array.from(pairs, (p) => mean(p.b))];
    const of = (values: Float64Array, seeds: Uint32Array): number =>
      middleMean(Float64Array.from(seeds, (s) => values[s]!));
    return covers(seedBootstrap([a, b], SEEDS, (seeds) => [of(a, seeds) - of(b, seeds)])[0]!, EFFECT);
  },
};

const row = (what: string, hits: number, n: number, wanted: string): Record<string, string | number> => {
  const rate = hits / n;
  return {
    what,
    '%': (100 * rate).toFixed(1),
    '± s.e.': (100 * Math.sqrt((rate * (1 - rate)) / n)).toFixed(1),
    n,
    wanted,
  };
};
const table = Object.entries(checks).map(([what, check]) => {
  let hits = 0;
  for (let i = 0; i < repetitions; i++) if (check(root.split(what, i))) hits++;
  return row(`coverage: ${what}`, hits, repetitions, '93-97');
});

const COMPARISONS = 200;
let [alarms, flipped, ways, matches] = [0, 0, 0, 0];
for (let i = 0; i < COMPARISONS; i++) {
  const differences = simulate(root.split('control', i), 0).map(({ a, b }) => a.map((x, k) => x - b[k]!));
  const ci = figureOverSeeds(differences)!.ci!;
  if (!covers(ci, 0)) alarms++;
  if (twoOneSidedTests(differences.map(mean), 0.2).equivalent) matches++;
  if (i < 20) {
    const found = signFlipAlarms(differences);
    [flipped, ways] = [flipped + found.alarms, ways + found.ways];
  }
}
table.push(
  row('A/A alarms', alarms, COMPARISONS, '3-7'),
  row('A/A alarms, signs turned', flipped, ways, '3-7'),
  row('A/A said to match within .2', matches, COMPARISONS, '–'),
);
console.table(table);
