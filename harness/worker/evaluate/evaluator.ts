import type { Prompt } from '../../contracts/dataset.js';
import type { SamplerResult } from '../../contracts/plugin.js';
import type { Meter } from '../../metrics/meter.js';
import { wins } from '../../metrics/win-rate.js';
import { completionSums, packBatch } from '../../policy/batch.js';
import type { NetworkModule } from '../../policy/module.js';
import type { Rng } from '../../rng.js';
import type { EvalRow, SampleRow } from '../../store/records.js';
import type { TokenData } from '../data.js';
import { estimate } from './estimate.js';
import { listed } from './listed.js';
import type { Subject } from './subject.js';

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
  /** Gold rewards of the start's samples, by split and sample. */
  private readonly startGold = new Map<string, Float64Array>();

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
      for (let sample = 0; sample < samplesPerPrompt; sample++)
        await this.goldOfStart(prompts, split, sample);
    });
  }

  async evaluate(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
  ): Promise<Evaluation> {
    return this.meter.charge('eval', async () => {
      const rows: SampleRow[] = [];
      const stated: NonNullable<SamplerResult['kl']>[] = [];
      const won: number[] = [];
      for (let sample = 0; sample < samplesPerPrompt; sample++) {
        const drawn = await this.sample(prompts, split, sample);
        rows.push(...drawn.rows);
        won.push(...drawn.won);
        if (drawn.kl !== undefined) stated.push(drawn.kl);
      }
      // On the way the estimators are good enough and far cheaper than listing, except on a table.
      const lists = split === 'test' || this.models.policy.architecture.kind === 'tabular';
      const all = lists ? await listed(this.subject, this.models.reference, this.data, prompts) : null;
      const row = {
        split,
        goldReward: rows[0]?.gold === null ? null : estimate(rows.map((r) => r.gold!)),
        proxyReward: this.models.reward === null ? null : estimate(rows.map((r) => r.proxy!)),
        winRate: won.length === 0 ? null : estimate(won),
        kl: {
          exact: all === null ? null : { ...estimate(all.kl), se: null },
          ...this.subject.sampledKl(rows, stated),
        },
        exact: all?.exact ?? null,
        length: estimate(rows.map((r) => r.tokens)),
        finishedShare: rows.reduce((n, r) => n + (r.finished ? 1 : 0), 0) / Math.max(1, rows.length),
      };
      return { rows, row };
    });
  }

  /** One sample a prompt, and its wins against the start's sample: none without a gold reward or start. */
  private async sample(
    prompts: readonly Prompt[],
    split: EvaluatedSplit,
    sample: number,
  ): Promise<{ rows: SampleRow[]; won: ArrayLike<number> & Iterable<number>; kl: SamplerResult['kl'] }> {
    const { policy, reference, reward } = this.models;
    const tokens = prompts.map((p) => this.data.prompt(p.id, p.prompt));
    const { completions, finished, kl: stated } = await this.subject.draw(tokens, this.stream(split, sample));
    const batch = packBatch(
      tokens.map((p, i) => ({ prompt: p.ids, completion: completions[i]! })),
      this.data.shape,
    );
    const { logps, refLogps, kl } = await policy.against(reference, batch);
    const proxy = reward === null ? null : await reward.scores(batch);
    const [logp, refLogp, klRaoBlackwell] = [logps, refLogps, kl].map(completionSums) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const startGold = await this.goldOfStart(prompts, split, sample);
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
        logp: density.logp,
        refLogp: refLogp[i]!,
        klRaoBlackwell: density.klRaoBlackwell,
      };
    });
    return { rows, won: startGold === null ? [] : wins(golds!, startGold), kl: stated };
  }

  /** The randomness of a sample, the same for the policy and for the start. */
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

  /**
   * Gold rewards of the start's own samples, [prompts]; null without gold or start. The prompts of a split
   * are the same in every evaluation of a run, so they are drawn once.
   */
  private async goldOfStart(
    prompts: readonly Prompt[],
    split: EvaluatedSplit,
    sample: number,
  ): Promise<Float64Array | null> {
    const { hasStart, judge, reference } = this.models;
    if (!hasStart || (this.data.dataset.gold === undefined && judge === null)) return null;
    const key = `${split}/${sample}`;
    const known = this.startGold.get(key);
    if (known !== undefined) return known;
    const tokens = prompts.map((p) => this.data.prompt(p.id, p.prompt));
    const { completions } = await reference.generate(tokens, { rng: this.stream(split, sample) });
    const golds = (await this.golds(prompts, completions))!;
    this.startGold.set(key, golds);
    return golds;
  }
}
