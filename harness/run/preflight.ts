import { TiltyardError } from '../errors.js';
import { measure } from '../inspect/measure.js';
import { isGiven, type OpenedData, openData } from '../inspect/open.js';
import { checkUnpaired } from '../inspect/unpaired.js';
import type { DataRow } from '../store/data.js';
import type { RunSpec } from '../store/spec.js';
import { adaptersInWords, type Architecture } from './adapters.js';
import { refuseInfeasible } from './feasible.js';
import { refuseOversized } from './fits.js';
import { givenRewards } from './given-models.js';
import { machineMemory } from './machine-memory.js';

/** What a plan's runs will read. */
interface Preflight {
  readonly opened: OpenedData;
  /** What it holds; null for a world, of which there is nothing to count before it is sampled. */
  readonly row: DataRow | null;
  /** What was not read of the model that policies begin as, and the like, a sentence each. */
  readonly said: readonly string[];
}

/**
 * Opens the dataset once before anything is written, so that data that no run could use is refused at once,
 * and counts what it holds.
 * @param memory bytes of the machines that the runs are made on
 * @throws TiltyardError naming file and line, or what the dataset lacks
 */
export async function preflight(
  runs: readonly RunSpec[],
  source: string,
  memory = machineMemory(),
): Promise<Preflight | null> {
  const [first, ...others] = runs;
  if (first === undefined) return null;
  const said: string[] = [];
  const opened = await openData([first, ...others], source);
  await checkUnpaired(runs, opened.open, opened.where);
  await refuseOversized(runs, opened, source, memory);
  await refuseInfeasible(runs, opened, source);
  const row = isGiven(opened) ? measure(opened) : null;
  const { open, data, where, name } = opened;
  if (row === null) {
    for (const split of ['train', 'test'] as const) {
      for (const { id, prompt } of open.prompts(split)) data.prompt(id, prompt);
    }
  }
  const given = open.pairs?.('train');
  if (opened.collect !== null && !opened.samples && given === undefined && first.policy.kind !== 'tabular') {
    const remedy = 'set collect.from to the stage whose policy should be sampled';
    throw new TiltyardError('no-pairs', `${where} brings no preference pairs; ${remedy}`);
  }
  if (open.gold !== undefined && runs.some((run) => run.inputs.judge !== undefined)) {
    const why = `dataset ${name} knows its own gold reward, which judges`;
    throw new TiltyardError('judge-gold', `${source}: evaluation.judge: ${why}; remove the judge`);
  }
  if (opened.samples && open.gold === undefined) {
    const remedy = 'remove collect.from, its own pairs are used';
    throw new TiltyardError('no-gold', `${where} has no gold reward to label samples with; ${remedy}`);
  }
  const { checkpoint, kind } = first.policy;
  let start: Architecture | null = null;
  if (checkpoint !== undefined) {
    const { fittingModel } = await import('../policy/checkpoint/start.js');
    const folder = fittingModel(checkpoint.path, open.tokenizer, data.shape);
    said.push(...folder.notes.map((note) => `policy.checkpoint: ${note}`));
    start = folder.architecture;
  }
  for (const [setting, { path }] of givenRewards(runs)) {
    const { fittingReward } = await import('../policy/checkpoint/start.js');
    const { notes } = fittingReward(path, open.tokenizer, data.shape, setting);
    said.push(...notes.map((note) => `${setting}: ${note}`));
  }
  const adapters = await adaptersInWords(runs, opened, start);
  if (adapters !== null) said.push(adapters);
  if (kind === 'tabular' && open.initialTable === undefined) {
    throw new TiltyardError('no-table', `${where} has no table; use policy.kind: transformer`);
  }
  return { opened, row, said };
}
