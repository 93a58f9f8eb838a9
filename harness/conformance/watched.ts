import type { FeedKinds, Feeds } from '../contracts/nets.js';
import type { ModuleTrainer } from '../policy/trainer.js';
import type { Bench } from './bench.js';

export type AnyTrainer = ModuleTrainer<FeedKinds>;

/** Looks at what every trainer that the plugin makes is about to be given. */
export function beforeSteps(trial: Bench, look: (trainer: AnyTrainer, feeds: Feeds) => Promise<void>): void {
  const make = trial.ctx.trainer.bind(trial.ctx) as (options: never) => AnyTrainer;
  trial.ctx.trainer = ((options: never) => {
    const trainer = make(options);
    const step = trainer.step.bind(trainer);
    trainer.step = async (feeds) => {
      await look(trainer, feeds);
      return step(feeds);
    };
    return trainer;
  }) as never;
}
