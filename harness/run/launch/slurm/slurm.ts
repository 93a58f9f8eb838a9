import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { outOf, runPaths, storePaths } from '../../../store/layout.js';
import { readJson } from '../../../store/atomic.js';
import { finished } from '../../../store/read.js';
import type { OutcomeRow } from '../../../store/records.js';
import type { RunSpec } from '../../../store/spec.js';
import type { LaunchOptions, Launcher, LaunchResult } from '../launch.js';
import { Counts } from './counts.js';
import { Found } from './found.js';
import { type JobState, scheduler } from './scheduler.js';
import { askedFor } from './script.js';
import { submit } from './submit.js';
import { Tracked } from './tracked.js';
import { layOutWave, removeHalfWaves, removeWave, type Task, type Wave } from './wave.js';

/** How often Slurm is asked and files are looked at. */
export interface Pace {
  /** Milliseconds between two looks at files. */
  readonly look: number;
  /** Milliseconds between two questions to Slurm while runs end, and the most between two. */
  readonly first: number;
  readonly most: number;
  /** Milliseconds in which runs that are ready gather to one array. */
  readonly gather: number;
}

const PACE: Pace = { look: 500, first: 2000, most: 20_000, gather: 300 };
/** Tasks of an array; sites take 1001 unless they say otherwise. */
const MOST_TASKS = 1000;

/** Runs as jobs of Slurm. */
export interface SlurmLauncher extends Launcher {
  readonly elsewhere: string;
  adopt(spec: RunSpec, runDir: string): Promise<boolean>;
  /** Numbers of the arrays that have tasks which wait or are at work. */
  jobs(): string[];
  /** Ends them. @returns what Slurm says against it */
  cancel(): Promise<string | null>;
  close(): Promise<void>;
}

interface Ready extends Task {
  readonly options: LaunchOptions;
  resolve(result: LaunchResult): void;
  reject(error: unknown): void;
}

/**
 * Submits runs whose inputs are there as arrays, and follows them by their files and by squeue. What is ready
 * at one time and asks for the same is one array; what waits for it is submitted when it is there, so that a
 * run whose input failed is said to be so, and none is left in the queue that can never begin.
 */
