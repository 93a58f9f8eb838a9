import { fileURLToPath } from 'node:url';
import { integer, number, oneOf } from '../../../harness/index.js';
import { optimizerProperties } from '../../shared/optimizer.js';
import { groupProperties } from '../../shared/rollout.js';
import { trlAdapter } from './trl.js';

const shared = fileURLToPath(new URL('rollouts.py', import.meta.url));

/**
 * What adapters of trainers that draw and score completions have in common.
 * @param script the adapter's own, absolute
 */
export const rolloutAdapter = (script: string) => {
  const adapter = trlAdapter(script);
  return {
    ...adapter,
    files: [...adapter.files, shared],
    needs: ['prompts', 'reference', 'reward'] as const,
    gives: 'policy' as const,
  };
};

/** The words of Tiltyard's own plugins, with this one's defaults. */
export const rolloutProperties = (defaults: { readonly batchSize: number; readonly groupSize: number }) => ({
  iterations: integer({
    min: 1,
    default: 120,
    description: 'Rollouts, each followed by its updates',
  }),
  ...groupProperties({ ...defaults, least: 2 }),
  clip: number({ above: 0, default: 0.2, description: 'ε: the policy ratio is clipped to [1-ε, 1+ε]' }),
  ...optimizerProperties(3e-4),
});

/** The words of Group Relative Policy Optimization, by whichever trainer. */
export const groupRelative = {
  beta: number({
    min: 0,
    default: 0.04,
    role: { kind: 'strength', holdsBack: 'larger' },
    description: 'β: weight of the KL to the reference in the loss',
  }),
  scaleRewards: oneOf(['none', 'group'], {
    default: 'none',
    description: "Advantages: r - mean of the group, or 'group': divided by its standard deviation too",
  }),
};
