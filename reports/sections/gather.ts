import { trainingFlops, trainingSeconds } from '../../harness/metrics/training-cost.js';
import { type Figure, figureOverSeeds } from '../../harness/stats/interval.js';
import { finished, type StoredExperiment, type StoredRun } from '../../harness/store/read.js';
import type { EvalRow, OutcomeRow } from '../../harness/store/records.js';
import type { RunSpec } from '../../harness/store/spec.js';
import { judgeOf } from './judge.js';
import {
  type PairedSamples,
  pairedGold,
  readAnswers,
  type RunSamples,
  readChosen,
  readEvals,
  readSamples,
  SharedLists,
} from './rows.js';

/** A finished run with its rows, read once. */
export interface Loaded {
  readonly run: StoredRun;
  readonly seed: number;
  readonly samples: RunSamples | null;
  readonly evals: readonly EvalRow[];
}

/** The runs of one variant on one device: runs on different devices are never merged. */
export interface Group {
  /** Label, with the device where the label's runs came from several. */
  readonly name: string;
  readonly stage: string;
  readonly device: string;
  readonly runs: readonly StoredRun[];
  /** Its finished runs. */
  readonly loaded: readonly Loaded[];
}

/** The configurations of one stage on one device. */
export interface Family {
  readonly name: string;
  readonly stage: string;
  readonly device: string;
  readonly groups: readonly Group[];
}

export interface Cost {
  readonly stage: string;
  readonly flops: number;
  readonly seconds: number;
}

/** The stored runs of an experiment, sorted into what a report compares. */
export interface Gathered {
  readonly stored: StoredExperiment;
  readonly done: readonly StoredRun[];
  readonly devices: readonly string[];
  readonly groups: readonly Group[];
  readonly families: readonly Family[];
  /** Compared runs once more with other randomness, by label. */
  readonly controls: readonly Group[];
  /** Gold reward of chosen completions by seed and prompt. */
  readonly chosen: ReadonlyMap<number, ReadonlyMap<string, number>>;
  /** The run that made a run's start, or measured the checkpoint that it is; null for fresh weights. */
  readonly startOf: (entry: Pick<Loaded, 'run'>) => Loaded | null;
  /** Gold rewards of the data's own answers to test prompts, by prompt id; null where it brings none. */
  readonly answersTo: (run: StoredRun) => Readonly<Record<string, number>> | null;
  /**
   * The run's own cost and that of the rewards it used, to train against or to label its pairs; shared stages
   * before them are the same for everybody and not charged.
   */
  readonly costsOf: (run: StoredRun) => readonly Cost[];
  /**
   * The reward that chose among configurations, where the run did not use it anyway: charged to the chosen.
   */
  readonly chooserCostOf: (run: StoredRun) => readonly Cost[];
}

/** What a start is called: by the stage that made it, or as what no stage made. */
export const startName = ({ run: { spec } }: Pick<Loaded, 'run'>): string =>
  spec.kind === 'measure' ? 'checkpoint' : spec.label;

/** Costs together. */
export const total = (costs: readonly Cost[]): Omit<Cost, 'stage'> => ({
  flops: costs.reduce((sum, c) => sum + c.flops, 0),
  seconds: costs.reduce((sum, c) => sum + c.seconds, 0),
});

export const RATE = [0, 1] as const;
export const NOT_NEGATIVE = [0, Number.POSITIVE_INFINITY] as const;

/** Mean of one number per seed, with its interval; what is missing or not finite is left out. */
export const perSeed = (
  values: readonly (number | null | undefined)[],
  bounds?: readonly [number, number],
): Figure | null =>
  figureOverSeeds(
    values.flatMap((v) => (v === null || v === undefined || !Number.isFinite(v) ? [] : [[v]])),
    bounds,
  );

const deviceOf = (run: StoredRun): string =>
  run.outcome === null ? 'none' : `${run.outcome.engine.name}/${run.outcome.engine.device}`;
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Reads every finished run's rows; writes nothing. */
export function gather(stored: StoredExperiment): Gathered {
  const byId = new Map(stored.runs.map((run) => [run.spec.id, run]));
  const input = (id: string | null): StoredRun | null => (id === null ? null : (byId.get(id) ?? null));
  const load = loader(judgeOf(stored)?.canJudge !== false);
  const answers = new Map<string, Readonly<Record<string, number>> | null>();
  const inRole = (role: RunSpec['role']): StoredRun[] => stored.runs.filter((run) => run.spec.role === role);
  const groups = groupsOf(inRole('compared'), load);
  const done = stored.runs.filter(finished);
  const collected = done.filter((run) => run.spec.kind === 'collect');
  return {
    stored,
    done,
    devices: unique(done.map(deviceOf)),
    groups,
    families: familiesOf(groups),
    controls: groupsOf(inRole('control'), load),
    chosen: new Map(collected.map((run) => [run.spec.seed, readChosen(run)])),
    startOf: ({ run }) => {
      const { start, measured } = run.spec.inputs;
      const made = input(start);
      if (made !== null) return load(made);
      // A checkpoint is no stage's: what measured it has its samples.
      const found = start === null ? input(measured ?? null) : null;
      const entry = found === null ? null : load(found);
      return entry === null || entry.samples === null ? null : entry;
    },
    answersTo: ({ spec }) => {
      const id = spec.inputs.measured;
      if (id === undefined) return null;
      const known = answers.get(id) ?? readAnswers(input(id));
      answers.set(id, known);
      return known;
    },
    costsOf: (run) => {
      const { reward, relabel } = run.spec.inputs;
      return costs(run, distinct([reward, relabel ?? null]).map(input));
    },
    chooserCostOf: (run) => {
      const { reward, relabel, proxy, chooser } = run.spec.inputs;
      const by = stored.experiment.tuning?.by ?? 'proxy';
      const chose = by === 'chooser' ? (chooser ?? null) : by === 'proxy' ? (reward ?? proxy) : null;
      const used = [reward, relabel];
      return chose === null || used.includes(chose) ? [] : costs(run, [input(chose)]).slice(1);
    },
  };
}

