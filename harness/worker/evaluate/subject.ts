import type { SamplerResult } from '../../contracts/plugin.js';
import type { TokenBatch, TokenPrompt } from '../../contracts/batches.js';
import type { Rng } from '../../rng.js';
import type { KlEstimates, SampleRow } from '../../store/records.js';

/** What an evaluation is about: the policy itself, or a sampler that chooses among a policy's completions. */
export interface Subject {
  /** One completion a prompt, in their order. */
  draw(prompts: readonly TokenPrompt[], rng: Rng): Promise<SamplerResult>;
  /** What a sample's row says of log pi and of the KL along it, given those of `RunContext.policy`; nats. */
  density(logp: number, klRaoBlackwell: number): Pick<SampleRow, 'logp' | 'klRaoBlackwell'>;
  /**
   * KL from samples.
   * @param stated what the draws themselves said of it
   */
  sampledKl(
    rows: readonly SampleRow[],
    stated: readonly NonNullable<SamplerResult['kl']>[],
  ): Pick<KlEstimates, 'raoBlackwell' | 'k1' | 'sampler'>;
  /** Whether every completion that a dataset lists has a probability, which the two methods below tell. */
  readonly hasProbabilities: boolean;
  /** [B]: what `logps` needs to know of each row of a batch of listed completions. */
  measure(batch: TokenBatch): Promise<ArrayLike<number>>;
  /**
   * log pi of all listed completions of a prompt.
   * @param measured of each, by `measure`
   * @param refLogps log pi_ref of each
   */
  logps(measured: readonly number[], refLogps: readonly number[]): readonly number[];
}
