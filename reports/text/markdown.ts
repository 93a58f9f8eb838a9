import { bytes, number, percent, seconds, si, signed, signedPercent, withInterval } from '../report/format.js';
import { escapeMarkdown as e } from '../report/escape.js';
import type { Report } from '../report/model.js';

type Column<T> = readonly [head: string, cell: (row: T) => string];
const table = <T>(rows: readonly T[], ...columns: readonly Column<T>[]): string => [`| ${columns.map(([head]) => head).join(' | ')} |`, `|${columns.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${columns.map(([, cell]) => cell(row)).join(' | ')} |`)].join('\n');
const list = (items: readonly string[]): string => items.map((item) => `- ${e(item)}`).join('\n');
const flops = (x: number): string => si(x, 'FLOP');
const pValue = (p: number | null): string => (p === null ? '–' : p < 0.001 ? '< 0.001' : number(p, 2));

/** The whole report as text: every section that has something to say, every mean with its 95 % interval. */
export function toMarkdown(report: Report): string {
  const parts = [`# ${e(report.name)}`, e(report.description), list(report.verdicts), ...glance(report), ...matched(report), ...fairness(report), ...standing(report), ...background(report)];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function glance(report: Report): string[] {
  return [
    '## Algorithms',
    `${report.seeds.length} pipeline seeds; mean [95 % interval].`,
    table(
      report.algorithms,
      ['algorithm', (r) => e(r.name)],
      ['gold reward', (r) => withInterval(r.goldReward)],
      ['against the start', (r) => withInterval(r.goldDifference, signed)],
      ['win rate against the start', (r) => withInterval(r.winRate.vsReference, percent)],
      ['at equal length', (r) => withInterval(r.winRate.lengthControlled, percent)],
      ['against chosen', (r) => withInterval(r.winRate.vsChosen, percent)],
      ['IQM', (r) => withInterval(r.aggregate.interquartileMean)],
      ['P(improves)', (r) => withInterval(r.aggregate.improvement, percent)],
      ['KL, nats', (r) => withInterval(r.kl.sequence)],
      ['FLOPs', (r) => (r.compute.flops === null ? '–' : flops(r.compute.flops.mean))],
      ['seconds', (r) => (r.compute.seconds === null ? '–' : seconds(r.compute.seconds.mean))],
      ['peak memory', (r) => (r.compute.peakMemoryBytes === null ? '–' : bytes(r.compute.peakMemoryBytes.mean))],
      ['runs', (r) => `${r.completed}/${r.runs}`],
    ),
    report.reference === null ? '' : `Start (${e(report.reference.name)}): gold reward ${withInterval(report.reference.goldReward)}.`,
  ];
}

function matched({ matchedKl, matchedCompute }: Report): string[] {
  const kl = table(
    matchedKl,
    ['a', (m) => e(m.a)],
    ['b', (m) => e(m.b)],
    ['KL, nats', (m) => number(m.kl)],
    ['gold difference', (m) => withInterval(m.goldDifference, signed)],
    ['win rate difference', (m) => withInterval(m.winRateDifference, signedPercent)],
    ['over the range', (m) => withInterval(m.areaDifference, signed)],
    ['p (Holm)', (m) => pValue(m.adjustedP)],
    ['match', (m) => (m.match === null ? '–' : `${m.match.equivalent ? 'yes' : 'not shown'}, within ±${number(m.match.margin)}`)],
  );
  const compute = table(
    matchedCompute,
    ['a', (m) => e(m.a)],
    ['b', (m) => e(m.b)],
    ['budget', (m) => (m.atCheaper === null ? '–' : `${flops(m.atCheaper.flops)} (${e(m.atCheaper.cheaper)})`)],
    ['gold difference', (m) => withInterval(m.atCheaper?.goldDifference ?? null, signed)],
    ['win rate difference', (m) => withInterval(m.atCheaper?.winRateDifference ?? null, signedPercent)],
    ['gold at equal seconds', (m) => withInterval(m.atCheaper?.goldDifferenceAtSeconds ?? null, signed)],
    ['win rate at equal seconds', (m) => withInterval(m.atCheaper?.winRateDifferenceAtSeconds ?? null, signedPercent)],
    ['crossover', ({ crossover: { dearer, multiple, ci, upTo } }) => (multiple === null ? `none up to ${number(upTo)}×` : `${e(dearer)} from ${number(multiple)}×${ci === null ? '' : ` [${number(ci[0])}, ${ci[1] === null ? `over ${number(upTo)}` : number(ci[1])}]`}`)],
  );
  return [
    ...(matchedKl.length === 0 ? [] : ['## At equal KL', 'Gold reward of a minus b at the most KL that both reach in every seed, and on average over the common range (validation prompts).', kl]),
    ...(matchedCompute.length === 0 ? [] : ['## At equal compute', 'Gold reward of a minus b at the whole cost of the cheaper one, reward models charged; the crossover is the budget, as a multiple of that cost, from which the dearer one is ahead for good.', compute]),
  ];
}

function fairness({ families, deviations, control, power }: Report): string[] {
  const alarms = control.falseAlarms;
  return [
    ...(families.length === 0
      ? []
      : [
          '## Tuning and fairness',
          'Each seed takes the configuration with the highest proxy reward on validation prompts; its figures on test prompts.',
          table(
            families,
            ['family', (f) => e(f.name)],
            ['configurations', (f) => String(f.variants.length)],
            ['tuning cost', (f) => withInterval(f.tuningFlops, flops)],
            ['gold reward, tuned', (f) => (f.tuned === null ? e(f.missing.join('; ')) || '–' : withInterval(f.tuned.goldReward))],
            ['win rate against the start', (f) => withInterval(f.tuned?.winRate ?? null, percent)],
            ['KL, nats', (f) => withInterval(f.tuned?.kl ?? null)],
            ['gain along KL', (f) => withInterval(f.area?.gain ?? null)],
            ['dominated', (f) => withInterval(f.dominated, percent)],
          ),
        ]),
    '## Deviations from the plan',
    deviations.length === 0 ? 'None.' : list(deviations),
    ...(control.pairs.length === 0 && alarms === null
      ? []
      : [
          '## Control: an algorithm against itself',
          alarms === null ? e(control.reason ?? '') : `False-alarm rate ${percent(alarms.rate)} [${alarms.ci.map(percent).join(', ')}] over ${alarms.n} comparisons where nothing differs.`,
          control.pairs.length === 0 ? '' : table(control.pairs, ['algorithm', (p) => e(p.name)], ['gold difference', (p) => withInterval(p.goldDifference, signed)], ['false alarm', (p) => (p.alarm ? 'yes' : 'no')]),
        ]),
    power.seeds === null && power.prompts === null ? '' : `To resolve ${Number((power.delta * 100).toPrecision(3))} points of win rate with 80 % power: ${[power.seeds === null ? '' : `${power.seeds} seeds`, power.prompts === null ? '' : `${power.prompts} prompts`].filter(Boolean).join(', or on one seed ')}.`,
  ];
}

function standing({ ranking, headToHead }: Report): string[] {
  return [
    ...(ranking.length === 0 ? [] : ['## Ranking', 'Bradley-Terry strength over all head-to-heads, the start at 0.', table(ranking, ['rank', (r) => String(r.rank)], ['name', (r) => e(r.name)], ['strength', (r) => withInterval(r.theta)])]),
    ...(headToHead.length === 0 ? [] : ['## Head to head', table(headToHead, ['a', (h) => e(h.a)], ['b', (h) => e(h.b)], ['win rate of a', (h) => withInterval(h.winRate, percent)], ['soft win rate', (h) => withInterval(h.softWinRate, percent)], ['gold difference', (h) => withInterval(h.goldDifference, signed)], ['p (Holm)', (h) => pValue(h.adjustedP)])]),
  ];
}

function background(report: Report): string[] {
  const env = report.environment;
  return [
    ...report.rewardModels.flatMap((model) => [`## Reward model ${e(model.name)}`, table(Object.entries(model.figures), ['figure', ([k]) => e(k)], ['value', ([, f]) => withInterval(f, number)])]),
    ...(report.sharedStages.length === 0 ? [] : ['## Shared stages', table(report.sharedStages, ['stage', (s) => e(s.stage)], ['runs', (s) => String(s.runs)], ['compute', (s) => withInterval(s.flops, flops)], ['time', (s) => withInterval(s.seconds, seconds)])]),
    '## Failures',
    report.failures.length === 0 ? 'None.' : table(report.failures, ['run', (f) => e(f.run)], ['seed', (f) => String(f.seed)], ['outcome', (f) => e(f.outcome)], ['cause', (f) => e(f.cause)]),
    ...(report.notes.length === 0 ? [] : ['## Notes', list(report.notes)]),
    ...(env === null ? [] : ['## Environment', `${e(env.cpuModel)}, ${env.cores} cores; ${e(env.engine)} on ${e(env.device)}; Node ${e(env.nodeVersion)}; tiltyard ${e(env.tiltyardVersion)}${env.gitCommit === null ? '' : ` (${e(env.gitCommit.slice(0, 12))})`}; experiment ${e(report.experimentHash.slice(0, 12))}.`]),
  ];
}