/**
 * What reads a run's rows when they are first asked for, and holds what many runs share once.
 * @param judged false: what stands for gold is no better than chance, and counts as none
 */
function loader(judged: boolean): (run: StoredRun) => Loaded {
  const lists = new SharedLists();
  const loaded = new Map<string, Loaded>();
  const read = (run: StoredRun): Loaded => {
    const samples = finished(run) ? readSamples(run, lists) : null;
    const evals = finished(run) ? readEvals(run) : [];
    const { seed } = run.spec;
    if (judged) return { run, seed, samples, evals };
    return {
      run,
      seed,
      samples: samples === null ? null : { ...samples, gold: null },
      evals: evals.map((row) => ({ ...row, goldReward: null, winRate: null })),
    };
  };
  return (run) => {
    const entry = loaded.get(run.spec.id) ?? read(run);
    loaded.set(run.spec.id, entry);
    return entry;
  };
}

/** Runs by label, and by device where a label's runs came from several. */
function groupsOf(runs: readonly StoredRun[], load: (run: StoredRun) => Loaded): Group[] {
  return unique(runs.map((run) => run.spec.label)).flatMap((label) => {
    const mine = runs.filter((run) => run.spec.label === label);
    const { stage } = mine[0]!.spec;
    const devices = unique(mine.filter(finished).map(deviceOf));
    const group = (name: string, device: string, members: readonly StoredRun[]): Group => ({
      name,
      stage,
      device,
      runs: members,
      loaded: members.filter(finished).map(load),
    });
    if (devices.length <= 1) return [group(label, devices[0] ?? 'none', mine)];
    return devices.map((device) =>
      group(
        `${label} (${device})`,
        device,
        mine.filter((run) => deviceOf(run) === device),
      ),
    );
  });
}

/** Groups by stage, and by device where a stage's groups came from several. */
function familiesOf(groups: readonly Group[]): Family[] {
  return unique(groups.map((group) => group.stage)).flatMap((stage) => {
    const mine = groups.filter((group) => group.stage === stage);
    const devices = unique(mine.filter(({ loaded }) => loaded.length > 0).map(({ device }) => device));
    if (devices.length <= 1) return [{ name: stage, stage, device: devices[0] ?? 'none', groups: mine }];
    return devices.map((device) => ({
      name: `${stage} (${device})`,
      stage,
      device,
      groups: mine.filter((group) => group.device === device),
    }));
  });
}

const distinct = (ids: readonly (string | null)[]): string[] =>
  unique(ids.filter((id): id is string => id !== null));

/** @param rewards runs of the rewards that it used */
function costs(run: StoredRun, rewards: readonly (StoredRun | null)[]): Cost[] {
  const costOf = (stage: string, outcome: OutcomeRow): Cost => ({
    stage,
    flops: trainingFlops(outcome.ledger),
    seconds: trainingSeconds(outcome),
  });
  return [
    costOf('own training', run.outcome!),
    ...rewards.flatMap((reward) =>
      reward?.outcome == null ? [] : [costOf(`reward model (${reward.spec.label})`, reward.outcome)],
    ),
  ];
}

/** Unordered pairs of what may be compared: on one device, both with finished runs. */
export function pairsOf<T extends { readonly device: string }>(items: readonly T[]): (readonly [T, T])[] {
  return items.flatMap((a, i) =>
    items
      .slice(i + 1)
      .flatMap((b) => (a.device === b.device && a.device !== 'none' ? [[a, b] as const] : [])),
  );
}

/** The samples of runs paired with those of their starts; a run without either is left out. */
export function pairedWithStart(entries: readonly Loaded[], startOf: Gathered['startOf']): PairedSamples[] {
  return entries.flatMap((entry) => {
    const start = startOf(entry);
    return entry.samples === null || start?.samples == null ? [] : [pairedGold(entry.samples, start.samples)];
  });
}
