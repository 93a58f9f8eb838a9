import type { EvalRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { endsHighest, type Falls, falls, goldFall, proxyRise } from './falls.js';
import { KL_AXIS, marksOf, scatter } from './figures.js';
import { FEW_PAIRS } from './members.js';
import { goldOf, klOf, measured, proxyOf, type Seed } from './runs.js';
import { EPOCHS, PAIRS, ROLLOUTS } from './stages.js';

/** A fall of less than this much of the exact frontier's gain is none. */
export const FALL = 0.02;
/** A rise of the proxy of less than this many standard deviations of the start is none, where F12 asks. */
export const RISES = 0.05;

const PEAK = "the peak's step taken from the mean curve of the other seeds, mean over two learning rates";
const DECLINE = `normalised gold at the peak minus at the end, ${PEAK}`;
const RISE = `proxy at the end minus at the gold peak, standard deviations of the start; ${PEAK}`;
const PPO =
  'strings of 5 letters, PPO at KL coefficient .01, validation prompts, ' + `${ROLLOUTS.long} rollouts`;
const OFFLINE =
  `strings of 5 letters, ${FEW_PAIRS} pairs, DPO at beta .1 and IPO at tau = beta/4, validation prompts, ` +
  `${(EPOCHS.along * PAIRS) / FEW_PAIRS} epochs`;

/** Why there is nothing to read, where that is so. */
const noFall = (...found: readonly (readonly Falls[])[]): { readonly note?: string } =>
  found.every(endsHighest)
    ? { note: "for every seed the others' mean gold reward is highest at the end: there is no fall to read" }
    : {};

/** F11: PPO over-optimises. Rules: gold reward falls by more than `FALL`; the proxy rises meanwhile. */
export function overOptimisation(seeds: readonly Seed[]): Evidence[] {
  const found = falls(seeds, 'ppo-long');
  return [
    {
      id: 'F11',
      claim: 'PPO over-optimises its reward: gold reward peaks and falls.',
      scenario: PPO,
      statistic: DECLINE,
      values: measured(found, goldFall),
      rule: { above: FALL },
      ...noFall(found),
      reported: null,
      figure: curves('over-optimisation', seeds, { PPO: 'ppo-long' }, goldOf),
    },
    {
      id: 'F11-proxy',
      claim: "While gold reward falls, PPO's proxy still rises.",
      scenario: PPO,
      statistic: RISE,
      values: measured(found, proxyRise),
      rule: { above: 0 },
      ...noFall(found),
      reported: null,
      figure: curves('proxy', seeds, { PPO: 'ppo-long' }, proxyOf),
    },
  ];
}

/**
 * F12: so do DPO and IPO. Rules: gold reward falls by more than `FALL`; the proxy rises by more than `RISES`
 * meanwhile; IPO falls less than DPO. On few pairs: on as many as elsewhere gold is highest at the end in
 * each of 72 seeds (six epochs), so that nothing follows a peak and the proxy after it cannot be read.
 */
export function offlineOverOptimisation(seeds: readonly Seed[]): Evidence[] {
  const [dpo, ipo] = [falls(seeds, 'dpo-long'), falls(seeds, 'ipo-long')];
  const both = dpo.flatMap((own) => {
    const other = ipo.find(({ seed }) => seed.seed === own.seed.seed);
    return other === undefined ? [] : [goldFall(own) - goldFall(other)];
  });
  const stages = { DPO: 'dpo-long', IPO: 'ipo-long' };
  const golds = curves('offline-over-optimisation', seeds, stages, goldOf);
  const shared = { scenario: OFFLINE, reported: null };
  return [
    {
      ...shared,
      id: 'F12-dpo',
      claim: 'DPO over-optimises along training.',
      statistic: DECLINE,
      values: measured(dpo, goldFall),
      rule: { above: FALL },
      reported: 'DPO peaks at about 25% of the first epoch when KL is free (second-hand)',
      ...noFall(dpo),
      figure: golds,
    },
    {
      ...shared,
      id: 'F12-proxy',
      claim:
        'While DPO trains on from its gold peak, the proxy of a reward model on the same pairs still rises.',
      statistic: RISE,
      values: measured(dpo, proxyRise),
      rule: { above: RISES },
      ...noFall(dpo),
      figure: curves('offline-proxy', seeds, stages, proxyOf),
    },
    {
      ...shared,
      id: 'F12-ipo',
      claim: 'IPO over-optimises along training.',
      statistic: DECLINE,
      values: measured(ipo, goldFall),
      rule: { above: FALL },
      ...noFall(ipo),
      figure: golds,
    },
    {
      ...shared,
      id: 'F12',
      claim: 'IPO declines less than DPO at matched strength.',
      statistic: `${DECLINE}; DPO minus IPO`,
      values: both,
      rule: { above: 0 },
      ...noFall(dpo, ipo),
      figure: golds,
    },
  ];
}

/** Runs along their training; evaluations without the number are left out. */
function curves(
  id: string,
  seeds: readonly Seed[],
  stages: Readonly<Record<string, string>>,
  y: (row: EvalRow) => number,
) {
  const isGold = y === goldOf;
  const curve = (stage: string) => (seed: Seed) => {
    const rows = (seed.of(stage)[0]?.curve ?? []).filter((row) => Number.isFinite(y(row)));
    return rows.map((row) => ({ x: Math.max(0, klOf(row)), y: y(row) }));
  };
  const named = Object.entries(stages).map(([name, stage]) => [name, curve(stage)] as const);
  return scatter(
    id,
    isGold ? 'Gold reward along training against KL' : 'Proxy along training against KL',
    isGold
      ? 'Each line is one seed at the slower learning rate; a line that bends down is over-optimising.'
      : 'The same runs by the reward model; where this rises while gold reward falls, it is being hacked.',
    { x: KL_AXIS, y: isGold ? 'gold reward' : 'proxy, standard deviations of the start' },
    marksOf(seeds, Object.fromEntries(named)),
  );
}
