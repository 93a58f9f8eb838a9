import { figureOverSeeds } from '../../harness/stats/interval.js';
import type { StoredExperiment } from '../../harness/store/read.js';
import { REPORT_VERSION, type Report } from '../report/model.js';
import { algorithmRow } from './algorithms.js';
import { answerFigures, question } from './answer.js';
import { environment, failures, rewardModels, sharedStages } from './background.js';
import { atEqualCompute, breakEvens } from './compute.js';
import { control } from './control.js';
import { curve, isStart } from './curves.js';
import { data } from './data.js';
import { deviations } from './deviations.js';
import { frontierRow } from './frontier.js';
import { type Gathered, gather, type Loaded, perSeed, startName } from './gather.js';
import { grids } from './grids.js';
import { headToHead } from './head-to-head.js';
import { judgeOf } from './judge.js';
import { judging } from './judging.js';
import { ladder } from './ladder.js';
import { notes } from './notes.js';
import { rewardsOnPolicies } from './own-samples.js';
import { ofPrompts } from './rows.js';
import { sampleSets } from './samples.js';
import { scores } from './scores.js';
import { inWords } from './words.js';

/**
 * Turns stored runs into the report's figures. Pure: reads the store, writes nothing.
 * @param damages what of the store is not whole, a sentence each
 */
export function assemble(stored: StoredExperiment, damages: readonly string[] = []): Report {
  const { experiment } = stored;
  const gathered = gather(stored);
  const { groups, done } = gathered;
  const scored = scores(gathered);
  const asked = question(gathered);
  const { unions, families, most, budgets, by } = asked;
  const starts = startsOf(gathered);
  const read = data(stored);
  const found = answerFigures(asked, gathered);
  const judge = judgeOf(stored);
  const said = judging(stored, judge);
  const report = {
    schemaVersion: REPORT_VERSION,
    name: experiment.name,
    description: experiment.description,
    experimentHash: stored.hash,
    seeds: experiment.seeds,
    dataset: {
      name: experiment.dataset.name,
      params: stored.runs[0]?.spec.dataset.params ?? experiment.dataset.params,
    },
    policy: { ...experiment.policy },
    ...(damages.length === 0 ? {} : { damages: [...damages] }),
    ...(read === null ? {} : { data: read }),
    environment: environment(done),
    reference: reference(starts, gathered),
    judge,
    ...(said === null ? {} : { judging: said }),
    chosen: chosen(gathered),
    algorithms: groups.map((group) => algorithmRow(group, gathered, scored)),
    frontiers: [...unions, ...families].map((pool) => frontierRow(pool, most, budgets, families)),
    ladder: ladder(families, most, gathered),
    compute: atEqualCompute(unions, families, gathered),
    breakEven: breakEvens(families, gathered),
    grids: grids(families, most, gathered),
    rewardsOnPolicies: rewardsOnPolicies(gathered),
    headToHead: headToHead(gathered, by),
    control: control(gathered, asked),
    curves: groups.flatMap(curve),
    rewardModels: rewardModels(done),
    sharedStages: sharedStages(stored.runs),
    samples: sampleSets(groups, starts[0]),
    failures: failures(stored.runs),
    deviations: deviations(gathered),
    notes: notes(gathered),
  };
  return { ...report, answer: { ...found, ...inWords(found, report) } };
}

/** The runs that compared ones started from, each once. */
function startsOf({ groups, startOf }: Gathered): Loaded[] {
  const starts = groups.flatMap(({ runs }) => runs.flatMap((run) => startOf({ run }) ?? []));
  return [...new Map(starts.map((start) => [start.run.spec.id, start])).values()];
}

function reference(starts: readonly Loaded[], { groups }: Gathered): Report['reference'] {
  if (starts.length === 0) return null;
  // Of one run per seed: they all start from the same policy.
  const proxyBySeed = new Map<number, number | undefined>();
  for (const { seed, evals } of groups.flatMap((group) => group.loaded)) {
    if (proxyBySeed.get(seed) === undefined) proxyBySeed.set(seed, evals.find(isStart)?.proxyReward?.mean);
  }
  return {
    name: startName(starts[0]!),
    goldReward: figureOverSeeds(
      starts.flatMap(({ samples }) => (samples?.gold == null ? [] : [ofPrompts(samples, samples.gold)])),
    ),
    proxyReward: perSeed([...proxyBySeed.values()]),
    length: figureOverSeeds(
      starts.flatMap(({ samples }) => (samples === null ? [] : [ofPrompts(samples, samples.lengths)])),
    ),
  };
}

function chosen({ chosen: bySeed }: Gathered): Report['chosen'] {
  const gold = [...bySeed.values()].filter((byPrompt) => byPrompt.size > 0);
  if (gold.length === 0) return null;
  return { goldReward: figureOverSeeds(gold.map((byPrompt) => Float64Array.from(byPrompt.values()))) };
}
