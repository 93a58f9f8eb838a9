import type { OpenDataset } from '../contracts/dataset.js';
import { loadExtension } from '../extensions.js';
import type { RunSpec } from '../store/spec.js';

/** Opens the dataset of a run. */
export type Opens = (spec: Pick<RunSpec, 'dataset' | 'seed'>) => Promise<OpenDataset>;

/** @throws TiltyardError for data that no run could use */
export const openDataset: Opens = async ({ dataset: { module, params, baseDir }, seed }) =>
  (await loadExtension('dataset', module, baseDir)).open(params, seed, baseDir);

/**
 * The dataset of a worker that takes run after run: runs of one seed read the same rows, and reading them may
 * take longer than a run's first step (a file of pairs is parsed, tokenised and split). One is held, and let
 * go of before another is opened. What an open dataset gives hangs on nothing but its parameters and the
 * seed, so a run cannot tell.
 */
export class KeptData {
  private held: { readonly key: string; readonly open: OpenDataset } | null = null;

  readonly open: Opens = async (spec) => {
    const { module, params, baseDir, given } = spec.dataset;
    const key = JSON.stringify([module, params, baseDir, given ?? null, spec.seed]);
    if (this.held?.key === key) return this.held.open;
    this.held = null;
    const open = await openDataset(spec);
    this.held = { key, open };
    return open;
  };
}
