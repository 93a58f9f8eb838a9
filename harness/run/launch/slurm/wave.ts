import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { readJson, writeJsonAtomic, writeTextAtomic } from '../../../store/atomic.js';
import { clusterPaths, outOf, storePaths } from '../../../store/layout.js';
import type { StoredRun } from '../../../store/read.js';
import type { RunSpec } from '../../../store/spec.js';
import { scriptOf } from './script.js';

/** A run as a job has it. It works by this, whatever becomes of the run's own plan meanwhile. */
export type Task = Pick<StoredRun, 'spec' | 'dir'>;

/** Runs that were submitted together, task by task of an array. */
export interface Wave {
  /** The output folder. */
  readonly out: string;
  readonly name: string;
  /** What its jobs are called: no other is. */
  readonly jobName: string;
  /** Ids of the runs. */
  readonly runs: readonly string[];
  /** Number of the array; null while none is known, though it may have been submitted. */
  readonly job: string | null;
}

/** Writes what a wave's jobs need, before they are submitted. */
export function layOutWave(tasks: readonly Task[], asked: string): Wave {
  const out = outOf(tasks[0]!.dir);
  const stamp = new Date().toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  const name = `${stamp}-${randomBytes(4).toString('hex')}`;
  const paths = clusterPaths(out).wave(name);
  for (const [index, task] of tasks.entries()) writeTextAtomic(paths.task(index), JSON.stringify(task.spec));
  mkdirSync(clusterPaths(out).jobs, { recursive: true });
  writeTextAtomic(paths.script, scriptOf(asked, out, name));
  const runs = tasks.map(({ spec }) => spec.id);
  const wave = { out, name, jobName: `tiltyard-${name}`, runs, job: null };
  writeJsonAtomic(paths.wave, wave);
  return wave;
}

/** Notes its job. */
export function submitted(wave: Wave, job: string): Wave {
  const now = { ...wave, job };
  writeJsonAtomic(clusterPaths(wave.out).wave(wave.name).wave, now);
  return now;
}

/** What a task of a wave is to work on. */
export function taskOf(out: string, wave: string, index: number): Task {
  const spec = readJson<RunSpec>(clusterPaths(out).wave(wave).task(index));
  return { spec, dir: storePaths(out).run(spec.id) };
}

/** Waves of an output folder that have not been removed, oldest first. */
export function wavesIn(out: string): Wave[] {
  const { waves, wave } = clusterPaths(out);
  if (!existsSync(waves)) return [];
  const found = readdirSync(waves).sort();
  return found.flatMap((name) => {
    const path = wave(name).wave;
    return existsSync(path) ? [{ ...readJson<Wave>(path), out, name }] : [];
  });
}

/** Removes what a kill left of a wave before it was wholly written, and so never submitted. */
export function removeHalfWaves(out: string): void {
  const { waves, wave } = clusterPaths(out);
  for (const name of existsSync(waves) ? readdirSync(waves) : [])
    if (!existsSync(wave(name).wave)) rmSync(wave(name).folder, { recursive: true, force: true });
}

/** Removes what nobody needs any more. */
export function removeWave({ out, name }: Wave): void {
  const { dir, waves, wave } = clusterPaths(out);
  rmSync(wave(name).folder, { recursive: true, force: true });
  if (!existsSync(waves) || readdirSync(waves).length > 0) return;
  rmdirSync(waves);
  rmSync(dir, { recursive: true, force: true });
}
