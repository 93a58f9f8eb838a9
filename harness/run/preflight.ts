import { TiltyardError } from '../errors.js';
import { loadExtension } from '../extensions.js';
import type { RunSpec } from '../store/spec.js';
import { TokenData, tokenPairs } from '../worker/data.js';

/**
 * Opens the dataset once before anything is written, so that data that no run could use is refused at once.
 * @throws TiltyardError naming file and line, or what the dataset lacks
 */
export async function preflight(runs: readonly RunSpec[], source: string): Promise<void> {
  const first = runs[0];
  if (first === undefined) return;
  const { module, params, baseDir } = first.dataset;
  const dataset = await loadExtension('dataset', module, baseDir);
  const open = await dataset.open(params, first.seed, baseDir);
  const where = `${source}: dataset ${dataset.name}`;
  const data = new TokenData(open);
  for (const split of ['train', 'test'] as const) {
    const prompts = open.prompts(split);
    if (prompts.length === 0) {
      throw new TiltyardError('empty-dataset', `${where} has no ${split} prompts; give it at least one`);
    }
    for (const { id, prompt } of prompts) data.prompt(id, prompt);
  }
  const given = open.pairs?.('train');
  if (given !== undefined) tokenPairs(data, given, where);
  const collection = runs.find((run) => run.kind === 'collect');
  const samples = collection !== undefined && collection.inputs.start !== null;
  if (collection !== undefined && !samples && given === undefined && first.policy.kind !== 'tabular') {
    const remedy = 'set collect.from to the stage whose policy should be sampled';
    throw new TiltyardError('no-pairs', `${where} brings no preference pairs; ${remedy}`);
  }
  if (open.gold !== undefined && runs.some((run) => run.inputs.judge !== undefined)) {
    const why = `dataset ${dataset.name} knows its own gold reward, which judges`;
    throw new TiltyardError('judge-gold', `${source}: evaluation.judge: ${why}; remove the judge`);
  }
  if (samples && open.gold === undefined) {
    const remedy = 'remove collect.from, its own pairs are used';
    throw new TiltyardError('no-gold', `${where} has no gold reward to label samples with; ${remedy}`);
  }
  const { checkpoint, kind } = first.policy;
  if (checkpoint !== undefined) {
    const { fittingModel } = await import('../policy/checkpoint/start.js');
    fittingModel(checkpoint.path, open.tokenizer, data.shape);
  }
  if (kind === 'tabular' && open.initialTable === undefined) {
    throw new TiltyardError('no-table', `${where} has no table; use policy.kind: transformer`);
  }
}
