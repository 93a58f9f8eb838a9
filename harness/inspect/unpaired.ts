import type { OpenDataset } from '../contracts/dataset.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { TiltyardError } from '../errors.js';
import { loadPlugin } from '../extensions.js';
import type { RunSpec } from '../store/spec.js';

interface Needs {
  readonly needs: readonly string[];
}

/** Stages with their plugins, and one of their runs. */
async function stagesOf(
  runs: readonly RunSpec[],
): Promise<readonly { readonly run: RunSpec; readonly plugin: Pick<AlgorithmPlugin, 'name'> & Needs }[]> {
  const first = new Map<string, RunSpec>();
  for (const run of runs) if (run.algorithm !== null && !first.has(run.stage)) first.set(run.stage, run);
  return Promise.all([...first.values()].map(async (run) => ({ run, plugin: await saidOf(run) })));
}

/** One that is not built in has said so when it was planned. */
async function saidOf({ algorithm }: RunSpec): Promise<Pick<AlgorithmPlugin, 'name'> & Needs> {
  const { name, module, says } = algorithm!;
  return says === undefined ? loadPlugin(module) : { name, needs: says.needs };
}

/** Whether a run that learns from judged completions gets them from pairs. */
const fromPairs = ({ inputs }: RunSpec, open: OpenDataset): boolean =>
  open.unpaired === undefined || inputs.relabel !== undefined;

/** What is said of pairs that a stage takes apart, a sentence each. */
export async function unpairing(runs: readonly RunSpec[], open: OpenDataset): Promise<readonly string[]> {
  const stages = await stagesOf(runs);
  return stages
    .filter(({ run, plugin }) => plugin.needs.includes('unpaired') && fromPairs(run, open))
    .map(
      ({ run, plugin }) =>
        `Stage ${run.stage}: ${plugin.name} learns from completions judged one by one: each pair gives its ` +
        'chosen one with label true and its rejected one with label false, as TRL unpairs them.',
    );
}

/**
 * Holds stages to what the data judges: pairs, or completions one by one.
 * @param where for messages
 * @throws TiltyardError naming the stages, what came and what to do
 */
export async function checkUnpaired(
  runs: readonly RunSpec[],
  open: OpenDataset,
  where: string,
): Promise<void> {
  const collection = runs.find(({ kind }) => kind === 'collect');
  const given = collection !== undefined && (collection.inputs.start === null || open.gold === undefined);
  if (open.unpaired !== undefined && open.pairs === undefined && given) {
    const stages = await stagesOf(runs);
    const reading = stages
      .filter(
        ({ run: { completions, inputs }, plugin: { needs } }) =>
          needs.includes('pairs') ||
          inputs.relabel !== undefined ||
          (needs.includes('completions') && completions === 'chosen'),
      )
      .map(({ run, plugin }) => `${run.stage} (${plugin.name})`);
    const has = `${where} has completions judged one by one (completion and label), and no pairs`;
    const bring = 'bring rows of chosen and rejected';
    const alone = "without them remove collect: a plugin that needs 'unpaired' reads such rows as they are";
    const fit = 'and a stage with completions: corpus has those labelled true';
    const wants = reading.length === 0 ? 'which collect takes' : `which ${reading.join(', ')} need`;
    throw new TiltyardError('no-pairs', `${has}, ${wants}; ${bring}; ${alone}, ${fit}`);
  }
  if (collection !== undefined || open.unpaired !== undefined) return;
  for (const { run, plugin } of await stagesOf(runs)) {
    if (!plugin.needs.includes('unpaired')) continue;
    const why = `${plugin.name} needs judged completions, and ${where} brings none`;
    const remedy = 'bring rows of completion and label, or add a collect section, whose pairs are unpaired';
    throw new TiltyardError('no-unpaired', `stage ${run.stage}: ${why}; ${remedy}`);
  }
}
