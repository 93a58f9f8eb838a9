import type { OpenDataset } from '../contracts/dataset.js';
import { createEngine } from '../engine/select.js';
import { type RunPaths, runsBeside } from '../store/layout.js';
import type { RunSpec } from '../store/spec.js';
import { TokenData } from './data.js';
import { equip } from './equip.js';
import { checkGiven } from './given.js';
import type { Job, WorkerHost } from './job.js';
import { openDataset } from './kept-data.js';
import type { RunRecord } from './outcome.js';

/** Makes the engine, opens the dataset, and finds what earlier runs left. */
export async function prepare(
  spec: RunSpec,
  paths: RunPaths,
  host: WorkerHost,
  record: RunRecord,
): Promise<Job> {
  const engine = (await host.engine?.(spec.engine)) ?? (await createEngine(spec.engine));
  record.engine = engine;
  host.emit({ type: 'started', engine: engine.name, device: engine.device, reason: engine.reason });
  const opened = await (host.open ?? openDataset)(spec);
  checkGiven(spec, opened);
  const blind = spec.evaluation.blind === true && spec.kind !== 'collect'; // what labels pairs has to see
  const data = new TokenData(blind ? withoutGold(opened) : opened);
  return equip(engine, { spec, paths, runs: runsBeside(paths.dir), host, data, record });
}

/** A dataset as a run may see it whose measurements choose: nothing of it leads to the gold reward. */
const withoutGold = (dataset: OpenDataset): OpenDataset =>
  new Proxy(dataset, {
    get(target, key) {
      const value: unknown = key === 'gold' ? undefined : Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
