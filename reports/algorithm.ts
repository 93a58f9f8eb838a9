import { wins } from '../harness/metrics/win-rate.js';
import { figureOverSeeds } from '../harness/stats/interval.js';
import { atEqualLength } from '../harness/stats/length-control.js';
import { standardDeviation } from '../harness/stats/moments.js';
import { type Cost, type Group, type Loaded, NOT_NEGATIVE, perSeed, RATE, type Results } from './loaded.js';
import { type AlgorithmRow, preferredKl, type StageCost } from './model.js';
import { pairedGold, pairedLengths, type RunSamples } from './rows.js';

/** The figures of one label. @param chosenOf gold reward of the chosen completion of each held-out prompt, by seed */
export function algorithmRow({ name, family, device, runs, loaded }: Group, results: Results, chosenOf: ReadonlyMap<number, ReadonlyMap<string, number>>, aggregate: AlgorithmRow['aggregate']): AlgorithmRow {
  const gold = loaded.flatMap(({ samples }) => (samples?.gold == null ? [] : [samples.gold]));
  const started = loaded.flatMap((entry) => {
    const start = results.startOf(entry.run)?.samples;
    return entry.samples?.gold == null || start?.gold == null ? [] : [{ samples: entry.samples, start, ...pairedGold(entry.samples, start) }];
  });
  const againstChosen = loaded.flatMap(({ run, samples }) => {
    const chosen = chosenOf.get(run.spec.seed);
    if (samples?.gold == null || chosen === undefined) return [];
    const at = samples.prompts.flatMap((prompt, i) => (chosen.has(prompt) ? [i] : []));
    return [wins(at.map((i) => samples.gold![i]!), at.map((i) => chosen.get(samples.prompts[i]!)!))];
  });
  const finals = loaded.map(({ evals }) => evals.find((e) => e.split === 'test') ?? null);
  const kls = finals.map((e) => (e === null ? null : preferredKl(e.kl)));
  const costs = loaded.map(({ run }) => results.costsOf(run));
  const missing: string[] = [];
  if (loaded.length === 0) missing.push('no run of this algorithm finished');
  else if (gold.length === 0) missing.push('no gold reward: the dataset has none');
  if (loaded.length > 0 && started.length === 0) missing.push('no comparison with the start: no stage was started from, or it has no samples');
  return {
    name,
    family,
    algorithm: runs[0]!.spec.algorithm?.name ?? 'none',
    params: runs[0]!.spec.algorithm?.params ?? {},
    runs: runs.length,
    completed: loaded.length,
    device,
    goldReward: figureOverSeeds(gold),
    goldDifference: figureOverSeeds(started.map(({ a, b }) => a.map((x, i) => x - b[i]!))),
    winRate: {
      vsReference: figureOverSeeds(started.map(({ a, b }) => wins(a, b)), RATE),
      vsChosen: figureOverSeeds(againstChosen, RATE),
      lengthControlled: perSeed(started.map(({ a, b, samples, start }) => lengthControlled(wins(a, b), samples, start)), RATE),
    },
    aggregate,
    kl: { sequence: perSeed(kls.map((k) => k?.mean), NOT_NEGATIVE), estimator: kls.find((k) => k !== null)?.name ?? null },
    proxyReward: figureOverSeeds(loaded.flatMap(({ samples }) => (samples?.proxy == null ? [] : [samples.proxy]))),
    proxyDifference: perSeed(loaded.map(proxyRise)),
    length: figureOverSeeds(loaded.flatMap(({ samples }) => (samples === null ? [] : [samples.lengths]))),
    exact: { goldReward: perSeed(finals.map((e) => e?.exact?.goldReward)), frontierEfficiency: perSeed(finals.map((e) => e?.exact?.frontierEfficiency)), regret: perSeed(finals.map((e) => e?.exact?.regret)) },
    compute: {
      flops: perSeed(costs.map((c) => c.reduce((sum, s) => sum + s.flops, 0)), NOT_NEGATIVE),
      seconds: perSeed(costs.map((c) => c.reduce((sum, s) => sum + s.seconds, 0)), NOT_NEGATIVE),
      peakMemoryBytes: perSeed(loaded.map(({ run }) => run.outcome!.clock.peakRssBytes), NOT_NEGATIVE),
      tokensTrained: perSeed(loaded.map(({ run }) => run.outcome!.ledger.tokensTrained), NOT_NEGATIVE),
      tokensGenerated: perSeed(loaded.map(({ run }) => run.outcome!.ledger.tokensGenerated), NOT_NEGATIVE),
      modelCopies: loaded[0]?.run.outcome?.ledger.modelCopies ?? null,
      stages: stageCosts(costs),
    },
    missing,
  };
}

/** From the first to the last evaluation on validation prompts. */
function proxyRise({ evals }: Loaded): number | null {
  const curve = evals.filter((e) => e.split === 'validation' && e.proxyReward !== null);
  return curve.length < 2 ? null : curve.at(-1)!.proxyReward!.mean - curve[0]!.proxyReward!.mean;
}

/** A seed's win rate read at equal length: outcomes on tanh of the standardised length difference, at 0. */
function lengthControlled(outcomes: Float64Array, samples: RunSamples, start: RunSamples): number | null {
  const differences = pairedLengths(samples, start);
  if (outcomes.length < 2 || differences.length !== outcomes.length) return null;
  const spread = standardDeviation(differences);
  return atEqualLength([...outcomes], [...differences].map((d) => (spread === 0 ? 0 : Math.tanh(d / spread)))).difference;
}

function stageCosts(costs: readonly (readonly Cost[])[]): StageCost[] {
  const names = [...new Set(costs.flatMap((c) => c.map((s) => s.stage)))];
  return names.map((stage) => ({
    stage,
    flops: perSeed(costs.map((c) => c.find((s) => s.stage === stage)?.flops), NOT_NEGATIVE),
    seconds: perSeed(costs.map((c) => c.find((s) => s.stage === stage)?.seconds), NOT_NEGATIVE),
  }));
}
