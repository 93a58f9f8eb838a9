import type { Prompt } from '../contracts/dataset.js';
import type { Meter } from '../metrics/meter.js';
import type { AlgorithmPlugin, RunContext, TokenPrompt } from '../contracts/plugin.js';
import { expectation, frontierReward } from '../metrics/frontier.js';
import { wins } from '../metrics/win-rate.js';
import { completionSums, packBatch } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { mean, standardError } from '../stats/moments.js';
import type { Rng } from '../rng.js';
import type { Estimate, EvalRow, KlEstimates, SampleRow } from '../store/records.js';
import type { TokenData } from './data.js';

/** What an evaluation looks at. `reward` scores: the run's own, or the experiment's proxy. */
export interface Measured {
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
  /** Whether the reference is what an earlier stage made, rather than fresh weights. */
  readonly hasStart: boolean;
  readonly reward: NetworkModule | null;
  /** Stands for a gold reward where the data has none. */
  readonly judge: NetworkModule | null;
}

/** The stream of a replica; replica 0 is the stream itself. */
export const ofReplica = (rng: Rng, replica: number): Rng => (replica === 0 ? rng : rng.split('replica', replica));

/**
 * Measures a policy: the same prompts, the same decoding randomness (keyed by prompt and sample, so algorithms are
 * paired), the same estimators for every algorithm. The only place where gold rewards are read during a run.
 */
export class Evaluator {
  private readonly policy: NetworkModule;
  private readonly reference: NetworkModule;
  private readonly reward: NetworkModule | null;
  /** Gold rewards of the start's samples, by split and sample. */
  private readonly startGold = new Map<string, Float64Array>();

  constructor(
    private readonly data: TokenData,
    private readonly models: Measured,
    private readonly meter: Meter,
    private readonly rng: Rng,
    /** A plugin whose result is not the policy itself brings its own sampler. */
    private readonly sampler: { readonly plugin: AlgorithmPlugin; readonly ctx: RunContext; readonly params: Readonly<Record<string, unknown>>; readonly replica: number } | null,
  ) {
    ({ policy: this.policy, reference: this.reference, reward: this.reward } = models);
  }

  /** Samples the start ahead of the first evaluation of a split, so that its cost falls at the same place in every process of a run. */
  async prepare(prompts: readonly Prompt[], samplesPerPrompt: number, split: 'validation' | 'test'): Promise<void> {
    await this.meter.charge('eval', async () => {
      for (let sample = 0; sample < samplesPerPrompt; sample++) await this.goldOfStart(prompts, split, sample);
    });
  }

  async evaluate(prompts: readonly Prompt[], samplesPerPrompt: number, split: 'validation' | 'test'): Promise<{ rows: SampleRow[]; row: Omit<EvalRow, 'step' | 'clock' | 'flops'> }> {
    return this.meter.charge('eval', async () => {
      const rows: SampleRow[] = [];
      const samplerKl: number[] = [];
      const won: number[] = [];
      let samplerName = '';
      for (let sample = 0; sample < samplesPerPrompt; sample++) {
        const tokens = prompts.map((p) => this.data.prompt(p.id, p.prompt));
        const drawn = await this.draw(tokens, this.rng.split('evaluate', split, sample));
        if (drawn.kl !== undefined) {
          samplerKl.push(...drawn.kl.perSample);
          samplerName = drawn.kl.name;
        }
        const batch = packBatch(tokens.map((p, i) => ({ prompt: p.ids, completion: drawn.completions[i]! })), this.data.shape);
        const { logps, refLogps, kl } = await this.policy.against(this.reference, batch);
        const proxy = this.reward === null ? null : await this.reward.scores(batch);
        const [logp, refLogp, klRaoBlackwell] = [logps, refLogps, kl].map(completionSums) as [Float64Array, Float64Array, Float64Array];
        const hasDensity = this.sampler === null;
        const startGold = await this.goldOfStart(prompts, split, sample);
        const golds = await this.golds(prompts, drawn.completions);
        prompts.forEach((p, i) => {
          const completion = this.data.dataset.tokenizer.decode(drawn.completions[i]!);
          rows.push({
            promptId: p.id,
            prompt: p.prompt,
            sample,
            completion,
            tokens: drawn.completions[i]!.length,
            finished: drawn.finished[i]!,
            gold: golds?.[i] ?? null,
            proxy: proxy === null ? null : proxy[i]!,
            logp: hasDensity ? logp[i]! : null,
            refLogp: refLogp[i]!,
            klRaoBlackwell: hasDensity ? klRaoBlackwell[i]! : null,
          });
        });
        if (startGold !== null) won.push(...wins(rows.slice(-prompts.length).map((r) => r.gold!), startGold));
      }
      // Listing is for the final evaluation; on the way the estimators are good enough and far cheaper, except on a table.
      const listed = split === 'test' || this.policy.architecture.kind === 'tabular' ? await this.enumerated(prompts) : null;
      const klEstimates: KlEstimates = {
        exact: listed === null ? null : { ...estimate(listed.kl), se: null },
        raoBlackwell: this.sampler === null ? estimate(rows.map((r) => r.klRaoBlackwell!)) : null,
        k1: this.sampler === null ? estimate(rows.map((r) => r.logp! - r.refLogp!)) : null,
        sampler: samplerKl.length === 0 ? null : { ...estimate(samplerKl), name: samplerName },
      };
      const row = {
        split,
        goldReward: rows[0]?.gold === null ? null : estimate(rows.map((r) => r.gold!)),
        proxyReward: this.reward === null ? null : estimate(rows.map((r) => r.proxy!)),
        winRate: won.length === 0 ? null : estimate(won),
        kl: klEstimates,
        exact: listed === null || listed.gold === null ? null : { goldReward: listed.gold, frontierEfficiency: listed.efficiency, regret: listed.regret },
        length: estimate(rows.map((r) => r.tokens)),
        finishedShare: rows.reduce((n, r) => n + (r.finished ? 1 : 0), 0) / Math.max(1, rows.length),
      };
      return { rows, row };
    });
  }

