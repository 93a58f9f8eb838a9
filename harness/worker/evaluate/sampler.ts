import type { AlgorithmPlugin } from '../../contracts/plugin.js';
import type { RunContext } from '../../contracts/context.js';
import { TiltyardError } from '../../errors.js';
import type { Meter } from '../../metrics/meter.js';
import type { NetworkModule } from '../../policy/module.js';
import { ofReplica } from '../replica.js';
import { mean } from '../../stats/moments.js';
import { estimate } from './estimate.js';
import type { Subject } from './subject.js';

/** A plugin with a sampler of its own, as a run uses it. */
export interface SamplerRun {
  readonly plugin: AlgorithmPlugin;
  readonly ctx: RunContext;
  readonly params: Readonly<Record<string, unknown>>;
  readonly replica: number;
  readonly meter: Meter;
  /** What it chooses by, for its probabilities; null where nothing scores. */
  readonly reward: NetworkModule | null;
}

/** A sampler has no density, only the KL that it states, and probabilities where the plugin knows them. */
export function samplerSubject({ plugin, ctx, params, replica, meter, reward }: SamplerRun): Subject {
  return {
    // A sampler's draws are its work, as batches are a trainer's, so they are charged to it. They are split
    // by replica, or its control would be itself.
    draw: (prompts, rng) =>
      meter.charge(null, () => plugin.sample!(ctx, params, prompts, ofReplica(rng, replica))),
    density: () => ({ logp: null, klRaoBlackwell: null }),
    sampledKl: statedKl,
    hasProbabilities: plugin.probabilities !== undefined && reward !== null,
    measure: (batch) => reward!.scores(batch),
    logps: (scores, refLogps) => stated(plugin, params, refLogps.map(Math.exp), scores).map(Math.log),
  };
}

/** KL as a sampler's draws state it: each one figure a prompt, in their order. */
export const statedKl: Subject['sampledKl'] = (_, stated) => {
  const prompts = stated[0]?.perSample ?? [];
  const perPrompt = prompts.map((_, p) => mean(stated.map(({ perSample }) => perSample[p]!)));
  const sampler = perPrompt.length === 0 ? null : { ...estimate(perPrompt), name: stated.at(-1)!.name };
  return { raoBlackwell: null, k1: null, sampler };
};

/** Of what sums to 1 the sum in float32; further off it is no distribution. */
const ROUNDING = 1e-3;

/** @throws TiltyardError where what a plugin states is no distribution: its logarithms would be no numbers */
function stated(
  plugin: AlgorithmPlugin,
  params: Readonly<Record<string, unknown>>,
  reference: readonly number[],
  scores: readonly number[],
): readonly number[] {
  const found = plugin.probabilities!(params, reference, scores);
  const bad = found.find((p) => !(p >= 0));
  const sum = found.reduce((total, p) => total + p, 0);
  if (bad === undefined && found.length === reference.length && Math.abs(sum - 1) < ROUNDING) return found;
  const came = bad === undefined ? `${found.length} that sum to ${sum}` : `${bad} among them`;
  const wanted = `probabilities must be ${reference.length} numbers, none below 0, that sum to 1`;
  throw new TiltyardError(
    'no-distribution',
    `plugin ${plugin.name}: ${wanted}; got ${came}: mend the plugin`,
  );
}
