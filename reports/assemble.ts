import { softWins, wins } from '../harness/metrics/win-rate.js';
import { type Figure, figureOverSeeds } from '../harness/stats/interval.js';
import type { StoredExperiment, StoredRun } from '../harness/store/read.js';
import type { EvalRow } from '../harness/store/records.js';
import { atEqualKl, type FrontierPoint } from './matched.js';
import { type AlgorithmRow, type CurvePoint, type HeadToHead, type MatchedComparison, preferredKl, REPORT_VERSION, type Report, type SampleSet, type StageCost } from './model.js';
import { pairedGold, readChosen, readEvals, readSamples, type RunSamples, SharedLists, trainingFlops, trainingSeconds } from './rows.js';
import { verdicts } from './verdicts.js';

/** A run with its rows, read once. */
interface Loaded {
  readonly run: StoredRun;
  readonly samples: RunSamples | null;
  readonly evals: readonly EvalRow[];
}

const finished = ({ outcome }: StoredRun): boolean => outcome?.outcome === 'completed' || outcome?.outcome === 'budget-spent' || outcome?.outcome === 'timed-out';
const RATE = [0, 1] as const;
const NOT_NEGATIVE = [0, Number.POSITIVE_INFINITY] as const;
const perSeed = (values: readonly (number | null | undefined)[], bounds?: readonly [number, number]): Figure | null =>
  figureOverSeeds(values.flatMap((v) => (v === null || v === undefined || !Number.isFinite(v) ? [] : [[v]])), bounds);