  private async draw(prompts: readonly TokenPrompt[], rng: Rng) {
    if (this.sampler !== null) {
      const { plugin, ctx, params, replica } = this.sampler;
      // A sampler's draws are its work, as batches are a trainer's: they are charged, and without other ones its control would be itself.
      return this.meter.charge(null, () => plugin.sample!(ctx, params, prompts, ofReplica(rng, replica)));
    }
    const { completions, finished } = await this.policy.generate(prompts, { rng });
    return { completions, finished, kl: undefined };
  }

  /** Gold reward of each completion, by the data or else by the judge; null where there is neither. */
  private async golds(prompts: readonly Prompt[], completions: readonly (readonly number[])[]): Promise<Float64Array | null> {
    const { gold, tokenizer } = this.data.dataset;
    if (gold !== undefined) return Float64Array.from(prompts, ({ prompt }, i) => gold(prompt, tokenizer.decode(completions[i]!)));
    const { judge } = this.models;
    if (judge === null) return null;
    const batch = packBatch(prompts.map((p, i) => ({ prompt: this.data.prompt(p.id, p.prompt).ids, completion: completions[i]! })), this.data.shape);
    return Float64Array.from(await judge.scores(batch));
  }

  /**
   * Gold rewards of the start's own samples, drawn with the randomness of the policy's. [prompts]; null without gold or
   * start. The prompts of a split are the same in every evaluation of a run, so they are drawn once.
   */
  private async goldOfStart(prompts: readonly Prompt[], split: string, sample: number): Promise<Float64Array | null> {
    if (!this.models.hasStart || (this.data.dataset.gold === undefined && this.models.judge === null)) return null;
    const key = `${split}/${sample}`;
    let golds = this.startGold.get(key);
    if (golds === undefined) {
      const { completions } = await this.reference.generate(prompts.map((p) => this.data.prompt(p.id, p.prompt)), { rng: this.rng.split('evaluate', split, sample) });
      this.startGold.set(key, (golds = (await this.golds(prompts, completions))!));
    }
    return golds;
  }

  /**
   * Sums over every completion of every prompt, where the dataset lists them: KL in nats, expected gold reward, and the
   * frontier of the reference at that KL. Null where completions cannot be listed.
   */
  private async enumerated(prompts: readonly Prompt[]): Promise<{ kl: number[]; gold: number | null; efficiency: number | null; regret: number } | null> {
    const { dataset } = this.data;
    if (dataset.enumerate === undefined || (this.sampler !== null && (this.sampler.plugin.probabilities === undefined || this.reward === null))) return null;
    const byText = new Map<string, { kl: number; gold: number; gain: number; best: number }>();
    for (const { id, prompt } of prompts) {
      if (byText.has(prompt)) continue;
      const completions = dataset.enumerate(prompt);
      const { logps, refLogps } = await this.overAll(this.data.prompt(id, prompt).ids, completions);
      const [p, q] = [logps.map(Math.exp), refLogps.map(Math.exp)];
      const nats = p.reduce((sum, x, i) => (x === 0 ? sum : sum + x * (logps[i]! - refLogps[i]!)), 0);
      const reward = dataset.gold === undefined ? null : completions.map((text) => dataset.gold!(prompt, text));
      const [gold, start, best] = reward === null ? [Number.NaN, Number.NaN, Number.NaN] : [expectation(p, reward), expectation(q, reward), frontierReward(q, reward, nats)];
      byText.set(prompt, { kl: nats, gold, gain: gold - start, best: best - start });
    }
    const all = [...byText.values()];
    const average = (of: (x: (typeof all)[number]) => number): number => prompts.reduce((sum, { prompt }) => sum + of(byText.get(prompt)!), 0) / prompts.length;
    // A policy that has not moved has no efficiency: both gains are 0.
    const moved = average((x) => x.kl) > 1e-6;
    return { kl: prompts.map(({ prompt }) => byText.get(prompt)!.kl), gold: dataset.gold === undefined ? null : average((x) => x.gold), efficiency: dataset.gold === undefined || !moved ? null : average((x) => x.gain) / average((x) => x.best), regret: average((x) => x.best - x.gain) };
  }

  /** log pi and log pi_ref of every completion of a prompt; a sampler's policy is what it states. */
  private async overAll(prompt: readonly number[], completions: readonly string[]): Promise<{ logps: number[]; refLogps: number[] }> {
    const [logps, refLogps, scores]: [number[], number[], number[]] = [[], [], []];
    for (let start = 0; start < completions.length; start += LISTED) {
      const batch = packBatch(completions.slice(start, start + LISTED).map((text) => ({ prompt, completion: this.data.completion(text) })), this.data.shape);
      refLogps.push(...completionSums(await this.reference.tokenLogps(batch)));
      if (this.sampler === null) logps.push(...completionSums(await this.policy.tokenLogps(batch)));
      else scores.push(...(await this.reward!.scores(batch)));
    }
    if (this.sampler === null) return { logps, refLogps };
    const { plugin, params } = this.sampler;
    return { logps: plugin.probabilities!(params, refLogps.map(Math.exp), scores).map(Math.log), refLogps };
  }
}

/** Rows packed at once while listing. */
const LISTED = 1024;

/** Mean with its standard error over independent rows. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  return { mean: mean(values), se: n < 2 ? null : standardError(values), n };
}
