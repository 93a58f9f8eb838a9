import { figureOverSeeds } from '../harness/stats/interval.js';
import type { StoredExperiment } from '../harness/store/read.js';
import { algorithmRow } from './algorithm.js';
import { matchedCompute } from './compute.js';
import { control } from './control.js';
import { curve } from './curves.js';
import { deviations } from './deviations.js';
import { entriesOf, startEntry } from './entries.js';
import { familiesOf, familyRows } from './families.js';
import { headToHead } from './head-to-head.js';
import { deviceOf, finished, type Group, type Loaded, NOT_NEGATIVE, perSeed, Results } from './loaded.js';
import { matchedKl } from './matched.js';
import { REPORT_VERSION, type Report, type SampleSet } from './model.js';
import { power } from './power.js';
import { ranking } from './ranking.js';
import { readChosen, trainingFlops, trainingSeconds } from './rows.js';
import { aggregate, profiles, scale, scoresOf } from './scores.js';
import { verdicts } from './verdicts.js';

/** Two algorithms match where they differ by less than this share of what the best one gains. */
const MARGIN = 0.02;

/** Turns stored runs into the report's figures. Pure: reads the store, writes nothing. */
export function assemble(stored: StoredExperiment): Report {
  const results = new Results(stored);
  const { groups, controls, done } = results;
  const families = familiesOf(results);
  const entries = entriesOf(families);
  const start = startEntry(entries, results);
  const scores = scoresOf(groups, results);
  const gain = scale(scores);
  const chosenOf = new Map(done.filter((run) => run.spec.kind === 'collect').map((run) => [run.spec.seed, readChosen(run)]));
  const algorithms = groups.map((g) => algorithmRow(g, results, chosenOf, aggregate(scores.get(g.name) ?? [])));
  const first = done[0]?.outcome ?? null;
  const report: Omit<Report, 'verdicts'> = {
    schemaVersion: REPORT_VERSION,
    name: stored.experiment.name,
    description: stored.experiment.description,
    experimentHash: stored.hash,
    seeds: stored.experiment.seeds,
    dataset: { name: stored.experiment.dataset.name, params: stored.runs[0]?.spec.dataset.params ?? stored.experiment.dataset.params },
    policy: { ...stored.experiment.policy },
    environment: first === null ? null : { ...first.clock.environment, engine: first.engine.name, device: first.engine.device, engineReason: first.engine.reason, parameters: done.find((r) => r.outcome!.parameters > 0)?.outcome?.parameters ?? 0 },
    reference: referenceOf(results),
    chosen: chosenGold(chosenOf),
    algorithms,
    headToHead: headToHead(entries),
    families: familyRows(families, results),
    matchedKl: matchedKl(families, gain === null ? null : MARGIN * gain),
    matchedCompute: matchedCompute(families),
    ranking: ranking(start, entries),
    control: control(groups, controls),
    power: power(start, entries),
    profiles: profiles(scores),
    curves: groups.flatMap(curve),
    rewardModels: rewardModels(results),
    sharedStages: sharedStages(results),
    samples: sampleSets(groups, starts(results)[0]),
    failures: failures(stored),
    deviations: deviations(results),
    notes: notes(results),
  };
  return { ...report, verdicts: verdicts(report) };
}

const starts = (results: Results): Loaded[] =>
  [...new Map(results.groups.flatMap((g) => g.runs.flatMap((run) => { const start = results.startOf(run); return start === null ? [] : [[start.run.spec.id, start] as const]; }))).values()];

function referenceOf(results: Results): Report['reference'] {
  const found = starts(results);
  if (found.length === 0) return null;
  const proxies = results.groups.flatMap((g) => g.loaded.map(({ evals }) => evals.find((e) => e.step === 0 && e.split === 'validation' && e.kl.sampler === null)?.proxyReward?.mean));
  return {
    name: found[0]!.run.spec.label,
    goldReward: figureOverSeeds(found.flatMap(({ samples }) => (samples?.gold == null ? [] : [samples.gold]))),
    proxyReward: perSeed(proxies),
    length: figureOverSeeds(found.flatMap(({ samples }) => (samples === null ? [] : [samples.lengths]))),
  };
}

function chosenGold(chosenOf: ReadonlyMap<number, ReadonlyMap<string, number>>): Report['chosen'] {
  const known = [...chosenOf.values()].filter((m) => m.size > 0).map((m) => Float64Array.from(m.values()));
  return known.length === 0 ? null : { goldReward: figureOverSeeds(known) };
}