/** Turns stored runs into the report's figures. Pure: reads the store, writes nothing. */
export function assemble(stored: StoredExperiment): Report {
  const byId = new Map(stored.runs.map((run) => [run.spec.id, run]));
  const loaded = new Map<string, Loaded>();
  const lists = new SharedLists();
  const load = (run: StoredRun): Loaded => {
    let entry = loaded.get(run.spec.id);
    if (entry === undefined) loaded.set(run.spec.id, (entry = { run, samples: finished(run) ? readSamples(run, lists) : null, evals: finished(run) ? readEvals(run) : [] }));
    return entry;
  };
  const compared = stored.runs.filter((run) => run.spec.role === 'compared');
  const labels = [...new Set(compared.map((run) => run.spec.label))];
  const done = stored.runs.filter(finished);
  const devices = [...new Set(done.map((run) => deviceOf(run)))];
  const chosenOf = new Map<number, ReadonlyMap<string, number>>();
  for (const run of done) if (run.spec.kind === 'collect') chosenOf.set(run.spec.seed, readChosen(run));
  const startOf = (run: StoredRun): Loaded | null => {
    const start = run.spec.inputs.start === null ? undefined : byId.get(run.spec.inputs.start);
    return start === undefined ? null : load(start);
  };

  // Runs on different devices are never merged: each label is split by device.
  const groups = labels.flatMap((label) => {
    const runs = compared.filter((run) => run.spec.label === label);
    const mine = [...new Set(runs.filter(finished).map(deviceOf))];
    if (mine.length <= 1) return [{ name: label, device: mine[0] ?? 'none', runs, loaded: runs.filter(finished).map(load) }];
    return mine.map((device) => ({ name: `${label} (${device})`, device, runs: runs.filter((r) => deviceOf(r) === device), loaded: runs.filter((r) => finished(r) && deviceOf(r) === device).map(load) }));
  });

  const algorithms = groups.map(({ name, device, runs, loaded: mine }): AlgorithmRow => {
    const gold = mine.flatMap(({ samples }) => (samples?.gold == null ? [] : [samples.gold]));
    const againstStart = mine.flatMap((entry) => {
      const start = startOf(entry.run);
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
    const costs = mine.map(({ run }) => costsOf(run, byId));
    const missing: string[] = [];
    if (mine.length === 0) missing.push('no run of this algorithm finished');
    else if (gold.length === 0) missing.push('no gold reward: the dataset has none');
    if (mine.length > 0 && againstStart.length === 0) missing.push('no comparison with the start: no stage was started from, or it has no samples');
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
      goldDifference: figureOverSeeds(againstStart.map(({ a, b }) => a.map((x, i) => x - b[i]!))),
      winRate: { vsReference: figureOverSeeds(againstStart.map(({ a, b }) => wins(a, b)), RATE), vsChosen: figureOverSeeds(againstChosen, RATE), lengthControlled: null },
      aggregate: { interquartileMean: null, improvement: null, optimalityGap: null },
      kl: { sequence: perSeed(kls.map((k) => k?.mean), NOT_NEGATIVE), estimator: kls.find((k) => k !== null)?.name ?? null },
      proxyReward: figureOverSeeds(proxies),
      proxyDifference: perSeed(proxyRise),
      length: figureOverSeeds(mine.flatMap(({ samples }) => (samples === null ? [] : [samples.lengths]))),
      exact: { goldReward: perSeed(finals.map((e) => e?.exact?.goldReward)), frontierEfficiency: perSeed(finals.map((e) => e?.exact?.frontierEfficiency)), regret: perSeed(finals.map((e) => e?.exact?.regret)) },
      compute: {
        flops: perSeed(costs.map((c) => c.reduce((sum, s) => sum + s.flops, 0)), NOT_NEGATIVE),
        seconds: perSeed(costs.map((c) => c.reduce((sum, s) => sum + s.seconds, 0)), NOT_NEGATIVE),
        peakMemoryBytes: perSeed(mine.map(({ run }) => run.outcome!.clock.peakRssBytes), NOT_NEGATIVE),
        tokensTrained: perSeed(mine.map(({ run }) => run.outcome!.ledger.tokensTrained), NOT_NEGATIVE),
        tokensGenerated: perSeed(mine.map(({ run }) => run.outcome!.ledger.tokensGenerated), NOT_NEGATIVE),
        modelCopies: mine[0]?.run.outcome?.ledger.modelCopies ?? null,
        stages: stageCosts(costs),
      },
      missing,
    };
  });

  const headToHead: HeadToHead[] = [];
  for (let i = 0; i < groups.length; i++) {
    for (let j = i + 1; j < groups.length; j++) {
      const [a, b] = [groups[i]!, groups[j]!];
      if (a.device !== b.device && a.loaded.length > 0 && b.loaded.length > 0) continue;
      const pairs = a.loaded.flatMap((x) => {
        const y = b.loaded.find((l) => l.run.spec.seed === x.run.spec.seed);
        return x.samples === null || y?.samples == null ? [] : [pairedGold(x.samples, y.samples)];
      });
      headToHead.push({
        a: a.name,
        b: b.name,
        winRate: figureOverSeeds(pairs.map((p) => wins(p.a, p.b)), RATE),
        softWinRate: figureOverSeeds(pairs.map((p) => softWins(p.a, p.b)), RATE),
        goldDifference: figureOverSeeds(pairs.map((p) => p.a.map((x, k) => x - p.b[k]!))),
        adjustedP: null,
      });
    }
  }

  const starts = [...new Map(compared.flatMap((run) => (startOf(run) === null ? [] : [[startOf(run)!.run.spec.id, startOf(run)!] as const]))).values()];
  const chosenGold = [...chosenOf.values()].filter((m) => m.size > 0).map((m) => Float64Array.from(m.values()));
  const startProxies = compared.filter((r) => r.spec.inputs.reward !== null && finished(r)).map((r) => load(r).evals.find((e) => e.step === 0 && e.split === 'validation')?.proxyReward?.mean);
  const rewards = done.filter((run) => Object.keys(run.outcome!.summary).some((k) => k.startsWith('test/')));
  const shared = stored.runs.filter((run) => run.spec.role === 'shared');
  const sharedLabels = [...new Set(shared.map((run) => run.spec.label))];
  const first = done[0]?.outcome;
  const report: Report = {
    schemaVersion: REPORT_VERSION,
    name: stored.experiment.name,
    description: stored.experiment.description,
    experimentHash: stored.hash,
    seeds: stored.experiment.seeds,
    dataset: { name: stored.experiment.dataset.name, params: stored.runs[0]?.spec.dataset.params ?? stored.experiment.dataset.params },
    policy: { ...stored.experiment.policy },
    environment: first === null || first === undefined ? null : { ...first.clock.environment, engine: first.engine.name, device: first.engine.device, engineReason: first.engine.reason, parameters: done.find((r) => r.outcome!.parameters > 0)?.outcome?.parameters ?? 0 },
    verdicts: [],
    reference:
      starts.length === 0
        ? null
        : {
            name: starts[0]!.run.spec.label,
            goldReward: figureOverSeeds(starts.flatMap(({ samples }) => (samples?.gold == null ? [] : [samples.gold]))),
            proxyReward: perSeed(startProxies),
            length: figureOverSeeds(starts.flatMap(({ samples }) => (samples === null ? [] : [samples.lengths]))),
          },
    chosen: chosenGold.length === 0 ? null : { goldReward: figureOverSeeds(chosenGold) },
    algorithms,
    headToHead,
    families: [],
    matchedKl: matched(groups),
    matchedCompute: [],
    ranking: [],
    control: { pairs: [], falseAlarms: null, reason: null },
    power: { delta: 0.02, seeds: null, prompts: null, deviation: null, correlation: null },
    profiles: [],
    curves: groups.flatMap(({ name, loaded: mine }) => curve(name, mine)),
    rewardModels: [...new Set(rewards.map((r) => r.spec.label))].map((label) => {
      const runs = rewards.filter((r) => r.spec.label === label);
      const keys = [...new Set(runs.flatMap((r) => Object.keys(r.outcome!.summary)))].sort();
      return { name: label, runs: runs.length, figures: Object.fromEntries(keys.flatMap((k) => { const f = perSeed(runs.map((r) => r.outcome!.summary[k])); return f === null ? [] : [[k, f]]; })) };
    }),
    sharedStages: sharedLabels.map((label) => {
      const runs = shared.filter((r) => r.spec.label === label && finished(r));
      return { stage: label, runs: runs.length, flops: perSeed(runs.map((r) => trainingFlops(r.outcome!.ledger)), NOT_NEGATIVE), seconds: perSeed(runs.map((r) => trainingSeconds(r.outcome!)), NOT_NEGATIVE) };
    }),
    samples: sampleSets(groups.map(({ name, loaded: mine }) => ({ name, samples: mine[0]?.samples ?? null })), starts[0]),
    failures: stored.runs.flatMap((run) => {
      if (finished(run) && run.outcome!.outcome !== 'timed-out') return [];
      const { outcome } = run;
      const cause = outcome === null ? 'no outcome was written: still running, or killed; tiltyard resume goes on with it' : (outcome.cause?.message ?? (outcome.outcome === 'timed-out' ? 'stopped at its time budget' : ''));
      return [{ run: run.spec.id, label: run.spec.label, seed: run.spec.seed, outcome: outcome?.outcome ?? 'unfinished', cause }];
    }),
    deviations: [],
    notes: notes(stored, done, devices),
  };
  return { ...report, verdicts: verdicts(report) };
}

const deviceOf = (run: StoredRun): string => (run.outcome === null ? 'none' : `${run.outcome.engine.name}/${run.outcome.engine.device}`);

interface Cost {
  readonly stage: string;
  readonly flops: number;
  readonly seconds: number;
}

/** A run's own cost and that of the reward it used. Shared stages before both are the same for everybody and not charged. */
function costsOf(run: StoredRun, byId: ReadonlyMap<string, StoredRun>): Cost[] {
  const own = { stage: 'own training', flops: trainingFlops(run.outcome!.ledger), seconds: trainingSeconds(run.outcome!) };
  const reward = run.spec.inputs.reward === null ? undefined : byId.get(run.spec.inputs.reward);
  if (reward?.outcome == null) return [own];
  return [own, { stage: `reward model (${reward.spec.label})`, flops: trainingFlops(reward.outcome.ledger), seconds: trainingSeconds(reward.outcome) }];
}

function stageCosts(costs: readonly (readonly Cost[])[]): StageCost[] {
  const names = [...new Set(costs.flatMap((c) => c.map((s) => s.stage)))];
  return names.map((stage) => ({
    stage,
    flops: perSeed(costs.map((c) => c.find((s) => s.stage === stage)?.flops), NOT_NEGATIVE),
    seconds: perSeed(costs.map((c) => c.find((s) => s.stage === stage)?.seconds), NOT_NEGATIVE),
  }));
}

/** Validation curve averaged over the seeds that reached each step; a sampler's single point comes from its test evaluation. */
function curve(name: string, runs: readonly Loaded[]): CurvePoint[] {
  const points = runs.flatMap(({ evals }) => {
    const validation = evals.filter((e) => e.split === 'validation');
    return validation.length > 0 ? validation : evals;
  });
  const steps = [...new Set(points.map((p) => p.step))].sort((a, b) => a - b);
  const average = (values: readonly (number | undefined)[]): number | null => {
    const known = values.filter((v): v is number => v !== undefined);
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
  };
  return steps.map((step) => {
    const here = points.filter((p) => p.step === step);
    return {
      name,
      step,
      goldReward: average(here.map((p) => p.goldReward?.mean)),
      proxyReward: average(here.map((p) => p.proxyReward?.mean)),
      winRate: average(here.map((p) => p.winRate?.mean)),
      kl: average(here.map((p) => preferredKl(p.kl)?.mean)),
      length: average(here.map((p) => p.length.mean)),
      goldCi: perSeed(here.map((p) => p.goldReward?.mean))?.ci ?? null,
      flops: average(here.map((p) => p.flops)) ?? 0,
      seconds: average(here.map((p) => p.clock.trainSeconds)) ?? 0,
      seeds: here.length,
    };
  });
}

/** Every pair on one device; samplers have a single point and no curve. */
function matched(groups: readonly { readonly name: string; readonly device: string; readonly loaded: readonly Loaded[] }[]): MatchedComparison[] {
  const traced = groups.map(({ name, device, loaded }) => ({
    name,
    device,
    curves: new Map(
      loaded.map(({ run, evals }) => [
        run.spec.seed,
        evals.flatMap((e): FrontierPoint[] => {
          const kl = e.split === 'validation' ? preferredKl(e.kl)?.mean : undefined;
          return kl === undefined || e.goldReward === null ? [] : [{ kl, gold: e.goldReward.mean }];
        }),
      ]),
    ),
  }));
  return traced.flatMap((a, i) => traced.slice(i + 1).flatMap((b) => (a.device === b.device ? (atEqualKl(a, b) ?? []) : [])));
}

const SHOWN_PROMPTS = 6;

function sampleSets(groups: readonly { name: string; samples: RunSamples | null }[], start: Loaded | undefined): SampleSet[] {
  const all = [...(start?.samples == null ? [] : [{ name: `${start.run.spec.label} (start)`, samples: start.samples }]), ...groups.flatMap((g) => (g.samples === null ? [] : [{ name: g.name, samples: g.samples }]))];
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

function notes(stored: StoredExperiment, done: readonly StoredRun[], devices: readonly string[]): string[] {
  const out: string[] = [];
  const n = stored.experiment.seeds.length;
  if (n === 1) out.push('One pipeline seed: intervals come from prompts alone and say nothing about another draw of data or weights.');
  else if (n < 10) out.push(`${n} pipeline seeds: intervals are Student t over the seeds' means. Ten seeds or more are needed for intervals a paper should rest on.`);
  out.push('Every figure is paired by seed, prompt and decoding randomness. KL is against the starting policy, in nats per sequence, at temperature 1.');
  out.push('Compute is what an algorithm adds: its own training and rollouts, and the training of the reward it uses. Shared stages (listed apart) and evaluation are not charged.');
  if (done.some((run) => run.outcome!.clock.concurrent)) out.push('Runs shared the cores: clock times are concurrent and comparable only among themselves; FLOPs are not affected.');
  if (devices.length > 1) out.push(`Runs came from different devices (${devices.join(', ')}); they are listed apart and never merged.`);
  return out;
}
