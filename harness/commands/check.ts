import { load, type LoadedAnalysis, type LoadedExperiment, type LoadedSuite } from '../config/load.js';
import { makePlan } from '../config/plan.js';
import { configurations } from '../config/tuning.js';
import { preflight } from '../run/preflight.js';
import { openSuite } from '../run/suite.js';
import type { RunSpec } from '../store/spec.js';
import type { Register } from './io.js';

/** What a run would do: for scripts and for people. */
interface Checked {
  readonly records: readonly object[];
  readonly text: string;
}

export const checkCommand: Register = (add, io) => {
  add('check')
    .argument('<file>', 'an experiment file or a built-in name')
    .description('validate an experiment and show its plan')
    .action(async (file: string) => {
      const { records, text } = await check(file);
      io.print(io.json ? records.map((record) => `${JSON.stringify(record)}\n`).join('') : text);
    });
};

async function check(nameOrPath: string): Promise<Checked> {
  const file = load(nameOrPath);
  switch (file.kind) {
    case 'experiment':
      return checkExperiment(file);
    case 'suite':
      return checkSuite(file);
    case 'analysis':
      return checkAnalysis(file);
  }
}

async function planned({ experiment, baseDir, source }: LoadedExperiment): Promise<readonly RunSpec[]> {
  const { runs } = await makePlan(experiment, baseDir, source);
  await preflight(runs, source);
  return runs;
}

async function checkExperiment(file: LoadedExperiment): Promise<Checked> {
  const { experiment, source } = file;
  const runs = await planned(file);
  const labels = [...new Map(runs.map((run) => [run.label, run])).values()];
  const rows = labels.map(
    ({ label, algorithm, role }) => `  ${label}: ${algorithm?.name ?? 'sample and label pairs'} (${role})\n`,
  );
  const seeds = `${runs.length} runs for ${experiment.seeds.length} seeds`;
  const counts = [...configurations(runs)].map(([stage, n]) => `${stage} ${n}`).join(', ');
  const tuning = counts === '' ? '' : `configurations of each compared stage: ${counts}\n`;
  return {
    records: runs.map(({ id, label, seed, role, inputs }) => ({ id, label, seed, role, inputs })),
    text: `${source}: valid; ${seeds} on dataset ${experiment.dataset.name}\n${rows.join('')}${tuning}`,
  };
}

/** Every member at the default size. Runs that members share count once. */
async function checkSuite(file: LoadedSuite): Promise<Checked> {
  const { profile, members } = await openSuite(file, {});
  const ids = new Set<string>();
  const records: { member: string; runs: number; seeds: number; dataset: string }[] = [];
  for (const [member, loaded] of members) {
    const runs = await planned(loaded);
    for (const { id } of runs) ids.add(id);
    const { seeds, dataset } = loaded.experiment;
    records.push({ member, runs: runs.length, seeds: seeds.length, dataset: dataset.name });
  }
  const rows = records.map(
    ({ member, runs, seeds, dataset }) =>
      `  ${member}: ${runs} runs for ${seeds} seeds on dataset ${dataset}\n`,
  );
  const size = `a suite of ${records.length} experiments, ${ids.size} runs at profile ${profile}`;
  return { records, text: `${file.name}: valid; ${size}\n${rows.join('')}` };
}

function checkAnalysis({ name, analysis }: LoadedAnalysis): Checked {
  return { records: [{ analysis }], text: `${name}: valid; the analysis ${analysis}\n` };
}
