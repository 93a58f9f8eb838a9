import type { Engine } from '../engine/engine.js';
import { readModelFolder } from '../policy/checkpoint/folder.js';
import { startingReward } from '../policy/checkpoint/start.js';
import { Rng } from '../rng.js';
import type { Job } from './job.js';
import { Models } from './models.js';
import { ofReplica } from './replica.js';
import { checkLeft } from './shared-file.js';
import { startOf } from './start.js';

/** Gives a run the models that it works with, on an engine, and randomness of its own. */
export function equip(engine: Engine, parts: Omit<Job, 'rng' | 'models'>): Job {
  const { spec, runs, data, record } = parts;
  // Common random numbers: algorithms of one seed see the same data order, so that their difference is theirs
  // alone. A control is the same run with other draws of its own.
  const rng = ofReplica(Rng.fromSeed(spec.seed).split('train'), spec.replica);
  const { checkpoint, stage } = spec;
  const models = new Models({
    engine,
    shape: data.shape,
    meter: record.meter,
    heads: rng.split('head'),
    start: startOf(spec, data, runs),
    ...(checkpoint === undefined
      ? {}
      : {
          classifier: () =>
            startingReward(checkpoint, data.dataset.tokenizer, data.shape, `stage ${stage}: checkpoint`),
        }),
    ...(spec.lora === undefined ? {} : { lora: spec.lora }),
    finished: (id) => {
      checkLeft(runs(id), runs(id).model, spec.stage);
      return readModelFolder(runs(id).model);
    },
  });
  return { ...parts, rng, models };
}
