import {
  load,
  type LoadedAnalysis,
  type LoadedExperiment,
  type LoadedSuite,
  type LoadOptions,
} from '../config/load.js';
import { makePlan } from '../config/plan.js';
import { configurations } from '../config/tuning.js';
import { TiltyardError } from '../errors.js';
import { askForecast } from '../forecast/ask.js';
import { filledInWords } from '../inspect/filled.js';
import { foreseeJudging, judgingInWords } from '../judge/foresee.js';
import { judgesOf } from '../judge/judges.js';
import { takeKeys } from '../judge/key.js';
import { measure } from '../inspect/measure.js';
import type { OpenedData } from '../inspect/open.js';
import type { StartFit } from '../inspect/start-fit.js';
import { shortForm } from '../inspect/text.js';
import { counted } from '../inspect/warnings.js';
import { costInWords, costOf, shortOfMemory } from '../run/cost.js';
import { settleEngine } from '../run/engine.js';
import { defaultJobs } from '../run/experiment.js';
import { machineMemory } from '../run/machine-memory.js';
import { preflight } from '../run/preflight.js';
import { plain } from '../run/progress/plain.js';
import { openSuite } from '../run/suite.js';
import type { DataRow } from '../store/data.js';
import { ALL_PAIRS, type RunSpec } from '../store/spec.js';
import type { Register } from './io.js';
import { collected, DATA, JUDGE, JUDGE_KEY, JUDGE_MODEL, MODEL } from './options.js';

/** What a run would do: for scripts and for people. */
interface Checked {
  readonly records: readonly object[];
  readonly text: string;
}

interface CheckFlags {
  readonly set: string[];
  readonly data?: string;
  readonly model?: string;
  readonly judge?: string;
  readonly judgeModel?: string;
  readonly judgeKey?: string;
  readonly plugin: string[];
  readonly profile?: string;
}

export const checkCommand: Register = (add, io) => {
  add('check')
    .argument('<file>', 'an experiment file or a built-in name')
    .description(
      'validate an experiment; show its runs, what they train on, and what time, memory and disk they take',
    )
    .option(
      '--set <path=value>',
      'change one setting, e.g. stages.mine.params.beta=0.2 (repeatable)',
      collected,
      [],
    )
    .option('--data <file>', DATA)
    .option('--model <dir>', MODEL)
    .option('--judge <url>', JUDGE)
    .option('--judge-model <name>', JUDGE_MODEL)
    .option('--judge-key <variable>', JUDGE_KEY)
    .option('--plugin <path>', 'make a plugin known by its name (repeatable)', collected, [])
    .option('--profile <name>', 'of a file that holds several experiments: how large, e.g. quick or full')
    .action(async (file: string, { plugin, ...options }: CheckFlags) => {
      const { records, text } = await check(file, options, plugin, io.json);
      io.print(io.json ? records.map((record) => `${JSON.stringify(record)}\n`).join('') : text);
    });
};

async function check(
  nameOrPath: string,
  options: LoadOptions,
  plugins: readonly string[],
  settled: boolean,
): Promise<Checked> {
  const file = load(nameOrPath, options);
  switch (file.kind) {
    case 'experiment':
      return checkExperiment(file, plugins, settled);
    case 'suite':
      return checkSuite(file, plugins, options);
    case 'analysis':
      return checkAnalysis(file);
  }
}

/** @returns the runs, and what counts the data that they read */
async function planned(
  { experiment, baseDir, source }: LoadedExperiment,
  plugins: readonly string[],
): Promise<{
  runs: readonly RunSpec[];
  said: readonly string[];
  opened: OpenedData | null;
  counts: () => DataRow | null;
}> {
  const { runs, stages } = await makePlan(experiment, baseDir, source, plugins);
  const found = await preflight(runs, source);
  return {
    runs,
    said: [...(found?.said ?? []), ...filledInWords(stages)],
    opened: found?.opened ?? null,
    counts: () => (found === null ? null : (found.row ?? measure(found.opened))),
  };
}

/** What runs do that train nothing; of pairs, where they come from. */
function withoutAlgorithm(
  { kind, collect, inputs }: RunSpec,
  stages: ReadonlyMap<string, string>,
  bringsPairs: boolean,
): string {
  if (kind === 'measure') return 'evaluate the start, once for all its runs';
  if (kind === 'draw') return 'draw and score completions of the start, once for all its samplers';
  if (kind === 'score')
    return 'score the pairs by the reward that labels them, once for all who learn from it';
  if (collect === null) return 'nothing';
  const { pairs, heldoutPairs } = collect;
  if (pairs === ALL_PAIRS && heldoutPairs === ALL_PAIRS) return "take all pairs of the dataset's own";
  const some = (wanted: number): string => (wanted === ALL_PAIRS ? 'all' : String(wanted));
  const noun = pairs === 1 ? 'pair' : 'pairs';
  const others = heldoutPairs === 1 ? 'one' : 'ones';
  const counts = `${some(pairs)} ${noun} and ${some(heldoutPairs)} held-out ${others}`;
  if (inputs.start === null && bringsPairs) return `take up to ${counts} of the dataset's own`;
  const by = inputs.start === null ? "the dataset's table" : (stages.get(inputs.start) ?? inputs.start);
  return `sample ${counts} from ${by}, labelled by the dataset's gold reward`;
}

