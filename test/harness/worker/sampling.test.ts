import { describe, expect, test } from 'vitest';
import type { AlgorithmPlugin } from '../../../harness/index.js';
import { type Bench, bench, toyLanguage } from '../../../harness/conformance/bench.js';
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
  const draw = async (b: Bench, options: { completionsPerPrompt?: number }) =>
    b.ctx.generate(
      b.ctx.policy,
      options.completionsPerPrompt === undefined ? [...prompts, ...prompts, ...prompts] : prompts,
      { rng: b.ctx.rng.split('draw'), ...options },
    );

  test('row r G + g continues prompt g, and draws what that row draws of repeated prompts', async () => {
    const [shared, plain] = [await draw(make(), { completionsPerPrompt: 3 }), await draw(make(), {})];
    expect(shared).toEqual(plain);
    expect(shared.prompts.map(({ id }) => id)).toEqual([...'012340123401234']);
  });
  test('a fraction is refused', async () => {
    const b = make();
    await expect(draw(b, { completionsPerPrompt: 0.5 })).rejects.toThrow(
      /completionsPerPrompt must be a positive integer, got 0\.5/,
    );
  });
});
