import { describe, expect, test } from 'vitest';
import { type AlgorithmPlugin, ops, rows, type TokenBatch } from '../../../harness/index.js';
import { type Bench, bench, toyLanguage } from '../../../harness/conformance/bench.js';
import type { ModuleTrainer } from '../../../harness/policy/trainer.js';
import { loadPlugin } from '../../../harness/extensions.js';

const plugin: AlgorithmPlugin = { ...(await loadPlugin('online-dpo')), needs: ['prompts'] };
const make = (): Bench => bench(plugin, toyLanguage());

describe('prompts', () => {
  const drawn = async (batchSize: number, steps: number): Promise<string[][]> => {
    const out: string[][] = [];
    for await (const { prompts } of make().ctx.prompts({ batchSize, steps }))
      out.push(prompts.map(({ id }) => id));
    return out;
  };
  test('come in full batches; each prompt once a pass', async () => {
    const batches = await drawn(8, 6); // 24 prompts
    expect(batches.map((ids) => ids.length)).toEqual([8, 8, 8, 8, 8, 8]);
    for (const pass of [batches.slice(0, 3), batches.slice(3)]) expect(new Set(pass.flat()).size).toBe(24);
  });
  test('fewer of them than a batch holds take turns, in a fresh order each pass', async () => {
    const [first, second] = await drawn(60, 2);
    for (const ids of [first!, second!]) {
      expect(ids.length).toBe(60);
      expect(new Set(ids.slice(0, 24)).size).toBe(24);
      expect(ids).toEqual(Array.from({ length: 60 }, (_, i) => ids[i % 24]));
    }
    expect(first).not.toEqual(second);
  });
  test('none at all are refused by name', () => {
    const { ctx } = bench(plugin, { ...toyLanguage(), prompts: [] });
    expect(() => ctx.prompts({ batchSize: 1, steps: 1 })).toThrow(
      /plugin online-dpo: needs prompts, and the dataset has no training prompts/,
    );
  });
});

describe('several completions a prompt', () => {
  const prompts = toyLanguage()
    .prompts.slice(0, 5)
    .map((ids, i) => ({ id: String(i), ids }));
  const G = prompts.length;
  const draw = async (b: Bench, options: { completionsPerPrompt?: number }) =>
    b.ctx.generate(
      b.ctx.policy,
      options.completionsPerPrompt === undefined ? [...prompts, ...prompts, ...prompts] : prompts,
      { rng: b.ctx.rng.split('draw'), ...options },
    );

  test('row r G + g continues prompt g, and draws what that row draws of repeated prompts', async () => {
    const [shared, plain] = [await draw(make(), { completionsPerPrompt: 3 }), await draw(make(), {})];
    const { shared: layout, ...batch } = shared.batch;
    expect(layout!.prompts.shape[0]).toBe(G);
    expect({ ...shared, batch }).toEqual(plain);
    expect(shared.prompts.map(({ id }) => id)).toEqual([...'012340123401234']);
  });
  test('one each is the plain batch; a fraction is refused', async () => {
    const b = make();
    const one = await b.ctx.generate(b.ctx.policy, prompts, { rng: b.ctx.rng, completionsPerPrompt: 1 });
    expect(one.batch.shared).toBeUndefined();
    await expect(draw(b, { completionsPerPrompt: 0.5 })).rejects.toThrow(
      /completionsPerPrompt must be a positive integer, got 0\.5/,
    );
  });

  /** Log-probabilities of every completion, their loss and its gradients, without an update. */
  const learned = async (b: Bench, tokens: TokenBatch) => {
    const trainer = b.ctx.trainer({
      modules: { policy: b.ctx.policy },
      optimizer: { learningRate: 0.1 },
      feeds: { tokens: 'tokens' },
      loss: ({ policy }, feeds) => {
        const sums = ops.sum(policy.tokenLogps(feeds.tokens), 1); // [N]
        const each = Object.fromEntries(
          Array.from({ length: sums.shape[0]! }, (_, i) => [
            `logp_${i}`,
            ops.reshape(ops.slice(sums, [i], [1]), []),
          ]),
        );
        return { loss: ops.mean(ops.logSigmoid(sums)), metrics: each };
      },
    }) as ModuleTrainer<{ tokens: 'tokens' }>;
    return { metrics: await trainer.evaluate({ tokens }), gradients: await trainer.gradient({ tokens }) };
  };
  const agree = async (b: Bench, tokens: TokenBatch): Promise<void> => {
    const { shared, ...plain } = tokens;
    expect(shared).toBeDefined();
    const [got, want] = [await learned(b, tokens), await learned(b, plain)];
    // Sums of a few dozen float32 terms, in another order.
    for (const [name, value] of Object.entries(want.metrics)) {
      expect(Math.abs(got.metrics[name]! - value), name).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)));
    }
    for (const [group, arrays] of want.gradients) {
      for (const [name, values] of arrays) {
        const other = got.gradients.get(group)!.get(name)!;
        const furthest = values.reduce((max, x, i) => Math.max(max, Math.abs(x - other[i]!)), 0);
        expect(furthest, name).toBeLessThan(2e-5 * Math.max(1e-2, ...values.map(Math.abs)));
      }
    }
  };
  test('log-probabilities and gradients of the shared and the plain packing agree to float32', async () => {
    const b = make();
    await agree(b, (await draw(b, { completionsPerPrompt: 3 })).batch);
  });
  test('and so do those of whole groups of its rows', async () => {
    const b = make();
    const { batch } = await draw(b, { completionsPerPrompt: 3 });
    await agree(b, rows(batch, [3, 1, G + 3, G + 1, 2 * G + 3, 2 * G + 1]));
  });
});
