import { trainingFlops, trainingSeconds } from '../../harness/metrics/training-cost.js';
import { figureOverSeeds } from '../../harness/stats/interval.js';
import { finished, type StoredExperiment, type StoredRun } from '../../harness/store/read.js';
import { algorithmRow } from './algorithms.js';
import { matchedCompute, staircases } from './compute.js';
import { control } from './control.js';
import { curve, isStart } from './curves.js';
import { deviations } from './deviations.js';
import { familyEntrants } from './entrants.js';
import { familyRow } from './families.js';
import { familyFrontier } from './frontier.js';
import { gather, type Gathered, type Loaded, NOT_NEGATIVE, perSeed, RATE } from './gather.js';
import { headToHead } from './head-to-head.js';
import { matched } from './matched.js';
import { REPORT_VERSION, type Report } from '../report/model.js';
import { notes } from './notes.js';
import { power } from './power.js';
import { profiles } from './profiles.js';
import { ranking } from './ranking.js';
import { sampleSets } from './samples.js';
import { scores } from './scores.js';
import { verdicts } from './verdicts.js';

function judgeOf({ stored, done }: Gathered): Report['judge'] {
  const name = stored.experiment.evaluation?.judge ?? null;
  if (name === null) return null;
  return { name, accuracy: perSeed(done.filter((run) => run.spec.stage === name).map((run) => run.outcome!.summary['test/accuracy']), RATE) };
}

/** Turns stored runs into the report's figures. Pure: reads the store, writes nothing. */
export function assemble(stored: StoredExperiment): Report {
  const gathered = gather(stored);
  const { groups, families, done, chosen } = gathered;
  const scored = scores(gathered);
  const frontiers = families.map((family) => familyFrontier(family, gathered));
  const starts = startsOf(gathered);
  const chosenGold = [...chosen.values()].filter((m) => m.size > 0).map((m) => Float64Array.from(m.values()));
  const first = done[0]?.outcome;
  const report = {
    schemaVersion: REPORT_VERSION,
    name: stored.experiment.name,
    description: stored.experiment.description,
    experimentHash: stored.hash,
    seeds: stored.experiment.seeds,
    dataset: { name: stored.experiment.dataset.name, params: stored.runs[0]?.spec.dataset.params ?? stored.experiment.dataset.params },
    policy: { ...stored.experiment.policy },
    environment: first === null || first === undefined ? null : { ...first.clock.environment, engine: first.engine.name, device: first.engine.device, engineReason: first.engine.reason, parameters: done.find((r) => r.outcome!.parameters > 0)?.outcome?.parameters ?? 0 },
    reference: reference(starts, gathered),
    judge: judgeOf(gathered),
    chosen: chosenGold.length === 0 ? null : { goldReward: figureOverSeeds(chosenGold) },
    algorithms: groups.map((group) => algorithmRow(group, gathered, scored)),
    headToHead: headToHead(gathered),
    families: families.map((family) => familyRow(family, gathered, frontiers)),
    matchedKl: matched(frontiers, scored.scale),
    matchedCompute: matchedCompute(familyEntrants(families).map((entrant) => staircases({ ...entrant, name: entrant.family }, gathered))),
    ranking: ranking(gathered),
    control: control(gathered),
    power: power(gathered),
    profiles: profiles(gathered, scored),
    curves: groups.flatMap(curve),
    rewardModels: rewardModels(done),
    sharedStages: sharedStages(stored.runs),
    samples: sampleSets(groups, starts[0]),
    failures: failures(stored.runs),
    deviations: deviations(gathered),
    notes: notes(gathered),
  };
  return { ...report, verdicts: verdicts(report) };
}

/** The runs that compared ones started from. */
const startsOf = ({ groups, startOf }: Gathered): Loaded[] => [...new Map(groups.flatMap(({ runs }) => runs.flatMap((run) => startOf({ run }) ?? [])).map((start) => [start.run.spec.id, start])).values()];

function reference(starts: readonly Loaded[], { groups }: Gathered): Report['reference'] {
  if (starts.length === 0) return null;
  const bySeed = new Map<number, number | undefined>(); // of one run per seed: they all start from the same policy
  for (const { seed, evals } of groups.flatMap((g) => g.loaded)) if (bySeed.get(seed) === undefined) bySeed.set(seed, evals.find(isStart)?.proxyReward?.mean);
  return {
    name: starts[0]!.run.spec.label,
    goldReward: figureOverSeeds(starts.flatMap(({ samples }) => (samples?.gold == null ? [] : [samples.gold]))),
    proxyReward: perSeed([...bySeed.values()]),
    length: figureOverSeeds(starts.flatMap(({ samples }) => (samples === null ? [] : [samples.lengths]))),
  };
}

function rewardModels(done: readonly StoredRun[]): Report['rewardModels'] {
  const rewards = done.filter((run) => Object.keys(run.outcome!.summary).some((k) => k.startsWith('test/')));
  return [...new Set(rewards.map((r) => r.spec.label))].map((label) => {
    const runs = rewards.filter((r) => r.spec.label === label);
    const keys = [...new Set(runs.flatMap((r) => Object.keys(r.outcome!.summary)))].sort();
    return { name: label, runs: runs.length, figures: Object.fromEntries(keys.flatMap((k) => { const f = perSeed(runs.map((r) => r.outcome!.summary[k])); return f === null ? [] : [[k, f]]; })) };
  });
}

function sharedStages(all: readonly StoredRun[]): Report['sharedStages'] {
  const shared = all.filter((run) => run.spec.role === 'shared');
  return [...new Set(shared.map((run) => run.spec.label))].map((label) => {
    const runs = shared.filter((r) => r.spec.label === label && finished(r));
    return { stage: label, runs: runs.length, flops: perSeed(runs.map((r) => trainingFlops(r.outcome!.ledger)), NOT_NEGATIVE), seconds: perSeed(runs.map((r) => trainingSeconds(r.outcome!)), NOT_NEGATIVE) };
  });
}

function failures(all: readonly StoredRun[]): Report['failures'] {
  return all.flatMap((run) => {
    if (finished(run) && run.outcome!.outcome !== 'timed-out') return [];
    const { outcome } = run;
    const cause = outcome === null ? 'no outcome was written: still running, or killed; tiltyard resume goes on with it' : (outcome.cause?.message ?? (outcome.outcome === 'timed-out' ? 'stopped at its time budget' : ''));
    return [{ run: run.spec.id, label: run.spec.label, seed: run.spec.seed, outcome: outcome?.outcome ?? 'unfinished', cause }];
  });
}
