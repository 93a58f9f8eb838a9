import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { TokenPrompt } from '../contracts/batches.js';
import type { Meter } from '../metrics/meter.js';
import type { TokenRow } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import type { Rng } from '../rng.js';
import { Context } from './context.js';
import type { TokenData, TokenPairs } from './data.js';
import type { Drawn } from './draws.js';
import type { KnownLogps } from './measured.js';
import type { Models } from './models.js';
import { RunLogps } from './run-logps.js';
import type { RunState } from './state.js';
import type { TokenJudgements } from './unpaired.js';

/** What a plugin's run is made of. */
export interface RunParts {
  readonly plugin: AlgorithmPlugin;
  readonly data: TokenData;
  readonly models: Models;
  readonly meter: Meter;
  readonly rng: Rng;
  readonly reward: NetworkModule | null;
  readonly pairs: TokenPairs | null;
  readonly unpaired: TokenJudgements | null;
  /** log pi_ref of its pairs, where it is known; absent: it is computed. */
  readonly known?: KnownLogps | null;
  /** Draws of the start that were made before; absent: they are made. */
  readonly drawn?: Drawn | null;
  readonly completions: readonly TokenRow[] | null;
  readonly prompts: readonly TokenPrompt[];
  readonly inOrder?: boolean;
  /** Of its schedule that the run goes through, in (0, 1]; absent: 1. */
  readonly share?: number;
  /** Rows of a batch that networks take at once while they train; absent: all. */
  readonly microBatchRows?: number | undefined;
  /** What is registered here is saved, and comes back on resume. */
  readonly state: RunState;
}

/** A plugin's context, with the models behind it. */
export interface OpenRun {
  readonly ctx: Context;
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
  /** Only of a plugin that gives a reward. */
  readonly rewardModel: NetworkModule | null;
  /** What the run trains, and what it is kept for. */
  readonly result: NetworkModule;
}

/**
 * Makes the models that a plugin's run stands on and the context that the plugin gets. What the run trains
 * holds the newest checkpoint's weights once `state.restored` resolves.
 */
export function openRun({
  inOrder = false,
  share = 1,
  known = null,
  drawn = null,
  microBatchRows,
  state,
  ...parts
}: RunParts): OpenRun {
  const { plugin, models } = parts;
  const givesReward = plugin.gives === 'reward';
  const reference = models.reference();
  const policy = models.policy(!givesReward);
  const rewardModel = givesReward ? models.rewardModel() : null;
  if (rewardModel === null) state.module('policy', policy);
  else state.module('rewardModel', rewardModel);
  const refLogps = new RunLogps(reference, parts.data.shape, parts.meter, known);
  const made = { policy, reference, rewardModel, refLogps };
  const micro = microBatchRows === undefined ? {} : { microBatchRows };
  const supplies = { ...parts, ...made, inOrder, share, drawn, micro };
  const ctx = new Context(supplies, state);
  return { ctx, policy, reference, rewardModel, result: rewardModel ?? policy };
}
