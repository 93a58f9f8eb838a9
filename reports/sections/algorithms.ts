import { wins } from '../../harness/metrics/win-rate.js';
import { type Figure, figureOverSeeds } from '../../harness/stats/interval.js';
import { equalLengthOutcomes } from '../../harness/stats/length-control.js';
import { charged } from '../../harness/metrics/training-cost.js';
import type { EvalRow, Ledger } from '../../harness/store/records.js';
import type { AlgorithmRow } from '../report/algorithms.js';
import { preferredKl } from '../report/kl.js';
import type { StageCost } from '../report/parts.js';
import { aggregate } from './aggregate.js';
import { crossWins, goldByPrompt, winsOver } from './by-prompt.js';
import {
  type Cost,
  type Gathered,
  type Group,
  type Loaded,
  NOT_NEGATIVE,
  pairedWithStart,
  perSeed,
  RATE,
  total,
} from './gather.js';
import { difference, ofPrompts, type PairedSamples, type RunSamples } from './rows.js';
import type { Scores } from './scores.js';

/** One variant's figures. */
export function algorithmRow(group: Group, gathered: Gathered, scores: Scores): AlgorithmRow {
  const { name, device, runs, loaded } = group;
  const { spec } = runs[0]!;
  const ofSamples = (values: (samples: RunSamples) => Float64Array | null): Float64Array[] =>
    loaded.flatMap(({ samples }) => {
      const own = samples === null ? null : values(samples);
      return own === null ? [] : [ofPrompts(samples!, own)];
    });
  const gold = ofSamples((samples) => samples.gold);
  const proxies = ofSamples((samples) => samples.proxy);
  const lengths = ofSamples((samples) => samples.lengths);
  const againstStart = pairedWithStart(loaded, gathered.startOf);
  const finals = loaded.map(({ evals }) => evals.find((row) => row.split === 'test') ?? null);
  return {
    name,
    family: spec.stage,
    algorithm: spec.algorithm?.name ?? 'none',
    params: spec.algorithm?.params ?? {},
    runs: runs.length,
    completed: loaded.length,
    device,
    goldReward: figureOverSeeds(gold),
    goldDifference: figureOverSeeds(againstStart.map(difference)),
    winRate: {
      vsReference: rateOverSeeds(againstStartByPrompt(loaded, gathered)),
      vsChosen: rateOverSeeds(againstChosen(loaded, gathered)),
      lengthControlled: rateOverSeeds(againstStart.map(atEqualLength)),
    },
    aggregate: aggregate(scores, group),
    kl: sequenceKl(finals),
    proxyReward: figureOverSeeds(proxies),
    proxyDifference: perSeed(loaded.map(proxyRise)),
    length: figureOverSeeds(lengths),
    exact: {
      goldReward: perSeed(finals.map((row) => row?.exact?.goldReward)),
      frontierEfficiency: perSeed(finals.map((row) => row?.exact?.frontierEfficiency)),
      regret: perSeed(finals.map((row) => row?.exact?.regret)),
    },
    compute: compute(loaded, gathered),
    missing: missing(group, gold.length, againstStart.length, scores),
  };
}

const rateOverSeeds = (outcomes: readonly Float64Array[]): Figure | null => figureOverSeeds(outcomes, RATE);
const amount = (values: readonly (number | null | undefined)[]): Figure | null =>
  perSeed(values, NOT_NEGATIVE);

const atEqualLength = ({ a, b, lengthDifference }: PairedSamples): Float64Array =>
  equalLengthOutcomes(wins(a, b), lengthDifference);

/** Independent draws of both sides. */
const againstStartByPrompt = (loaded: readonly Loaded[], { startOf }: Gathered): Float64Array[] =>
  loaded.flatMap((entry) => {
    const start = startOf(entry);
    if (entry.samples === null || start?.samples == null) return [];
    return winsOver(entry.samples, start.samples) ?? [];
  });

/** Against the data's own answers, at every test prompt that has one. */
const againstChosen = (loaded: readonly Loaded[], { answersTo }: Gathered): Float64Array[] =>
  loaded.flatMap(({ run, samples }) => {
    const own = samples === null ? null : goldByPrompt(samples);
    const answers = answersTo(run);
    if (own === null || answers === null) return [];
    const answered = [...own].filter(([prompt]) => prompt in answers);
    if (answered.length === 0) return [];
    return [Float64Array.from(answered, ([prompt, golds]) => crossWins(golds, [answers[prompt]!]))];
  });

/** From the final evaluations. */
function sequenceKl(finals: readonly (EvalRow | null)[]): AlgorithmRow['kl'] {
  const estimates = finals.map((row) => (row === null ? null : preferredKl(row.kl)));
  return {
    sequence: amount(estimates.map((estimate) => estimate?.mean)),
    estimator: estimates.find((estimate) => estimate !== null)?.name ?? null,
  };
}

/** Of the proxy reward on validation prompts, from the first evaluation to the last. */
function proxyRise({ evals }: Loaded): number | null {
  const scored = evals.filter((row) => row.split === 'validation' && row.proxyReward !== null);
  return scored.length < 2 ? null : scored.at(-1)!.proxyReward!.mean - scored[0]!.proxyReward!.mean;
}

function compute(loaded: readonly Loaded[], { costsOf }: Gathered): AlgorithmRow['compute'] {
  const costs = loaded.map(({ run }) => costsOf(run));
  const outcomes = loaded.map(({ run }) => run.outcome!);
  return {
    flops: amount(costs.map((stages) => total(stages).flops)),
    seconds: amount(costs.map((stages) => total(stages).seconds)),
    peakMemoryBytes: amount(outcomes.map(({ clock }) => clock.peakRssBytes)),
    tokensTrained: amount(outcomes.map(({ ledger }) => ledger.tokensTrained)),
    tokensGenerated: amount(outcomes.map(({ ledger }) => ledger.tokensGenerated)),
    paddingShare: amount(outcomes.map(({ ledger }) => paddingShare(ledger))),
    modelCopies: outcomes[0]?.ledger.modelCopies ?? null,
    stages: stageCosts(costs),
  };
}

function paddingShare({ flops, paddingFlops }: Ledger): number | null {
  if (paddingFlops === undefined) return null;
  const [useful, padding] = [charged(flops), charged(paddingFlops)];
  return useful + padding === 0 ? null : padding / (useful + padding);
}

/** @param costs per run its stages */
function stageCosts(costs: readonly (readonly Cost[])[]): StageCost[] {
  const stages = new Set(costs.flatMap((run) => run.map(({ stage }) => stage)));
  return [...stages].map((stage) => {
    const perRun = costs.map((run) => run.find((cost) => cost.stage === stage));
    return {
      stage,
      flops: amount(perRun.map((cost) => cost?.flops)),
      seconds: amount(perRun.map((cost) => cost?.seconds)),
    };
  });
}

/**
 * Why figures are null.
 * @param gold how many runs have a gold reward
 * @param compared how many runs have a start to be compared with
 */
function missing({ device, loaded }: Group, gold: number, compared: number, scores: Scores): string[] {
  const reasons: string[] = [];
  if (loaded.length === 0) reasons.push('no run of this algorithm finished');
  else if (gold === 0) reasons.push('no gold reward: the dataset has none, and nothing that could judge');
  if (loaded.length > 0 && compared === 0) {
    reasons.push('no comparison with the start: it is fresh weights or a table, or has no samples');
  }
  if ((scores.scale.get(device) ?? 1) <= 0) {
    reasons.push('no normalised score: no compared algorithm gained on the start');
  }
  return reasons;
}
