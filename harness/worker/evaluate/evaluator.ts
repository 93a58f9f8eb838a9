import type { Prompt } from '../../contracts/dataset.js';
import type { SamplerResult } from '../../contracts/plugin.js';
import type { Meter } from '../../metrics/meter.js';
import type { NetworkModule } from '../../policy/module.js';
import type { Rng } from '../../rng.js';
import type { EvalRow, KlEstimates, SampleRow } from '../../store/records.js';
import type { EvaluatedSplit, EvaluationFigures, KnownSamples, MeasuredRow } from '../../store/shared.js';
import type { TokenData } from '../data.js';
import { AgainstStart, winRate } from './against-start.js';
import { byPrompt, estimate, promptMeans } from './estimate.js';
import { type Listed, listed } from './listed.js';
import { type Observed, type ObservedDraw, type ObservedModels, Observer } from './observe.js';
import type { Subject } from './subject.js';
import { tailOf } from './tail.js';
import { distinct } from './variety.js';

/** The models that an evaluation needs. */
export interface EvaluationModels extends ObservedModels {
  /** Whether the reference is what an earlier stage made, rather than fresh weights. */
  readonly hasStart: boolean;
  /** Scores samples: the run's own reward, or the experiment's proxy. */
  readonly reward: NetworkModule | null;
  /** Stands for a gold reward where the data has none. */
  readonly judge: NetworkModule | null;
  /** Scores samples so that configurations can be chosen by it. */
  readonly chooser: NetworkModule | null;
}

export interface Evaluation {
  readonly rows: readonly SampleRow[];
  /** What the run adds is when and at what cost. */
  readonly row: EvaluationFigures;
}

/**
 * Measures what a run made: the same prompts, the same decoding randomness (keyed by prompt and sample, so
 * that algorithms are paired) and the same estimators for every algorithm. The only place where gold rewards
 * are read during a run.
 */
export class Evaluator {
  private readonly start: AgainstStart;
  private readonly observer: Observer;

  /** @param known gold rewards of the start that need not be drawn again; null where none are known */
  constructor(
    private readonly data: TokenData,
    private readonly models: EvaluationModels,
    private readonly subject: Subject,
    private readonly meter: Meter,
    private readonly rng: Rng,
    known: MeasuredRow['golds'] = null,
  ) {
    this.observer = new Observer(data, models, subject, rng);
    this.start = new AgainstStart((...asked) => this.goldOfStart(...asked), known);
  }

  /** Gold rewards of the start, an array [prompts] a sample; null without gold or without a start. */
  startGolds(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
  ): Promise<readonly Float64Array[] | null> {
    return this.start.golds(prompts, samplesPerPrompt, split);
  }

  /**
   * Samples the start ahead of the first evaluation of a split, so that its cost falls at the same place in
   * every process of a run.
   */
  async prepare(prompts: readonly Prompt[], samplesPerPrompt: number, split: EvaluatedSplit): Promise<void> {
    await this.meter.charge('eval', async () => {
      await this.start.golds(prompts, samplesPerPrompt, split);
    });
  }

  /** @param known the subject's one sample of each prompt, where that need not be drawn again */
  async evaluate(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
    known: KnownSamples | null = null,
  ): Promise<Evaluation> {
    return this.meter.charge('eval', async () => {
      const observed = await this.observer.observe(prompts, samplesPerPrompt, split, known !== null);
      return this.judged(prompts, samplesPerPrompt, split, observed, known);
    });
  }

  /** The draws of an evaluation, before any reward. */
  observe(prompts: readonly Prompt[], samplesPerPrompt: number, split: EvaluatedSplit): Promise<Observed> {
    return this.observer.observe(prompts, samplesPerPrompt, split);
  }

  /**
   * The rewards of what was observed, and what comes of them. All of it is evaluation.
   * @param known the subject's one sample of each prompt, instead of draws
   */
  judge(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
    observed: Observed,
    known: KnownSamples | null = null,
  ): Promise<Evaluation> {
    return this.meter.charge('eval', () => this.judged(prompts, samplesPerPrompt, split, observed, known));
  }

  private async judged(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
    observed: Observed,
    known: KnownSamples | null,
  ): Promise<Evaluation> {
    const draws: Draw[] = [];
    for (let sample = 0; sample < samplesPerPrompt; sample++) {
      const drawn = known ?? (await this.rowsOf(prompts, sample, observed.draws[sample]!));
      draws.push({ ...drawn, rows: await this.scored(prompts, drawn) });
    }
    const rows = draws.flatMap((drawn) => drawn.rows);
    const start = await this.start.golds(prompts, samplesPerPrompt, split);
    const all = observed.listed === null ? null : listed(observed.listed, this.data.dataset, prompts);
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

  /** One sample a prompt, before any reward but gold has scored it. */
  async sample(prompts: readonly Prompt[], split: EvaluatedSplit, sample: number): Promise<Draw> {
    return this.rowsOf(prompts, sample, await this.observer.draw(prompts, split, sample));
  }

  private async rowsOf(prompts: readonly Prompt[], sample: number, drawn: ObservedDraw): Promise<Draw> {
    const { completions, finished, kl } = drawn;
    const golds = await this.golds(prompts, completions);
    const rows = prompts.map(
      (p, i): SampleRow => ({
        promptId: p.id,
        prompt: p.prompt,
        sample,
        completion: this.data.dataset.tokenizer.decode(completions[i]!),
        tokens: completions[i]!.length,
        finished: finished[i]!,
        gold: golds?.[i] ?? null,
        proxy: null,
        logp: drawn.logp[i]!,
        refLogp: drawn.refLogp[i]!,
        klRaoBlackwell: drawn.klRaoBlackwell[i]!,
      }),
    );
    return { rows, completions, ...(kl === undefined ? {} : { kl }) };
  }

  /** The rows of a draw with the scores of the reward and of the chooser, where there are such. */
  private async scored(
    prompts: readonly Prompt[],
    { rows, completions }: KnownSamples,
  ): Promise<SampleRow[]> {
    const { reward, chooser } = this.models;
    const batch = this.observer.batchOf(prompts, completions);
    const proxy = reward === null ? null : await reward.scores(batch);
    const choosing = chooser === null ? null : await chooser.scores(batch);
    return rows.map(({ logp, refLogp, klRaoBlackwell, ...row }, i) => ({
      ...row,
      proxy: proxy === null ? null : proxy[i]!,
      ...(choosing === null ? {} : { chooser: choosing[i]! }),
      logp,
      refLogp,
      klRaoBlackwell,
    }));
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
    return Float64Array.from(await judge.scores(this.observer.batchOf(prompts, completions)));
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
export interface Draw extends KnownSamples {
  readonly kl?: SamplerResult['kl'];
}

const goldOf = ({ rows }: Draw): Float64Array => Float64Array.from(rows, ({ gold }) => gold!);

function distinctOf(completions: readonly (readonly number[])[]): Pick<EvalRow, 'distinct1' | 'distinct2'> {
  const [one, two] = [distinct(completions, 1), distinct(completions, 2)];
  return { ...(one === null ? {} : { distinct1: one }), ...(two === null ? {} : { distinct2: two }) };
}
