import type { Prompt } from '../../datasets/schema.js';
import type { Meter } from '../metrics/meter.js';
import { wins } from '../metrics/win-rate.js';
import type { AlgorithmPlugin, RunContext, TokenPrompt } from '../plugin.js';
import { expectation, frontierReward } from '../../datasets/worlds/bandit/exact.js';
import { packBatch, rowSum } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { mean, standardError } from '../stats/moments.js';
import type { Rng } from '../rng.js';
import type { Estimate, EvalRow, KlEstimates, SampleRow } from '../store/records.js';
import type { TokenData } from './data.js';

export interface EvaluatorParts {
  readonly data: TokenData;
  readonly policy: NetworkModule;
  /** The start, frozen. */
  readonly reference: NetworkModule;
  /** False where the start is fresh weights, which nothing is measured against. */
  readonly started: boolean;
  /** Scores the samples: the reward that was trained against, or a proxy. */
  readonly reward: NetworkModule | null;
  readonly meter: Meter;
  readonly rng: Rng;
  /** A plugin whose result is not the policy itself brings its own sampler. */
  readonly sampler: { readonly plugin: AlgorithmPlugin; readonly ctx: RunContext; readonly params: Readonly<Record<string, unknown>> } | null;
  /** A control draws a sampler's choices anew: its training, which is what differs elsewhere, has no randomness. */
  readonly replica: number;
}

/**
 * Measures a policy: the same prompts, the same decoding randomness (keyed by prompt and sample, so algorithms are
 * paired), the same estimators for every algorithm. The only place where gold rewards are read during a run.
 */
export class Evaluator {
  /** Gold rewards of the start's own samples, by split and sample: what win rates are counted against. */
  private readonly startGolds = new Map<string, Promise<number[]>>();

  constructor(private readonly parts: EvaluatorParts) {}

  async evaluate(prompts: readonly Prompt[], samplesPerPrompt: number, split: 'validation' | 'test'): Promise<{ rows: SampleRow[]; row: Omit<EvalRow, 'step' | 'clock' | 'flops'> }> {
    return this.parts.meter.charge('eval', async () => {
      const rows: SampleRow[] = [];
      const samplerKl: number[] = [];
      const startGolds: number[] = [];
      let samplerName = '';
      for (let sample = 0; sample < samplesPerPrompt; sample++) {
        const tokens = prompts.map((p) => this.parts.data.prompt(p.id, p.prompt));
        const rng = (): Rng => this.parts.rng.split('evaluate', split, sample); // the same for the policy and its start
        const drawn = await this.draw(tokens, rng());
        if (this.parts.started && this.parts.data.dataset.gold !== undefined) startGolds.push(...(await this.startGold(prompts, tokens, rng())));
        if (drawn.kl !== undefined) {
          samplerKl.push(...drawn.kl.perSample);
          samplerName = drawn.kl.name;
        }
        const batch = packBatch(tokens.map((p, i) => ({ prompt: p.ids, completion: drawn.completions[i]! })), this.parts.data.shape);
        const { logps, refLogps, kl } = await this.parts.policy.against(this.parts.reference, batch);
        const proxy = this.parts.reward === null ? null : await this.parts.reward.scores(batch);
        const C = this.parts.data.shape.completion;
        const sum = (data: ArrayLike<number>, i: number): number => rowSum(data, i, C);
        const hasDensity = this.parts.sampler === null;
        prompts.forEach((p, i) => {
          const completion = this.parts.data.dataset.tokenizer.decode(drawn.completions[i]!);
          rows.push({
            promptId: p.id,
            prompt: p.prompt,
            sample,
            completion,
            tokens: drawn.completions[i]!.length,
            finished: drawn.finished[i]!,
            gold: this.parts.data.dataset.gold?.(p.prompt, completion) ?? null,
            proxy: proxy === null ? null : proxy[i]!,
            logp: hasDensity ? sum(logps.data, i) : null,
            refLogp: sum(refLogps.data, i),
            klRaoBlackwell: hasDensity ? sum(kl.data, i) : null,
          });
        });
      }
      // Listing is for the final evaluation; on the way the estimators are good enough and far cheaper, except on a table.
      const listed = this.parts.sampler === null && (split === 'test' || this.parts.policy.architecture.kind === 'tabular') ? await this.enumerated(prompts) : null;
      const klEstimates: KlEstimates = {
        exact: listed === null ? null : { ...estimate(listed.kl), se: null },
        raoBlackwell: this.parts.sampler === null ? estimate(rows.map((r) => r.klRaoBlackwell!)) : null,
        k1: this.parts.sampler === null ? estimate(rows.map((r) => r.logp! - r.refLogp!)) : null,
        sampler: samplerKl.length === 0 ? null : { ...estimate(samplerKl), name: samplerName },
      };
      const row = {
        split,
        goldReward: rows[0]?.gold === null ? null : estimate(rows.map((r) => r.gold!)),
        proxyReward: this.parts.reward === null ? null : estimate(rows.map((r) => r.proxy!)),
        winRate: startGolds.length === 0 ? null : estimate([...wins(rows.map((r) => r.gold!), startGolds)]),
        kl: klEstimates,
        exact: listed === null || listed.gold === null ? null : { goldReward: listed.gold, frontierEfficiency: listed.efficiency, regret: listed.regret },
        length: estimate(rows.map((r) => r.tokens)),
        finishedShare: rows.reduce((n, r) => n + (r.finished ? 1 : 0), 0) / Math.max(1, rows.length),
      };
      return { rows, row };
    });
  }

