import { makePlan } from '../../../harness/config/plan.js';
import { resolveExperiment } from '../../../harness/config/resolve.js';
import type { Experiment } from '../../../harness/store/experiment.js';
import type { RunSpec } from '../../../harness/store/spec.js';

type Draft = Record<string, unknown> & { stages: Record<string, Record<string, unknown>> };

/** One seed with a stage of every paradigm, and a reward fitted on held-out pairs that chooses. */
const draft = (): Draft => ({
  name: 'x',
  seeds: 1,
  dataset: { name: 'reviews' },
  collect: { from: 'base' },
  stages: {
    base: { algorithm: 'sft', completions: 'corpus' },
    sft: { algorithm: 'sft', start: 'base' },
    dpo: { algorithm: 'dpo', start: 'sft' },
    relabelled: { algorithm: 'dpo', start: 'sft', relabel: { by: 'reward' } },
    reward: { algorithm: 'bt-reward', start: 'sft' },
    chooser: { algorithm: 'bt-reward', start: 'sft', pairs: 'heldout' },
    online: { algorithm: 'online-dpo', start: 'sft', reward: 'reward' },
    ppo: { algorithm: 'ppo-rlhf', start: 'sft', reward: 'reward' },
    tilt: { algorithm: 'tilt', start: 'sft', reward: 'reward' },
  },
  tuning: { chooser: 'chooser' },
  ladder: { offline: 'dpo', relabelled: 'relabelled', 'on-policy': 'online', rl: 'ppo', optimum: 'tilt' },
});

/** @param set path -> value, e.g. `{ 'stages.dpo.start': null }`; undefined removes */
export function resolved(set: Readonly<Record<string, unknown>> = {}): Experiment {
  const changed = draft();
  for (const [path, value] of Object.entries(set)) {
    const keys = path.split('.');
    const parent = keys.slice(0, -1).reduce<Record<string, unknown>>((at, key) => {
      return (at[key] ??= {}) as Record<string, unknown>;
    }, changed);
    if (value === undefined) delete parent[keys.at(-1)!];
    else parent[keys.at(-1)!] = value;
  }
  return resolveExperiment(changed, 'test');
}

export const planned = async (set: Readonly<Record<string, unknown>> = {}): Promise<readonly RunSpec[]> =>
  (await makePlan(resolved(set), '/', 'test')).runs;
