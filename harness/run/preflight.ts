import { loadExtension } from '../extensions.js';
import { TiltyardError } from '../errors.js';
import { fittingModel } from '../policy/checkpoint/start.js';
import type { RunSpec } from '../store/records.js';
import { TokenData, tokenPairs } from '../worker/data.js';

/**
 * Opens the dataset once before anything is written, so that data that no run could use is refused at once.
 * @throws TiltyardError naming file and line, or what the dataset lacks
 */
export async function preflight(runs: readonly RunSpec[], source: string): Promise<void> {
  const first = runs[0];
  if (first === undefined) return;
  const dataset = await loadExtension('dataset', first.dataset.module, first.dataset.baseDir);
  const open = await dataset.open(first.dataset.params, first.seed, first.dataset.baseDir);
  const data = new TokenData(open);
  for (const split of ['train', 'test'] as const) {
    const prompts = open.prompts(split);
    if (prompts.length === 0) throw new TiltyardError('empty-dataset', `${source}: dataset ${dataset.name} has no ${split} prompts; give it at least one`);
    for (const { id, prompt } of prompts) data.prompt(id, prompt);
  }
  const given = open.pairs?.('train');
  if (given !== undefined) tokenPairs(data, given, `${source}: dataset ${dataset.name}`);
  const collects = runs.find((run) => run.kind === 'collect');
  if (collects !== undefined && collects.inputs.start === null && given === undefined && first.policy.kind !== 'tabular') {
    throw new TiltyardError('no-pairs', `${source}: dataset ${dataset.name} brings no preference pairs; set collect.from to the stage whose policy should be sampled`);
  }
  if (open.gold !== undefined && runs.some((run) => run.inputs.judge !== undefined)) {
    throw new TiltyardError('judge-gold', `${source}: evaluation.judge: dataset ${dataset.name} knows its own gold reward, which judges; remove the judge`);
  }
  if (collects !== undefined && collects.inputs.start !== null && open.gold === undefined) {
    throw new TiltyardError('no-gold', `${source}: dataset ${dataset.name} has no gold reward to label samples with; remove collect.from, its own pairs are used`);
  }
  if (first.policy.checkpoint !== undefined) fittingModel(first.policy.checkpoint.path, open.tokenizer, data.shape);
  if (first.policy.kind === 'tabular' && open.initialTable === undefined) {
    throw new TiltyardError('no-table', `${source}: dataset ${dataset.name} has no table; use policy.kind: transformer`);
  }
}