function rewardModels({ done }: Results): Report['rewardModels'] {
  const rewards = done.filter((run) => Object.keys(run.outcome!.summary).some((k) => k.startsWith('test/')));
  return [...new Set(rewards.map((r) => r.spec.label))].map((label) => {
    const runs = rewards.filter((r) => r.spec.label === label);
    const keys = [...new Set(runs.flatMap((r) => Object.keys(r.outcome!.summary)))].sort();
    return { name: label, runs: runs.length, figures: Object.fromEntries(keys.flatMap((k) => { const f = perSeed(runs.map((r) => r.outcome!.summary[k])); return f === null ? [] : [[k, f]]; })) };
  });
}

function sharedStages({ stored }: Results): Report['sharedStages'] {
  const shared = stored.runs.filter((run) => run.spec.role === 'shared');
  return [...new Set(shared.map((run) => run.spec.label))].map((label) => {
    const runs = shared.filter((r) => r.spec.label === label && finished(r));
    return { stage: label, runs: runs.length, flops: perSeed(runs.map((r) => trainingFlops(r.outcome!.ledger)), NOT_NEGATIVE), seconds: perSeed(runs.map((r) => trainingSeconds(r.outcome!)), NOT_NEGATIVE) };
  });
}

const SHOWN_PROMPTS = 6;

function sampleSets(groups: readonly Group[], start: Loaded | undefined): SampleSet[] {
  const all = [...(start?.samples == null ? [] : [{ name: `${start.run.spec.label} (start)`, samples: start.samples }]), ...groups.flatMap((g) => { const samples = g.loaded[0]?.samples; return samples == null ? [] : [{ name: g.name, samples }]; })];
  const first = all[0]?.samples;
  if (first === undefined) return [];
  return first.keys.slice(0, SHOWN_PROMPTS).map((key, i) => ({
    prompt: first.prompts[i]!,
    completions: all.flatMap(({ name, samples }) => {
      const at = samples.index.get(key);
      return at === undefined || at >= samples.texts.length ? [] : [{ name, text: samples.texts[at]!, gold: samples.gold?.[at] ?? null }];
    }),
  }));
}

function failures(stored: StoredExperiment): Report['failures'] {
  return stored.runs.flatMap((run) => {
    if (finished(run) && run.outcome!.outcome !== 'timed-out') return [];
    const { outcome } = run;
    const cause = outcome === null ? 'no outcome was written: still running, or killed; tiltyard resume goes on with it' : (outcome.cause?.message ?? (outcome.outcome === 'timed-out' ? 'stopped at its time budget' : ''));
    return [{ run: run.spec.id, label: run.spec.label, seed: run.spec.seed, outcome: outcome?.outcome ?? 'unfinished', cause }];
  });
}

function notes({ stored, done, groups }: Results): string[] {
  const out: string[] = [];
  const n = stored.experiment.seeds.length;
  const devices = [...new Set(done.map(deviceOf))];
  if (n === 1) out.push('One pipeline seed: intervals come from prompts alone and say nothing about another draw of data or weights.');
  else if (n < 10) out.push(`${n} pipeline seeds: intervals are Student t over the seeds' means. Ten seeds or more are needed for intervals a paper should rest on.`);
  out.push('Ahead and behind mean that the 95 % interval of the difference excludes 0 and, where several pairs are compared, that its p-value stays below 5 % after Holm\'s correction over all pairs of that kind. A match needs two one-sided tests within 2 % of what the best algorithm gains; everything else is not told apart.');
  out.push('Every figure is paired by seed, prompt and decoding randomness. KL is against the starting policy, in nats per sequence, at temperature 1.');
  if (new Set(groups.map((g) => g.family)).size < groups.length) out.push('Configurations are chosen by the learned reward on validation prompts, never by the gold reward, and reported on fresh test prompts. The chosen ones go head to head. A frontier takes at every KL the configuration with the highest learned reward there.');
  out.push('Compute is what an algorithm adds: its own training and rollouts, and the training of the reward it uses. Shared stages (listed apart) and evaluation are not charged.');
  if (done.some((run) => run.outcome!.clock.concurrent)) out.push('Runs shared the cores: clock times are concurrent and comparable only among themselves; FLOPs are not affected.');
  if (devices.length > 1) out.push(`Runs came from different devices (${devices.join(', ')}); they are listed apart and never merged.`);
  return out;
}
