import { mean, standardDeviation } from '../../harness/stats/moments.js';
import { streamJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { EvalRow, SampleRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { at, commonRange, measured, trajectory } from './frontier.js';
import { type Mark, scatter } from './figures.js';
import { goldOf, klOf, ppoOnPenalty, type Result, type Seed, START } from './runs.js';

type Choice = (seed: Seed) => Result | undefined;
const plain: Choice = ppoOnPenalty(0);
const stage = (name: string): Choice => (seed) => seed.of(name)[0];

interface Fall {
  readonly peak: EvalRow;
  readonly end: EvalRow;
}

/**
 * Each seed's evaluation at the peak and at the end. The peak's step is chosen on the mean curve of the other seeds: chosen on a seed's
 * own noisy curve, every curve would seem to fall.
 */
function falls(seeds: readonly Seed[], choose: Choice): Fall[] {
  const curves = seeds.flatMap((seed) => { const along = choose(seed)?.along; return along === undefined || along.length < 3 ? [] : [along]; });
  if (curves.length < 2) return [];
  return curves.map((mine) => {
    const others = curves.filter((c) => c !== mine);
    const height = mine.map((_, i) => mean(others.map((c) => goldOf(c[Math.min(i, c.length - 1)]!))));
    return { peak: mine[height.indexOf(Math.max(...height))]!, end: mine.at(-1)! };
  });
}

/** Fall of gold reward beyond two standard errors of the last evaluation. */
const decline = ({ peak, end }: Fall): number => goldOf(peak) - goldOf(end) - 2 * (end.goldReward?.se ?? 0);
const rise = ({ peak, end }: Fall): number | null => (peak.proxyReward === null || end.proxyReward === null ? null : end.proxyReward.mean - peak.proxyReward.mean);

/** F11, F12: gold reward falls while training goes on. Rules: decline above 0; the proxy rises meanwhile; IPO declines less than DPO. */
export function overOptimisation(seeds: readonly Seed[]): Evidence[] {
  const [ppo, dpo, ipo] = [falls(seeds, plain), falls(seeds, stage('dpo')), falls(seeds, stage('ipo'))];
  const scenario = 'reviews; PPO at KL coefficient .02, DPO at beta .1 and IPO at tau = beta/4, both for 6 epochs; validation prompts, the peak\'s step taken from the other seeds';
  const statistic = 'gold reward at the peak minus at the end, less two standard errors';
  const marks = (y: (row: EvalRow) => number): Mark[] => seeds.flatMap((seed) => [['PPO', plain] as const, ['DPO', stage('dpo')] as const, ['IPO', stage('ipo')] as const].flatMap(([name, choose]) => (choose(seed)?.along ?? []).flatMap((row) => (Number.isFinite(y(row)) ? [{ name, seed: seed.seed, x: Math.max(0, klOf(row)), y: y(row) }] : []))));
  const figure = scatter('over-optimisation', 'Gold reward along training against KL', 'Each line is one seed in the order of its KL; a line that bends down is over-optimising.', { x: 'KL(policy ‖ start), nats', y: 'gold reward' }, marks(goldOf));
  const proxies = scatter('proxy', 'Proxy along training against KL', 'The same runs by the reward model that PPO trains against; where this rises while gold reward falls, the reward is being hacked.', { x: 'KL(policy ‖ start), nats', y: 'proxy, standard deviations of the start' }, marks((row) => row.proxyReward?.mean ?? Number.NaN));
  return [
    { id: 'F11', claim: 'PPO over-optimises its reward: gold reward peaks and falls.', scenario, statistic, values: ppo.map(decline), rule: { above: 0 }, reported: null, figure },
    { id: 'F11-proxy', claim: 'While gold reward falls, PPO\'s proxy still rises.', scenario, statistic: 'proxy at the end minus at the gold peak, standard deviations of the start', values: measured(ppo, rise), rule: { above: 0 }, reported: null, figure: proxies },
    { id: 'F12-dpo', claim: 'DPO over-optimises along training.', scenario, statistic, values: dpo.map(decline), rule: { above: 0 }, reported: 'DPO peaks at about 25% of the first epoch when KL is free (second-hand)', figure },
    { id: 'F12-proxy', claim: 'While DPO trains on from its gold peak, the proxy of a reward model on the same pairs still rises.', scenario, statistic: 'proxy at the end minus at the gold peak, standard deviations of the start', values: measured(dpo, rise), rule: { above: 0 }, reported: null, figure: proxies },
    { id: 'F12-ipo', claim: 'IPO over-optimises along training.', scenario, statistic, values: ipo.map(decline), rule: { above: 0 }, reported: null, figure },
    { id: 'F12', claim: 'IPO declines less than DPO at matched strength.', scenario, statistic: 'fall of gold reward from peak to end, DPO minus IPO', values: dpo.length === ipo.length ? dpo.map((d, i) => goldOf(d.peak) - goldOf(d.end) - (goldOf(ipo[i]!.peak) - goldOf(ipo[i]!.end))) : [], rule: { above: 0 }, reported: null, figure },
  ];
}

/** Standard deviation of gold reward over the start's samples: the unit in which the proxy is normalised too. */
function deviation(seed: Seed): number {
  const gold = Array.from(streamJsonl<SampleRow>(runPaths(seed.of(START)[0]!.dir).samples), (row) => row.gold ?? Number.NaN);
  return standardDeviation(gold);
}

/** F13: a penalised reward is hacked less. Statistics, against lambda 0 at the most KL that both reach: difference of the gap between proxy and gold gain (below 0), and of normalised gold (above -.05). */
export function penaltyAgainstHacking(seeds: readonly Seed[]): Evidence[] {
  const compare = (lambda: number, y: (seed: Seed, first: EvalRow) => (row: EvalRow) => number): number[] => measured(seeds, (seed) => {
    const [without, withPenalty] = [plain(seed), ppoOnPenalty(lambda)(seed)];
    if (without === undefined || withPenalty === undefined) return null;
    const [a, b] = [withPenalty, without].map((run) => trajectory(run, y(seed, run.along[0]!))) as [ReturnType<typeof trajectory>, ReturnType<typeof trajectory>];
    const range = commonRange([a, b]);
    return range === null ? null : at(a, range[1]) - at(b, range[1]);
  });
  const deviations = new Map(seeds.map((seed) => [seed, deviation(seed)]));
  const gap = (seed: Seed, first: EvalRow) => (row: EvalRow): number => (row.proxyReward?.mean ?? Number.NaN) - (first.proxyReward?.mean ?? Number.NaN) - (goldOf(row) - goldOf(first)) / deviations.get(seed)!;
  const gold = (seed: Seed, first: EvalRow) => (row: EvalRow): number => (goldOf(row) - goldOf(first)) / seed.unit;
  const marks = (of: typeof gap): Mark[] => seeds.flatMap((seed) => [0, 0.01, 0.1].flatMap((lambda) => { const run = ppoOnPenalty(lambda)(seed); return run === undefined ? [] : trajectory(run, of(seed, run.along[0]!)).map(({ kl, y }) => ({ name: `lambda ${lambda}`, seed: seed.seed, x: kl, y })); }));
  const figure = scatter('hacking', 'Proxy gain minus gold gain against KL', 'Both in standard deviations over the start\'s samples; a reward that is not hacked stays near 0.', { x: 'KL(policy ‖ start), nats', y: 'proxy gain minus gold gain' }, marks(gap));
  const golds = scatter('penalised-gold', 'Normalised gold reward against KL, by penalty', 'Each line is one seed along training; what a penalty costs is how far its line lies below that of lambda 0.', { x: 'KL(policy ‖ start), nats', y: 'normalised gold reward' }, marks(gold));
  return [0.01, 0.1].flatMap((lambda): Evidence[] => {
    const scenario = `reviews, PPO at KL coefficient .02 on reward models with lambda 0 and ${lambda}, at the most KL that both reach`;
    return [
      { id: `F13-gap-${lambda}`, claim: `A penalty of ${lambda} on the reward model reduces hacking.`, scenario, statistic: 'gap between proxy and gold gain, penalised minus not, standard deviations of the start', values: compare(lambda, gap), rule: { below: 0 }, reported: null, figure },
      { id: `F13-gold-${lambda}`, claim: `A penalty of ${lambda} costs no gold reward.`, scenario, statistic: 'normalised gold, penalised minus not; 1 is the best mean of the seed', values: compare(lambda, gold), rule: { above: -0.05 }, reported: null, figure: golds },
    ];
  });
}
