import type { OpenDataset, Pair } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import { loadExtension } from '../extensions.js';
import type { GivenData } from '../store/given.js';
import type { RunSpec } from '../store/spec.js';
import { TokenData, type TokenPairs, tokenPairs } from '../worker/data.js';
import { givenData } from '../worker/given.js';
import { checkSplits } from '../worker/splits.js';
import { unpairing } from './unpaired.js';

/** A dataset as the runs of a plan open it. */
export interface OpenedData {
  readonly name: string;
  readonly seed: number;
  readonly open: OpenDataset;
  readonly data: TokenData;
  /** What is collected of it; null where the plan collects nothing. */
  readonly collect: RunSpec['collect'];
  /** Whether `collect` samples a policy. */
  readonly samples: boolean;
  /** What it read from the user's files; null where it read none. */
  readonly given: GivenData | null;
  /** What is said of how stages take the data, a sentence each. */
  readonly notes: readonly string[];
  /** For messages. */
  readonly where: string;
}

/**
 * Opens the dataset of a plan.
 * @param seed of the pipeline; default that of the first run
 * @throws TiltyardError for data that no run could use
 */
export async function openData(
  runs: readonly [RunSpec, ...RunSpec[]],
  source: string,
  seed: number = runs[0].seed,
): Promise<OpenedData> {
  const { module, params, baseDir } = runs[0].dataset;
  const dataset = await loadExtension('dataset', module, baseDir);
  const open = await dataset.open(params, seed, baseDir);
  const collection = runs.find((run) => run.kind === 'collect');
  const where = `${source}: dataset ${dataset.name}`;
  for (const split of ['train', 'test'] as const) {
    if (open.prompts(split).length > 0) continue;
    throw new TiltyardError('empty-dataset', `${where} has no ${split} prompts; give it at least one`);
  }
  checkSplits(open, where);
  return {
    name: dataset.name,
    seed,
    open,
    data: new TokenData(open),
    collect: collection?.collect ?? null,
    given: givenData(open, runs[0].dataset),
    samples: collection !== undefined && collection.inputs.start !== null,
    notes: await unpairing(runs, open),
    where,
  };
}

/** Whether data was read from files, or brings its own pairs or judgements: whatever is no world. */
export const isGiven = ({ open }: OpenedData): boolean =>
  open.account !== undefined || open.pairs !== undefined || open.unpaired !== undefined;

/** Rows whose tokens are held at a time. */
const ROWS = 256;

/** Pairs with their tokens, exactly those that training gets, a few at a time. */
export function* tokenised(
  { data, where }: OpenedData,
  pairs: readonly Pair[],
): Generator<readonly [rows: readonly Pair[], tokens: TokenPairs]> {
  for (let start = 0; start < pairs.length; start += ROWS) {
    const rows = pairs.slice(start, start + ROWS);
    yield [rows, tokenPairs(data, rows, where)];
  }
}
