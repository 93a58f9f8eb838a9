import { fileURLToPath } from 'node:url';
import { integer, number } from '../../../harness/index.js';
import { optimizerProperties } from '../../shared/optimizer.js';
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
  batchSize: integer({ min: 1, default: defaults.batchSize, description: 'Prompts a rollout' }),
  groupSize: integer({ min: 2, default: defaults.groupSize, description: 'Completions of each prompt' }),
  updates: integer({ min: 1, default: 1, description: 'Optimiser steps on each rollout, all of it' }),
  temperature: number({
    above: 0,
    default: 1,
    description: 'Sampling temperature; every log-probability and the KL are of the tempered policies',
  }),
  clip: number({ above: 0, default: 0.2, description: 'ε: the policy ratio is clipped to [1-ε, 1+ε]' }),
  ...optimizerProperties(3e-4),
});
