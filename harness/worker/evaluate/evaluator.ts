import type { Prompt } from '../../contracts/dataset.js';
import type { SamplerResult } from '../../contracts/plugin.js';
import type { Meter } from '../../metrics/meter.js';
import { completionSums, packBatch } from '../../policy/batch.js';
import type { NetworkModule } from '../../policy/module.js';
import type { Rng } from '../../rng.js';
import type { EvalRow, KlEstimates, SampleRow } from '../../store/records.js';
import type { TokenData } from '../data.js';
import { AgainstStart, winRate } from './against-start.js';
import { byPrompt, estimate, promptMeans } from './estimate.js';
import { type Listed, listed } from './listed.js';
import type { Subject } from './subject.js';
import { tailOf } from './tail.js';
import { distinct } from './variety.js';

/** The models that an evaluation needs. */
export interface EvaluationModels {
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
  /** Whether the reference is what an earlier stage made, rather than fresh weights. */
  readonly hasStart: boolean;
  /** Scores samples: the run's own reward, or the experiment's proxy. */
  readonly reward: NetworkModule | null;
  /** Stands for a gold reward where the data has none. */
  readonly judge: NetworkModule | null;
  /** Scores samples so that configurations can be chosen by it. */
  readonly chooser: NetworkModule | null;
}

export type EvaluatedSplit = 'validation' | 'test';

export interface Evaluation {
  readonly rows: readonly SampleRow[];
  /** What the run adds is when and at what cost. */
  readonly row: Omit<EvalRow, 'step' | 'clock' | 'flops'>;
}

/**
 * Measures what a run made: the same prompts, the same decoding randomness (keyed by prompt and sample, so
 * that algorithms are paired) and the same estimators for every algorithm. The only place where gold rewards
 * are read during a run.
 */
export class Evaluator {
  private readonly start = new AgainstStart((...asked) => this.goldOfStart(...asked));

  constructor(
    private readonly data: TokenData,
    private readonly models: EvaluationModels,
    private readonly subject: Subject,
    private readonly meter: Meter,
    private readonly rng: Rng,
  ) {}

  /**
   * Samples the start ahead of the first evaluation of a split, so that its cost falls at the same place in
   * every process of a run.
   */
  async prepare(prompts: readonly Prompt[], samplesPerPrompt: number, split: EvaluatedSplit): Promise<void> {
    await this.meter.charge('eval', async () => {
      await this.start.golds(prompts, samplesPerPrompt, split);
    });
  }

  async evaluate(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
  ): Promise<Evaluation> {
    return this.meter.charge('eval', async () => {
      const draws: Draw[] = [];
      for (let sample = 0; sample < samplesPerPrompt; sample++)
        draws.push(await this.sample(prompts, split, sample));
      const rows = draws.flatMap((drawn) => drawn.rows);
      const start = await this.start.golds(prompts, samplesPerPrompt, split);
      // On the way the estimators are good enough and far cheaper than listing, except on a table.
      const lists = split === 'test' || this.models.policy.architecture.kind === 'tabular';
      const all = lists ? await listed(this.subject, this.models.reference, this.data, prompts) : null;
      const { reward, chooser } = this.models;
      const row = {
        split,
        goldReward: rows[0]?.gold === null ? null : byPrompt(rows, (r) => r.gold!),
        proxyReward: reward === null ? null : byPrompt(rows, (r) => r.proxy!),
        ...(chooser === null ? {} : { chooserReward: byPrompt(rows, (r) => r.chooser!) }),
        winRate: start === null ? null : winRate(draws.map(goldOf), start),
        kl: this.klOf(rows, draws, all),
        exact: all?.exact ?? null,
        length: byPrompt(rows, (r) => r.tokens),
        finishedShare: rows.reduce((n, r) => n + (r.finished ? 1 : 0), 0) / Math.max(1, rows.length),
        ...(rows.every((r) => r.logp !== null) ? { entropy: byPrompt(rows, (r) => -r.logp!) } : {}),
        ...distinctOf(draws.flatMap(({ completions }) => completions)),
      };
      return { rows, row };
    });
  }