  private async draw(prompts: readonly TokenPrompt[], rng: Rng) {
    if (this.parts.sampler !== null) return this.parts.sampler.plugin.sample!(this.parts.sampler.ctx, this.parts.sampler.params, prompts, this.parts.replica === 0 ? rng : rng.split('replica', this.parts.replica));
    const { completions, finished } = await this.parts.policy.generate(prompts, { rng });
    return { completions, finished, kl: undefined };
  }

  private startGold(prompts: readonly Prompt[], tokens: readonly TokenPrompt[], rng: Rng): Promise<number[]> {
    let golds = this.startGolds.get(rng.key);
    if (golds === undefined) {
      const { tokenizer, gold } = this.parts.data.dataset;
      golds = this.parts.reference.generate(tokens, { rng }).then(({ completions }) => prompts.map(({ prompt }, i) => gold!(prompt, tokenizer.decode(completions[i]!))));
      this.startGolds.set(rng.key, golds);
    }
    return golds;
  }

  /**
   * Sums over every completion of every prompt, where the dataset lists them: KL in nats, expected gold reward, and the
   * frontier of the reference at that KL. Null where completions cannot be listed.
   */
  private async enumerated(prompts: readonly Prompt[]): Promise<{ kl: number[]; gold: number | null; efficiency: number | null; regret: number } | null> {
    const { dataset, shape } = this.parts.data;
    if (dataset.enumerate === undefined) return null;
    const byText = new Map<string, { kl: number; gold: number; gain: number; best: number }>();
    for (const { id, prompt } of prompts) {
      if (byText.has(prompt)) continue;
      const completions = dataset.enumerate(prompt);
      const ids = this.parts.data.prompt(id, prompt).ids;
      const logps = new Float64Array(completions.length);
      const refLogps = new Float64Array(completions.length);
      for (let start = 0; start < completions.length; start += LISTED) {
        const rows = completions.slice(start, start + LISTED).map((text) => ({ prompt: ids, completion: this.parts.data.completion(text) }));
        const batch = packBatch(rows, shape);
        const [own, reference] = [await this.parts.policy.tokenLogps(batch), await this.parts.reference.tokenLogps(batch)];
        const C = shape.completion;
        rows.forEach((_, i) => {
          logps[start + i] = rowSum(own.data, i, C);
          refLogps[start + i] = rowSum(reference.data, i, C);
        });
      }
      const p = Array.from(logps, Math.exp);
      const q = Array.from(refLogps, Math.exp);
      const nats = p.reduce((sum, x, i) => sum + x * (logps[i]! - refLogps[i]!), 0);
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
}

/** Rows of one forward pass while listing. */
const LISTED = 1024;

/** Mean with its standard error over independent rows. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  return { mean: mean(values), se: n < 2 ? null : standardError(values), n };
}
