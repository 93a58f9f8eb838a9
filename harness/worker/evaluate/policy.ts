import { completionSums } from '../../policy/batch.js';
import type { NetworkModule } from '../../policy/module.js';
import { byPrompt } from './estimate.js';
import type { Subject } from './subject.js';

/** A policy answers for itself: every completion has a probability under it. */
export const policySubject = (policy: NetworkModule): Subject => ({
  draw: async (prompts, rng) => {
    const { completions, finished } = await policy.generate(prompts, { rng });
    return { completions, finished };
  },
  density: (logp, klRaoBlackwell) => ({ logp, klRaoBlackwell }),
  sampledKl: (rows) => ({
    raoBlackwell: byPrompt(rows, (r) => r.klRaoBlackwell!),
    k1: byPrompt(rows, (r) => r.logp! - r.refLogp!),
    sampler: null,
  }),
  hasProbabilities: true,
  measure: async (batch) => completionSums(await policy.tokenLogps(batch)),
  logps: (measured) => measured,
});
