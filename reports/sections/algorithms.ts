import { wins } from '../../harness/metrics/win-rate.js';
import { figureOverSeeds } from '../../harness/stats/interval.js';
import { equalLengthOutcomes } from '../../harness/stats/length-control.js';
import { aggregate } from './aggregate.js';
import { type Cost, type Gathered, type Group, NOT_NEGATIVE, perSeed, RATE, total } from './gather.js';
import type { AlgorithmRow } from '../report/algorithms.js';
import { preferredKl } from '../report/kl.js';
import type { StageCost } from '../report/parts.js';
import { difference, pairedGold, type PairedSamples } from './rows.js';
import type { Scores } from './scores.js';

export function algorithmRow(group: Group, { startOf, chosen: chosenOf, costsOf }: Gathered, scores: Scores): AlgorithmRow {
  const { name, device, runs, loaded: mine } = group;
  const gold = mine.flatMap(({ samples }) => (samples?.gold == null ? [] : [samples.gold]));
  const againstStart = mine.flatMap((entry) => {
    const start = startOf(entry);
    return entry.samples === null || start?.samples == null ? [] : [pairedGold(entry.samples, start.samples)];
  });
  const againstChosen = mine.flatMap(({ run, samples }) => {
    const chosen = chosenOf.get(run.spec.seed);
    if (samples?.gold == null || chosen === undefined) return [];
    const at = samples.prompts.flatMap((prompt, i) => (chosen.has(prompt) ? [i] : []));
    return [wins(at.map((i) => samples.gold![i]!), at.map((i) => chosen.get(samples.prompts[i]!)!))];
  });
  const finals = mine.map(({ evals }) => evals.find((e) => e.split === 'test') ?? null);
  const kls = finals.map((e) => (e === null ? null : preferredKl(e.kl)));
  const proxies = mine.flatMap(({ samples }) => (samples?.proxy == null ? [] : [samples.proxy]));
  const proxyRise = mine.map(({ evals }) => {
    const curve = evals.filter((e) => e.split === 'validation' && e.proxyReward !== null);
    return curve.length < 2 ? null : curve.at(-1)!.proxyReward!.mean - curve[0]!.proxyReward!.mean;
  });
  const costs = mine.map(({ run }) => costsOf(run));
  const missing: string[] = [];
  if (mine.length === 0) missing.push('no run of this algorithm finished');
  else if (gold.length === 0) missing.push('no gold reward: the dataset has none');
  if (mine.length > 0 && againstStart.length === 0) missing.push('no comparison with the start: no stage was started from, or it has no samples');
  if ((scores.scale.get(device) ?? 1) <= 0) missing.push('no normalised score: no compared algorithm gained on the start');
  const firstRun = runs[0]!;
  return {
    name,
    family: firstRun.spec.stage,
    algorithm: firstRun.spec.algorithm?.name ?? 'none',
    params: firstRun.spec.algorithm?.params ?? {},
    runs: runs.length,
    completed: mine.length,
    device,
    goldReward: figureOverSeeds(gold),
    goldDifference: figureOverSeeds(againstStart.map(difference)),
    winRate: { vsReference: figureOverSeeds(againstStart.map(({ a, b }) => wins(a, b)), RATE), vsChosen: figureOverSeeds(againstChosen, RATE), lengthControlled: figureOverSeeds(againstStart.map(atLength), RATE) },
    aggregate: aggregate(scores, group),
    kl: { sequence: perSeed(kls.map((k) => k?.mean), NOT_NEGATIVE), estimator: kls.find((k) => k !== null)?.name ?? null },
    proxyReward: figureOverSeeds(proxies),
    proxyDifference: perSeed(proxyRise),
    length: figureOverSeeds(mine.flatMap(({ samples }) => (samples === null ? [] : [samples.lengths]))),
    exact: { goldReward: perSeed(finals.map((e) => e?.exact?.goldReward)), frontierEfficiency: perSeed(finals.map((e) => e?.exact?.frontierEfficiency)), regret: perSeed(finals.map((e) => e?.exact?.regret)) },
    compute: {
      flops: perSeed(costs.map((c) => total(c).flops), NOT_NEGATIVE),
      seconds: perSeed(costs.map((c) => total(c).seconds), NOT_NEGATIVE),
      peakMemoryBytes: perSeed(mine.map(({ run }) => run.outcome!.clock.peakRssBytes), NOT_NEGATIVE),
      tokensTrained: perSeed(mine.map(({ run }) => run.outcome!.ledger.tokensTrained), NOT_NEGATIVE),
      tokensGenerated: perSeed(mine.map(({ run }) => run.outcome!.ledger.tokensGenerated), NOT_NEGATIVE),
      modelCopies: mine[0]?.run.outcome?.ledger.modelCopies ?? null,
      stages: stageCosts(costs),
    },
    missing,
  };
}

const atLength = ({ a, b, lengthDifference }: PairedSamples): Float64Array => equalLengthOutcomes(wins(a, b), lengthDifference);

function stageCosts(costs: readonly (readonly Cost[])[]): StageCost[] {
  const names = [...new Set(costs.flatMap((c) => c.map((s) => s.stage)))];
  return names.map((stage) => ({
    stage,
    flops: perSeed(costs.map((c) => c.find((s) => s.stage === stage)?.flops), NOT_NEGATIVE),
    seconds: perSeed(costs.map((c) => c.find((s) => s.stage === stage)?.seconds), NOT_NEGATIVE),
  }));
}
