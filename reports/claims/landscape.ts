import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { PairRow } from '../../harness/store/records.js';
import { peakRarity, type StringsParams } from '../../datasets/worlds/strings/dataset.js';
import type { Evidence } from './decide.js';
import { areaBetween, at, commonRange, finals, measured, slope } from './frontier.js';
import { scatter } from './figures.js';
import { NORMALISED } from './matched.js';
import type { Seed } from './runs.js';

const STATISTIC = `PPO minus DPO: ${NORMALISED}, averaged along sqrt(KL) over the common range`;
const ahead = (seed: Seed): number | null => areaBetween(finals(seed, 'ppo'), finals(seed, 'dpo'));

/** The same pipeline seed in several members; seeds that one of them lacks are left out. */
function together(members: readonly (readonly Seed[])[]): Seed[][] {
  return members[0]!.flatMap((first) => { const row = members.map((m) => m.find((s) => s.seed === first.seed)); return row.every((s) => s !== undefined) ? [row] : []; });
}

const worldOf = (seed: Seed): StringsParams => seed.of('sft')[0]!.spec.dataset.params as unknown as StringsParams;

/** F16: RL explores. Statistic: slope of PPO's lead on log10 of the peak's probability under the corpus. Rules: below 0; no lead where the peak is common. */
export function exploration(members: readonly (readonly Seed[])[]): Evidence[] {
  const cells = together(members).map((row) => row.flatMap((seed) => { const lead = ahead(seed); return lead === null ? [] : [[peakRarity(worldOf(seed), seed.seed), lead] as const]; }));
  const common = cells.flatMap((row) => { const leads = row.filter(([rarity]) => rarity >= -1); return leads.length === 0 ? [] : [leads.reduce((sum, [, lead]) => sum + lead, 0) / leads.length]; });
  const scenario = 'strings of 4 letters in four worlds whose corpus shows the optimum from almost never to often';
  const figure = scatter('exploration', 'PPO\'s lead against the rarity of the optimum', 'Each line is one seed over four worlds; falling: RL pays where the optimum is rare.', { x: 'log10 of the optimum\'s probability under the corpus', y: 'PPO minus DPO, normalised gold' }, cells.flatMap((row, i) => row.map(([x, y]) => ({ name: 'PPO minus DPO', seed: i, x, y }))));
  return [
    { id: 'F16', claim: 'The rarer the optimum under the reference, the larger PPO\'s lead over DPO.', scenario, statistic: 'slope of the lead on log10 of the optimum\'s probability', values: measured(cells, (row) => slope(row)), rule: { below: 0 }, reported: null, figure },
    { id: 'F16-common', claim: 'Where the optimum is common (probability .1 and more) PPO and DPO match.', scenario, statistic: STATISTIC, values: common, rule: { within: [-0.02, 0.02] }, reported: null, figure },
  ];
}

/** F17: exploration without signal gives nothing. Rule: PPO's lead at most .02. */
export const needle = (seeds: readonly Seed[]): Evidence[] => [
  { id: 'F17', claim: 'Where the gold reward of a string says nothing of any other, PPO gains nothing over DPO.', scenario: 'strings of 4 letters, every string with a random score of its own', statistic: STATISTIC, values: measured(seeds, ahead), rule: { below: 0.02 }, reported: null, figure: scatter('needle', 'Normalised gold reward against KL on a random landscape', 'Each line joins the final policies of one seed.', { x: 'KL(policy ‖ start), nats', y: 'normalised gold reward' }, seeds.flatMap((seed) => (['dpo', 'ppo'] as const).flatMap((stage) => finals(seed, stage).map(({ kl, y }) => ({ name: stage.toUpperCase(), seed: seed.seed, x: kl, y }))))) },
];

/** Share of all strings after all prompts that a pair shows. */
function covered(seed: Seed): number {
  const { letters, length, promptLength } = worldOf(seed);
  const collected = [...seed.byId.values()].find((r) => r.spec.kind === 'collect')!;
  const shown = new Set(readJsonl<PairRow>(runPaths(collected.dir).pairs).flatMap(({ prompt, chosen, rejected }) => [`${prompt} ${chosen}`, `${prompt} ${rejected}`]));
  return shown.size / letters ** (length + promptLength);
}

/**
 * F18: DPO needs coverage more than PPO. Statistic: slope of normalised gold on the share of strings that pairs show, DPO minus PPO, gold
 * read at the most KL that both reach at every coverage. Rules: above 0; a match where pairs come from the reference itself.
 * @param members by rising coverage, the last one sampled from the reference
 */
export function coverage(members: readonly (readonly Seed[])[]): Evidence[] {
  const cells = together(members).flatMap((row) => {
    const range = commonRange(row.flatMap((seed) => [finals(seed, 'dpo'), finals(seed, 'ppo')]));
    return range === null ? [] : [row.map((seed) => ({ x: covered(seed), seed: seed.seed, dpo: at(finals(seed, 'dpo'), range[1]), ppo: at(finals(seed, 'ppo'), range[1]) }))];
  });
  const scenario = 'strings of 4 letters, 2,000 pairs sampled at temperature .3, .6 and 1';
  const figure = scatter('coverage', 'Gold reward at equal KL against coverage', 'Each line is one seed; the steeper one needs coverage more.', { x: 'share of strings that pairs show', y: 'normalised gold at equal KL' }, cells.flat().flatMap(({ x, seed, dpo, ppo }) => [{ name: 'DPO', seed, x, y: dpo }, { name: 'PPO', seed, x, y: ppo }]));
  return [
    { id: 'F18', claim: 'DPO gains more from coverage than PPO.', scenario, statistic: 'slope of normalised gold at equal KL on the share of strings shown, DPO minus PPO', values: measured(cells, (row) => { const [d, p] = [slope(row.map(({ x, dpo }) => [x, dpo])), slope(row.map(({ x, ppo }) => [x, ppo]))]; return d === null || p === null ? null : d - p; }), rule: { above: 0 }, reported: null, figure },
    { id: 'F18-whole', claim: 'With pairs sampled from the reference DPO and PPO match.', scenario: `${scenario}; the last of them`, statistic: STATISTIC, values: measured(members.at(-1)!, ahead), rule: { within: [-0.02, 0.02] }, reported: null, figure },
  ];
}
