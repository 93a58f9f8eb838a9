import { figureOverSeeds, type Figure } from '../harness/stats/interval.js';
import type { StoredExperiment, StoredRun } from '../harness/store/read.js';
import type { EvalRow } from '../harness/store/records.js';
import { readEvals, readSamples, type RunSamples, SharedLists, trainingFlops, trainingSeconds } from './rows.js';

/** A run with its rows, read once. */
export interface Loaded {
  readonly run: StoredRun;
  readonly samples: RunSamples | null;
  readonly evals: readonly EvalRow[];
}

/** The runs of one label on one device: runs on different devices are never merged. */
export interface Group {
  readonly name: string;
  readonly family: string;
  readonly device: string;
  readonly runs: readonly StoredRun[];
  /** Those that finished. */
  readonly loaded: readonly Loaded[];
}

export interface Cost {
  readonly stage: string;
  readonly flops: number;
  readonly seconds: number;
}

export const finished = ({ outcome }: StoredRun): boolean => outcome?.outcome === 'completed' || outcome?.outcome === 'budget-spent' || outcome?.outcome === 'timed-out';
export const deviceOf = (run: StoredRun): string => (run.outcome === null ? 'none' : `${run.outcome.engine.name}/${run.outcome.engine.device}`);
export const seedOf = ({ run }: Loaded): number => run.spec.seed;

export const RATE = [0, 1] as const;
export const NOT_NEGATIVE = [0, Number.POSITIVE_INFINITY] as const;
/** One number a seed; what is missing is left out. */
export const perSeed = (values: readonly (number | null | undefined)[], bounds?: readonly [number, number]): Figure | null =>
  figureOverSeeds(values.flatMap((v) => (v === null || v === undefined || !Number.isFinite(v) ? [] : [[v]])), bounds);

/** The stored runs of an experiment, each read at most once. */
export class Results {
  readonly groups: readonly Group[];
  readonly controls: readonly Group[];
  private readonly byId: ReadonlyMap<string, StoredRun>;
  private readonly loaded = new Map<string, Loaded>();
  private readonly lists = new SharedLists();

  constructor(readonly stored: StoredExperiment) {
    this.byId = new Map(stored.runs.map((run) => [run.spec.id, run]));
    this.groups = this.grouped('compared');
    this.controls = this.grouped('control');
  }

  get done(): readonly StoredRun[] {
    return this.stored.runs.filter(finished);
  }

  load(run: StoredRun): Loaded {
    let entry = this.loaded.get(run.spec.id);
    if (entry === undefined) this.loaded.set(run.spec.id, (entry = { run, samples: finished(run) ? readSamples(run, this.lists) : null, evals: finished(run) ? readEvals(run) : [] }));
    return entry;
  }

  /** What a run started from. */
  startOf({ spec }: StoredRun): Loaded | null {
    const start = spec.inputs.start === null ? undefined : this.byId.get(spec.inputs.start);
    return start === undefined ? null : this.load(start);
  }

  /** A run's own cost and that of the reward it used. Shared stages before both are the same for everybody and not charged. */
  costsOf(run: StoredRun): Cost[] {
    const own = { stage: 'own training', flops: trainingFlops(run.outcome!.ledger), seconds: trainingSeconds(run.outcome!) };
    const reward = run.spec.inputs.reward === null ? undefined : this.byId.get(run.spec.inputs.reward);
    if (reward?.outcome == null) return [own];
    return [own, { stage: `reward model (${reward.spec.label})`, flops: trainingFlops(reward.outcome.ledger), seconds: trainingSeconds(reward.outcome) }];
  }

  private grouped(role: 'compared' | 'control'): Group[] {
    const runs = this.stored.runs.filter((run) => run.spec.role === role);
    return [...new Set(runs.map((run) => run.spec.label))].flatMap((label): Group[] => {
      const mine = runs.filter((run) => run.spec.label === label);
      const family = mine[0]!.spec.stage;
      const devices = [...new Set(mine.filter(finished).map(deviceOf))];
      const loaded = (device: string): Loaded[] => mine.filter((r) => finished(r) && deviceOf(r) === device).map((r) => this.load(r));
      if (devices.length <= 1) return [{ name: label, family, device: devices[0] ?? 'none', runs: mine, loaded: loaded(devices[0] ?? 'none') }];
      return devices.map((device) => ({ name: `${label} (${device})`, family: `${family} (${device})`, device, runs: mine.filter((r) => deviceOf(r) === device), loaded: loaded(device) }));
    });
  }
}
