import { mean } from '../../harness/stats/moments.js';
import type { EvalRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { KL_AXIS, marksOf, scatter } from './figures.js';
import { goldOf, klOf, measured, ppoOnPenalty, proxyOf, type Result, type Seed } from './runs.js';

type Choice = (seed: Seed) => Result | undefined;
const ppo: Choice = ppoOnPenalty(0);
const dpo: Choice = (seed) => seed.of('dpo')[0];
const ipo: Choice = (seed) => seed.of('ipo')[0];

/** One seed's evaluations at the peak of gold reward and at the end. */
interface Fall {
  readonly peak: EvalRow;
  readonly end: EvalRow;
}

/**
 * Each seed's evaluation at the peak and at the end. The peak's step is chosen on the mean curve of the other
 * seeds: chosen on a seed's own noisy curve, every curve would seem to fall.
 */
function falls(seeds: readonly Seed[], choose: Choice): Fall[] {
  const curves = seeds.map((seed) => choose(seed)?.curve ?? []).filter(({ length }) => length >= 3);
  if (curves.length < 2) return [];
  return curves.map((mine) => {
    const others = curves.filter((curve) => curve !== mine);
    const height = mine.map((_, i) =>
      mean(others.map((curve) => goldOf(curve[Math.min(i, curve.length - 1)]!))),
    );
    return { peak: mine[height.indexOf(Math.max(...height))]!, end: mine.at(-1)! };
  });
}

const goldFall = ({ peak, end }: Fall): number => goldOf(peak) - goldOf(end);

/** Fall of gold reward beyond two standard errors of the last evaluation. */
const decline = (fall: Fall): number => goldFall(fall) - 2 * (fall.end.goldReward?.se ?? 0);

/** NaN where there is no proxy. */
const proxyRise = ({ peak, end }: Fall): number => proxyOf(end) - proxyOf(peak);

/**
 * F11, F12: gold reward falls while training goes on. Rules: decline above 0; the proxy rises meanwhile; IPO
 * declines less than DPO.
 */
export function overOptimisation(seeds: readonly Seed[]): Evidence[] {
  const [ofPpo, ofDpo, ofIpo] = [falls(seeds, ppo), falls(seeds, dpo), falls(seeds, ipo)];
  const scenario =
    'reviews; PPO at KL coefficient .02, DPO at beta .1 and IPO at tau = beta/4, both for 6 epochs; ' +
    "validation prompts, the peak's step taken from the other seeds";
  const declines = {
    scenario,
    statistic: 'gold reward at the peak minus at the end, less two standard errors',
  };
  const rises = {
    scenario,
    statistic: 'proxy at the end minus at the gold peak, standard deviations of the start',
  };
  const figure = scatter(
    'over-optimisation',
    'Gold reward along training against KL',
    'Each line is one seed in the order of its KL; a line that bends down is over-optimising.',
    { x: KL_AXIS, y: 'gold reward' },
    curveMarks(seeds, goldOf),
  );
  const proxies = scatter(
    'proxy',
    'Proxy along training against KL',
    'The same runs by the reward model that PPO trains against; ' +
      'where this rises while gold reward falls, the reward is being hacked.',
    { x: KL_AXIS, y: 'proxy, standard deviations of the start' },
    curveMarks(seeds, proxyOf),
  );
  return [
    {
      id: 'F11',
      claim: 'PPO over-optimises its reward: gold reward peaks and falls.',
      ...declines,
      values: ofPpo.map(decline),
      rule: { above: 0 },
      reported: null,
      figure,
    },
    {
      id: 'F11-proxy',
      claim: "While gold reward falls, PPO's proxy still rises.",
      ...rises,
      values: measured(ofPpo, proxyRise),
      rule: { above: 0 },
      reported: null,
      figure: proxies,
    },
    {
      id: 'F12-dpo',
      claim: 'DPO over-optimises along training.',
      ...declines,
      values: ofDpo.map(decline),
      rule: { above: 0 },
      reported: 'DPO peaks at about 25% of the first epoch when KL is free (second-hand)',
      figure,
    },
    {
      id: 'F12-proxy',
      claim:
        'While DPO trains on from its gold peak, the proxy of a reward model on the same pairs still rises.',
      ...rises,
      values: measured(ofDpo, proxyRise),
      rule: { above: 0 },
      reported: null,
      figure: proxies,
    },
    {
      id: 'F12-ipo',
      claim: 'IPO over-optimises along training.',
      ...declines,
      values: ofIpo.map(decline),
      rule: { above: 0 },
      reported: null,
      figure,
    },
    {
      id: 'F12',
      claim: 'IPO declines less than DPO at matched strength.',
      scenario,
      statistic: 'fall of gold reward from peak to end, DPO minus IPO',
      values:
        ofDpo.length === ofIpo.length ? ofDpo.map((fall, i) => goldFall(fall) - goldFall(ofIpo[i]!)) : [],
      rule: { above: 0 },
      reported: null,
      figure,
    },
  ];
}

/** The three along their training; evaluations without the number are left out. */
function curveMarks(seeds: readonly Seed[], y: (row: EvalRow) => number) {
  const curve = (choose: Choice) => (seed: Seed) => {
    const rows = (choose(seed)?.curve ?? []).filter((row) => Number.isFinite(y(row)));
    return rows.map((row) => ({ x: Math.max(0, klOf(row)), y: y(row) }));
  };
  return marksOf(seeds, { PPO: curve(ppo), DPO: curve(dpo), IPO: curve(ipo) });
}
