import type { Prompt } from '../../contracts/dataset.js';
import type { SamplerResult } from '../../contracts/plugin.js';
import type { TokenBatch } from '../../contracts/batches.js';
import { completionSums, packBatch } from '../../policy/batch.js';
import type { NetworkModule } from '../../policy/module.js';
import type { Rng } from '../../rng.js';
import type { EvaluatedSplit } from '../../store/shared.js';
import type { TokenData } from '../data.js';
import { type ListedPrompt, listing } from './listed.js';
import { decodingStream } from './streams.js';
import type { Subject } from './subject.js';

/** One sample a prompt, before anything has scored it: what the process that holds the policy can tell. */
export interface ObservedDraw {
  /** Tokens of each. */
  readonly completions: readonly (readonly number[])[];
  readonly finished: readonly boolean[];
  /** As `SampleRow` has them. */
  readonly logp: readonly (number | null)[];
  readonly refLogp: readonly number[];
  readonly klRaoBlackwell: readonly (number | null)[];
  /** What a sampler said of its KL. */
  readonly kl?: SamplerResult['kl'];
}

/** An evaluation before any reward: draws, and log-probabilities where completions are listed. */
export interface Observed {
  readonly draws: readonly ObservedDraw[];
  readonly listed: readonly ListedPrompt[] | null;
}

/** The two policies that an evaluation is about. */
export interface ObservedModels {
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
}

/** Draws from what a run made, and measures the draws by its policy and the start. It knows no reward. */
export class Observer {
  constructor(
    private readonly data: Pick<TokenData, 'shape' | 'prompt' | 'listed'>,
    private readonly models: ObservedModels,
    private readonly subject: Subject,
    private readonly rng: Rng,
  ) {}

  /** @param isDrawn whether the draws are known, so that none are made */
  async observe(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
    isDrawn = false,
  ): Promise<Observed> {
    const draws: ObservedDraw[] = [];
    for (let sample = 0; sample < samplesPerPrompt && !isDrawn; sample++)
      draws.push(await this.draw(prompts, split, sample));
    // On the way the estimators are good enough and far cheaper than listing, except on a table.
    const lists = split === 'test' || this.models.policy.architecture.kind === 'tabular';
    const listed = lists ? await listing(this.subject, this.models.reference, this.data, prompts) : null;
    return { draws, listed };
  }

  /** One sample a prompt. */
  async draw(prompts: readonly Prompt[], split: EvaluatedSplit, sample: number): Promise<ObservedDraw> {
    const { policy, reference } = this.models;
    const tokens = prompts.map((p) => this.data.prompt(p.id, p.prompt));
    const stream = decodingStream(this.rng, split, sample);
    const { completions, finished, kl: stated } = await this.subject.draw(tokens, stream);
    const { logps, refLogps, kl } = await policy.against(reference, this.batchOf(prompts, completions));
    const [logp, refLogp, klRaoBlackwell] = [logps, refLogps, kl].map(completionSums) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const densities = prompts.map((_, i) => this.subject.density(logp[i]!, klRaoBlackwell[i]!));
    return {
      completions,
      finished,
      logp: densities.map((density) => density.logp),
      refLogp: Array.from(refLogp),
      klRaoBlackwell: densities.map((density) => density.klRaoBlackwell),
      ...(stated === undefined ? {} : { kl: stated }),
    };
  }

  batchOf(prompts: readonly Prompt[], completions: readonly (readonly number[])[]): TokenBatch {
    return packBatch(
      prompts.map((p, i) => ({ prompt: this.data.prompt(p.id, p.prompt).ids, completion: completions[i]! })),
      this.data.shape,
    );
  }
}
