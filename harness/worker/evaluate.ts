import type { Prompt } from '../../datasets/schema.js';
import type { Meter } from '../metrics/meter.js';
import type { AlgorithmPlugin, RunContext, TokenPrompt } from '../plugin.js';
import { packBatch } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import type { Rng } from '../rng.js';
import type { Estimate, EvalRow, KlEstimates, SampleRow } from '../store/records.js';
import type { TokenData } from './data.js';

/**
 * Measures a policy: the same prompts, the same decoding randomness (keyed by prompt and sample, so algorithms are
 * paired), the same estimators for every algorithm. The only place where gold rewards are read during a run.
 */
export class Evaluator {
  constructor(
    private readonly data: TokenData,
    private readonly policy: NetworkModule,
    private readonly reference: NetworkModule,
    private readonly reward: NetworkModule | null,
    private readonly meter: Meter,
    private readonly rng: Rng,
    /** A plugin whose result is not the policy itself brings its own sampler. */
    private readonly sampler: { readonly plugin: AlgorithmPlugin; readonly ctx: RunContext; readonly params: Readonly<Record<string, unknown>> } | null,
  ) {}

  async evaluate(prompts: readonly Prompt[], samplesPerPrompt: number, split: 'validation' | 'test'): Promise<{ rows: SampleRow[]; row: Omit<EvalRow, 'step' | 'clock' | 'flops'> }> {
    return this.meter.charge('eval', async () => {
      const rows: SampleRow[] = [];
      const samplerKl: number[] = [];
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
        const C = this.data.shape.completion;
        const sum = (data: ArrayLike<number>, i: number): number => {
          let total = 0;
          for (let c = 0; c < C; c++) total += data[i * C + c]!;
          return total;
        };
        const hasDensity = this.sampler === null;
        prompts.forEach((p, i) => {
          const completion = this.data.dataset.tokenizer.decode(drawn.completions[i]!);
          rows.push({
            promptId: p.id,
            prompt: p.prompt,
            sample,
            completion,
            tokens: drawn.completions[i]!.length,
            finished: drawn.finished[i]!,
            gold: this.data.dataset.gold?.(p.prompt, completion) ?? null,
            proxy: proxy === null ? null : proxy[i]!,
            logp: hasDensity ? sum(logps.data, i) : null,
            refLogp: sum(refLogps.data, i),
            klRaoBlackwell: hasDensity ? sum(kl.data, i) : null,
          });
        });
      }
      const exact = this.sampler === null ? await this.exactKl(prompts) : null;
      const klEstimates: KlEstimates = {
        exact: exact === null ? null : { ...estimate(exact), se: null },
        raoBlackwell: this.sampler === null ? estimate(rows.map((r) => r.klRaoBlackwell!)) : null,
        k1: this.sampler === null ? estimate(rows.map((r) => r.logp! - r.refLogp!)) : null,
        sampler: samplerKl.length === 0 ? null : { ...estimate(samplerKl), name: samplerName },
      };
      const row = {
        split,
        goldReward: rows[0]?.gold === null ? null : estimate(rows.map((r) => r.gold!)),
        proxyReward: this.reward === null ? null : estimate(rows.map((r) => r.proxy!)),
        kl: klEstimates,
        length: estimate(rows.map((r) => r.tokens)),
        finishedShare: rows.reduce((n, r) => n + (r.finished ? 1 : 0), 0) / Math.max(1, rows.length),
      };
      return { rows, row };
    });
  }

  private async draw(prompts: readonly TokenPrompt[], rng: Rng) {
    if (this.sampler !== null) return this.sampler.plugin.sample!(this.sampler.ctx, this.sampler.params, prompts, rng);
    const { completions, finished } = await this.policy.generate(prompts, { rng });
    return { completions, finished, kl: undefined };
  }

  /** KL of each prompt's row of a table; null for policies that cannot be enumerated. */
  private async exactKl(prompts: readonly Prompt[]): Promise<number[] | null> {
    if (this.policy.architecture.kind !== 'tabular' || this.reference.architecture.kind !== 'tabular') return null;
    const K = this.policy.architecture.vocabSize;
    const [p, q] = [(await this.policy.body.read()).get('table')!, (await this.reference.body.read()).get('table')!];
    return prompts.map((prompt) => {
      const row = this.data.prompt(prompt.id, prompt.prompt).ids[0]! - K;
      const a = logSoftmax(p.subarray(row * K, (row + 1) * K));
      const b = logSoftmax(q.subarray(row * K, (row + 1) * K));
      return a.reduce((sum, logp, i) => sum + Math.exp(logp) * (logp - b[i]!), 0);
    });
  }
}

function logSoftmax(logits: Float32Array): number[] {
  const max = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const lse = max + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - max), 0));
  return Array.from(logits, (x) => x - lse);
}

/** Mean with its standard error over independent rows. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  return { mean, se: n < 2 ? null : Math.sqrt(variance / n), n };
}
