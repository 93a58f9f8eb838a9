import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunSpec } from '../../../../harness/store/spec.js';
import { root } from '../../../support.js';

/** A run that was once made: when it began and what it took, in seconds after the first began. */
export interface Clock {
  readonly spec: RunSpec;
  readonly begin: number;
  readonly seconds: number;
}

interface Stored {
  /** The stages after which one came, and the one whose policy it started from. */
  readonly stages: Readonly<
    Record<string, { kind: RunSpec['kind']; start: string | null; after: readonly string[] }>
  >;
  /** What was foreseen of a run, seconds, by label: by later code, on another day. */
  readonly foreseen: Readonly<Record<string, number>>;
  /** Label, seed, begin, seconds; inputs before what needs them, as in a plan. */
  readonly runs: readonly (readonly [label: string, seed: number, begin: number, seconds: number])[];
}

type Experiment = 'reviews' | 'strings' | 'ladder';

const storedOf = (experiment: Experiment): Stored =>
  JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'clocks', `${experiment}.json`), 'utf8')) as Stored;

/** What was foreseen of its runs, seconds, by label. */
export const foreseen = (experiment: Experiment): Stored['foreseen'] => storedOf(experiment).foreseen;

/** Every run of a published comparison of five seeds, two at a time on two cores that did nothing else. */
export function clocks(experiment: Experiment): Clock[] {
  const { stages, runs } = storedOf(experiment);
  return runs.map(([label, seed, begin, seconds]) => {
    const stage = label.replace(/\[.*/, '');
    const { kind, start, after } = stages[stage]!;
    const id = (of: string | null): string | null => (of === null ? null : `${labelOf(of)} ${seed}`);
    const others = after.filter((of) => of !== start).map((of, i) => [String(i), id(of)]);
    const spec = { id: `${label} ${seed}`, kind, stage, label, seed };
    const inputs = { start: id(start), ...Object.fromEntries(others) };
    return { spec: { ...spec, inputs } as unknown as RunSpec, begin, seconds };
  });

  /** Stages that others read have one configuration. */
  function labelOf(stage: string): string {
    return runs.find(([label]) => label.replace(/\[.*/, '') === stage)![0];
  }
}