export function slurmLauncher(
  say: (note: string) => void,
  options: readonly string[] = [],
  pace: Pace = PACE,
): SlurmLauncher {
  const tracked = new Map<Tracked, Ready>();
  const found = new Map<string, Found>();
  const waves = new Map<string, Wave>();
  let ready: Ready[] = [];
  let gathering: Promise<void> | null = null;
  let following: Promise<void> | null = null;
  let isOver = false;
  /** When Slurm is asked next, milliseconds of the clock. */
  let askAt = 0;

  const follow = (task: Ready, wave: Wave, index: number): void => {
    const { dir } = task;
    tracked.set(new Tracked(wave, index, dir, task.options), task);
    askAt = Math.min(askAt, performance.now() + pace.first);
    following ??= watch().finally(() => {
      following = null;
    });
  };
  const end = (run: Tracked, result: LaunchResult | null): void => {
    if (result === null) return;
    tracked.get(run)?.resolve(result);
    tracked.delete(run);
  };

  /** Submits what has gathered. */
  async function flush(): Promise<void> {
    for (let tasks = await gathered(); tasks.length > 0; tasks = await gathered()) await sendAll(tasks);
    gathering = null;
  }

  async function gathered(): Promise<readonly Ready[]> {
    await sleep(pace.gather);
    const tasks = ready;
    ready = [];
    return tasks;
  }

  async function sendAll(tasks: readonly Ready[]): Promise<void> {
    const alike = new Map<string, Ready[]>();
    for (const task of tasks) {
      if (task.options.signal.aborted) continue;
      const asked = askedFor(task.spec);
      alike.set(asked, [...(alike.get(asked) ?? []), task]);
    }
    for (const [asked, all] of alike) {
      for (let at = 0; at < all.length; at += MOST_TASKS) await send(all.slice(at, at + MOST_TASKS), asked);
    }
  }

  async function send(tasks: readonly Ready[], asked: string): Promise<void> {
    try {
      const wave = await submit(layOutWave(tasks, asked), options, say);
      waves.set(`${wave.out} ${wave.name}`, wave);
      say(`Slurm: job ${wave.job} has ${tasks.length} ${tasks.length === 1 ? 'run' : 'runs'}`);
      for (const [index, task] of tasks.entries()) follow(task, wave, index);
    } catch (error) {
      for (const task of tasks) task.reject(error);
    }
  }

  /** Looks at files, which costs little, and now and then asks Slurm: less often where nothing ends. */
  async function watch(): Promise<void> {
    const told = new Counts(say);
    for (let wait = pace.first; tracked.size > 0 && !isOver; await sleep(pace.look)) {
      for (const run of tracked.keys()) {
        run.listen();
        end(run, run.ended());
      }
      if (performance.now() < askAt || tracked.size === 0) continue;
      const before = tracked.size;
      // More may be submitted before Slurm answers: of these it says nothing.
      const asked = [...tracked.keys()];
      const states = await statesOf(asked);
      if (states !== null) {
        for (const run of asked) if (tracked.has(run)) end(run, await run.told(states.get(run.job)));
        told.tell([...tracked.keys()]);
      }
      wait = tracked.size < before ? pace.first : Math.min(wait * 1.5, pace.most);
      askAt = performance.now() + wait;
    }
  }

  let hasSaid = false;
  async function statesOf(runs: readonly Tracked[]): Promise<Map<string, JobState> | null> {
    if (runs.length === 0) return new Map();
    try {
      const states = await scheduler.states([...new Set(runs.map(({ wave }) => wave.job!))]);
      if (hasSaid) say('Slurm answers again');
      hasSaid = false;
      return states;
    } catch (error) {
      if (!hasSaid) say(`${(error as Error).message}; jobs go on, and are asked for again`);
      hasSaid = true;
      return null;
    }
  }

  const foundIn = async (out: string): Promise<Found> => {
    const isFirst = !found.has(out);
    const known = found.get(out) ?? new Found(out, say);
    if (isFirst) removeHalfWaves(out);
    found.set(out, known);
    await known.ready;
    return known;
  };

  return {
    elsewhere: 'as Slurm jobs',
    async adopt(spec, runDir) {
      return (await foundIn(outOf(runDir))).of(spec.id) !== null;
    },
    async launch(spec, dir, launchOptions) {
      const known = (await foundIn(outOf(dir))).take(spec.id);
      return new Promise<LaunchResult>((resolve, reject) => {
        const { signal } = launchOptions;
        const stopped = (): void => resolve({ exitCode: null, signal: null, printed: '' });
        if (signal.aborted) return stopped();
        signal.addEventListener('abort', stopped, { once: true });
        const task: Ready = { spec, dir, options: launchOptions, resolve, reject };
        if (known !== null) {
          waves.set(`${known.wave.out} ${known.wave.name}`, known.wave);
          return follow(task, known.wave, known.index);
        }
        ready.push(task);
        gathering ??= flush();
      });
    },
    jobs: () => [...new Set([...tracked.keys()].map(({ wave }) => wave.job!))],
    async cancel() {
      const ids = [...tracked.keys()].map(({ job }) => job);
      return ids.length === 0 ? null : scheduler.cancel(ids);
    },
    async close() {
      await gathering; // a job that was submitted is noted
      isOver = true;
      await following;
      for (const known of found.values())
        for (const wave of known.waves) waves.set(`${wave.out} ${wave.name}`, wave);
      for (const wave of waves.values())
        if (wave.runs.every((id) => hasFinished(wave.out, id))) removeWave(wave);
    },
  };
}

function hasFinished(out: string, id: string): boolean {
  const { outcome } = runPaths(storePaths(out).run(id));
  return existsSync(outcome) && finished({ outcome: readJson<OutcomeRow>(outcome) });
}