/** @param settled whether the engine is settled first, as a run does: the ids of runs depend on it */
async function checkExperiment(
  given: LoadedExperiment,
  plugins: readonly string[],
  settled: boolean,
): Promise<Checked> {
  const judges = judgesOf(given.experiment);
  takeKeys(judges);
  const engine = settled ? await settleEngine(given.experiment.engine) : given.experiment.engine;
  const file = { ...given, experiment: { ...given.experiment, engine } };
  const { experiment, source } = file;
  const { runs, said: ofModel, opened, counts } = await planned(file, plugins);
  const data = counts();
  const labels = [...new Map(runs.map((run) => [run.label, run])).values()];
  const bringsPairs = opened?.open.pairs !== undefined;
  const stages = new Map(runs.map(({ id, label }) => [id, label]));
  const rows = labels.map((run) => {
    const { label, algorithm, role } = run;
    return `  ${label}: ${algorithm?.name ?? withoutAlgorithm(run, stages, bringsPairs)} (${role})\n`;
  });
  const seeds = `${counted(runs.length, 'run')} for ${counted(experiment.seeds.length, 'seed')}`;
  const sizes = [...configurations(runs)].map(([stage, n]) => `${stage} ${n}`).join(', ');
  const tuning = sizes === '' ? '' : `configurations of each compared stage: ${sizes}\n`;
  const ofStart = await sayStart(runs, opened, engine);
  const lines = [...ofModel, ...ofStart, ...(data === null ? [] : shortForm(data))];
  const foreseen = await foreseenCost(runs, labels, source);
  const judging = judges.map((judge) => foreseeJudging(judge, runs, data));
  const ofJudges = judging.flatMap((will, i) => judgingInWords(judges[i]!, will));
  const said = [...lines, ...foreseen.said, ...ofJudges].map((line) => `${plain(line)}\n`);
  return {
    records: [
      ...runs.map(({ id, label, seed, role, inputs }) => ({ id, label, seed, role, inputs })),
      ...(data === null ? [] : [{ type: 'data', ...data }]),
      ...(ofModel.length === 0 ? [] : [{ type: 'model', notes: ofModel }]),
      ...(foreseen.record === null ? [] : [{ type: 'cost', ...foreseen.record }]),
      ...judging.map((will) => ({ type: 'judging', ...will })),
    ],
    text:
      `${source}: valid; ${seeds} on dataset ${experiment.dataset.name}\n` +
      `${rows.join('')}${tuning}${said.join('')}`,
  };
}

/**
 * What a plan takes of this machine, in sentences and for scripts; or that nobody can tell, and why.
 * @param labels one run of each
 * @throws TiltyardError where one run needs more memory than there is
 */
async function foreseenCost(
  runs: readonly RunSpec[],
  labels: readonly RunSpec[],
  source: string,
): Promise<{ readonly said: readonly string[]; readonly record: object | null }> {
  const forecast = await askForecast(runs);
  if ('why' in forecast) {
    const what = 'warning: what this takes in time, memory and disk could not be told';
    return { said: [`${what}: ${forecast.why}`], record: forecast };
  }
  const short = shortOfMemory(forecast, machineMemory());
  if (short !== null) throw new TiltyardError('memory', `${source}: ${short}`);
  const cost = costOf(runs, forecast, defaultJobs(runs.map((spec) => ({ spec }))), '.');
  const uncounted = labels.filter(({ label }) => forecast.seconds[label] === undefined);
  const names = uncounted.map(({ label }) => label).join(', ');
  const why = 'whose plugin is not built in: its code runs nowhere but in its runs';
  return {
    said: [
      ...(cost === null ? [] : costInWords(cost)),
      ...(uncounted.length === 0 ? [] : [`not counted: ${names}, ${why}`]),
    ],
    record: cost,
  };
}

/** How surprised the start is by the data: one that knows nothing of it learns nothing from its samples. */
async function sayStart(
  [first]: readonly RunSpec[],
  opened: OpenedData | null,
  wanted: RunSpec['engine'],
): Promise<readonly string[]> {
  if (first === undefined || opened === null) return [];
  // Late: they load TensorFlow.js, which a file without a model need not wait for.
  const { startFit, startInWords } = await import('../inspect/start-fit.js');
  let fit: StartFit | null = null;
  if (first.policy.checkpoint !== undefined && opened.open.pairs !== undefined) {
    const { createEngine } = await import('../engine/select.js');
    const engine = await createEngine(wanted);
    try {
      fit = await startFit(engine, first.policy, opened);
    } finally {
      engine.dispose();
    }
  }
  return [startInWords(fit, first, opened) ?? []].flat();
}

/** Every member at the size that is asked for. Runs that members share count once. */
async function checkSuite(
  file: LoadedSuite,
  plugins: readonly string[],
  { profile: wanted }: LoadOptions,
): Promise<Checked> {
  const { profile, members } = await openSuite(file, wanted === undefined ? {} : { profile: wanted });
  const ids = new Set<string>();
  const records: { member: string; runs: number; seeds: number; dataset: string }[] = [];
  for (const [member, loaded] of members) {
    const { runs } = await planned(loaded, plugins);
    for (const { id } of runs) ids.add(id);
    const { seeds, dataset } = loaded.experiment;
    records.push({ member, runs: runs.length, seeds: seeds.length, dataset: dataset.name });
  }
  const rows = records.map(
    ({ member, runs, seeds, dataset }) =>
      `  ${member}: ${counted(runs, 'run')} for ${counted(seeds, 'seed')} on dataset ${dataset}\n`,
  );
  const all = `${counted(records.length, 'experiment')}, ${counted(ids.size, 'run')}`;
  const size = `a suite of ${all} at profile ${profile}`;
  return { records, text: `${file.name}: valid; ${size}\n${rows.join('')}` };
}

function checkAnalysis({ name, analysis }: LoadedAnalysis): Checked {
  return { records: [{ analysis }], text: `${name}: valid; the analysis ${analysis}\n` };
}