  private klOf(rows: readonly SampleRow[], draws: readonly Draw[], all: Listed | null): KlEstimates {
    const stated = draws.flatMap(({ kl }) => (kl === undefined ? [] : [kl]));
    const sampled = this.subject.sampledKl(rows, stated);
    const byRaoBlackwell = rows.every((r) => r.klRaoBlackwell !== null);
    const perPrompt = all?.kl ?? (byRaoBlackwell ? promptMeans(rows, (r) => r.klRaoBlackwell!) : null);
    return {
      exact: all === null ? null : { ...estimate(all.kl), se: null },
      ...sampled,
      ...(perPrompt === null ? {} : { tail: tailOf(perPrompt) }),
    };
  }

  /** One sample a prompt. */
  private async sample(prompts: readonly Prompt[], split: EvaluatedSplit, sample: number): Promise<Draw> {
    const { policy, reference, reward, chooser } = this.models;
    const tokens = prompts.map((p) => this.data.prompt(p.id, p.prompt));
    const { completions, finished, kl: stated } = await this.subject.draw(tokens, this.stream(split, sample));
    const batch = packBatch(
      tokens.map((p, i) => ({ prompt: p.ids, completion: completions[i]! })),
      this.data.shape,
    );
    const { logps, refLogps, kl } = await policy.against(reference, batch);
    const proxy = reward === null ? null : await reward.scores(batch);
    const choosing = chooser === null ? null : await chooser.scores(batch);
    const [logp, refLogp, klRaoBlackwell] = [logps, refLogps, kl].map(completionSums) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const golds = await this.golds(prompts, completions);
    const rows = prompts.map((p, i): SampleRow => {
      const density = this.subject.density(logp[i]!, klRaoBlackwell[i]!);
      return {
        promptId: p.id,
        prompt: p.prompt,
        sample,
        completion: this.data.dataset.tokenizer.decode(completions[i]!),
        tokens: completions[i]!.length,
        finished: finished[i]!,
        gold: golds?.[i] ?? null,
        proxy: proxy === null ? null : proxy[i]!,
        ...(choosing === null ? {} : { chooser: choosing[i]! }),
        logp: density.logp,
        refLogp: refLogp[i]!,
        klRaoBlackwell: density.klRaoBlackwell,
      };
    });
    return { rows, completions, kl: stated };
  }

  /** The randomness of a sample, the same for every algorithm, so that their differences are theirs. */
  private stream(split: EvaluatedSplit, sample: number): Rng {
    return this.rng.split('evaluate', split, sample);
  }

  /** Gold reward of each completion, by the data or else by the judge; null where there is neither. */
  private async golds(
    prompts: readonly Prompt[],
    completions: readonly (readonly number[])[],
  ): Promise<Float64Array | null> {
    const { gold, tokenizer } = this.data.dataset;
    if (gold !== undefined) {
      return Float64Array.from(prompts, ({ prompt }, i) => gold(prompt, tokenizer.decode(completions[i]!)));
    }
    const { judge } = this.models;
    if (judge === null) return null;
    const batch = packBatch(
      prompts.map((p, i) => ({ prompt: this.data.prompt(p.id, p.prompt).ids, completion: completions[i]! })),
      this.data.shape,
    );
    return Float64Array.from(await judge.scores(batch));
  }

  /** Gold rewards of the start, [prompts], from streams that no policy has; null without gold or start. */
  private async goldOfStart(
    prompts: readonly Prompt[],
    split: string,
    sample: number,
  ): Promise<Float64Array | null> {
    const { hasStart, judge, reference } = this.models;
    if (!hasStart || (this.data.dataset.gold === undefined && judge === null)) return null;
    const tokens = prompts.map((p) => this.data.prompt(p.id, p.prompt));
    const rng = this.rng.split('start', split, sample);
    const { completions } = await reference.generate(tokens, { rng });
    return (await this.golds(prompts, completions))!;
  }
}

/** One sample a prompt: what is stored of it, its tokens, and what the sampler said of its KL. */
interface Draw {
  readonly rows: readonly SampleRow[];
  readonly completions: readonly (readonly number[])[];
  readonly kl: SamplerResult['kl'];
}

const goldOf = ({ rows }: Draw): Float64Array => Float64Array.from(rows, ({ gold }) => gold!);

function distinctOf(completions: readonly (readonly number[])[]): Pick<EvalRow, 'distinct1' | 'distinct2'> {
  const [one, two] = [distinct(completions, 1), distinct(completions, 2)];
  return { ...(one === null ? {} : { distinct1: one }), ...(two === null ? {} : { distinct2: two }) };
}
