import { describe, expect, test } from 'vitest';
import { EagerEngine } from '../../../harness/engine/eager.js';
import type { Engine, ProgramSpec } from '../../../harness/engine/engine.js';
import { Rng, type TokenPrompt } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { packBatch } from '../../../harness/policy/batch.js';
import type { GenerateShape } from '../../../harness/policy/generate.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { sampleToken } from '../../../harness/policy/sampling.js';
import { transformer } from '../../../harness/policy/transformer.js';
import { farthest, hasAdapter, reference, traced } from '../engine/support.js';

const shape = { time: 12, completion: 8, padId: 0, eosId: 1 };
const architecture = transformer({ vocabSize: 9, contextLength: 12, width: 16, layers: 2, heads: 2 });
const policy = (
  engine: Engine = traced(),
  meter = new Meter(),
  its: GenerateShape = shape,
): NetworkModule => {
  const body = architecture.initialBody(Rng.fromSeed('generation'));
  for (const [, a] of body)
    a.data.forEach((x, i) => {
      a.data[i] = x * 8;
    }); // far from uniform
  return new NetworkModule('policy', engine, architecture, engine.variables(body), null, its, meter, false);
};
const prompts = (n: number): TokenPrompt[] => {
  const rng = Rng.fromSeed('prompts');
  return Array.from({ length: n }, (_, i) => ({
    id: String(i),
    ids: Array.from({ length: 1 + (i % 4) }, () => 2 + rng.int(7)),
  }));
};

describe('generation with the cache', () => {
  test('log-probabilities of samples equal those of a full pass, whatever the prompt length', async () => {
    const module = policy();
    const samples = await module.generate(prompts(20), { rng: Rng.fromSeed(3) });
    const { data } = await module.tokenLogps(samples.batch);
    // Two graphs of the same float32 sums.
    samples.logps.data.forEach((logp, i) =>
      expect(Math.abs(logp * samples.batch.mask.data[i]! - data[i]!)).toBeLessThan(2e-5),
    );
  });
  test('ends with the end token or at the bound, and says which', async () => {
    const { completions, finished } = await policy().generate(prompts(40), { rng: Rng.fromSeed(1) });
    completions.forEach((tokens, i) => {
      expect(tokens.length).toBeGreaterThan(0);
      expect(tokens.length).toBeLessThanOrEqual(8);
      expect(tokens.slice(0, -1)).not.toContain(1);
      expect(finished[i]).toBe(tokens.at(-1) === 1);
    });
    expect(finished).toContain(true);
    expect(finished).toContain(false);
  });
  test('every end ends a row, and padding that is an end too changes nothing', async () => {
    const options = () => ({ rng: Rng.fromSeed(1) });
    const one = await policy().generate(prompts(40), options());
    const ends = { ...shape, endIds: [1, 5] };
    const two = await policy(traced(), new Meter(), ends).generate(prompts(40), options());
    one.completions.forEach((tokens, i) => {
      const at = tokens.findIndex((id) => ends.endIds.includes(id));
      expect(two.completions[i]).toEqual(at === -1 ? tokens : tokens.slice(0, at + 1));
      expect(two.finished[i]).toBe(at !== -1);
    });
    const padded = await policy(traced(), new Meter(), { ...ends, padId: 1 }).generate(
      prompts(40),
      options(),
    );
    expect(padded.completions).toEqual(two.completions);
    expect(padded.finished).toEqual(two.finished);
    expect(padded.logps.data).toEqual(two.logps.data);
  });
  test('a row is the same alone as in any batch', async () => {
    const all = prompts(150); // more than one chunk
    const module = policy();
    const { completions } = await module.generate(all, { rng: Rng.fromSeed(5) });
    const { completions: first } = await module.generate(all.slice(0, 3), { rng: Rng.fromSeed(5) });
    expect(first).toEqual(completions.slice(0, 3));
  });
  test('several completions of a prompt are as many rows of it, whatever lies between them', async () => {
    const module = policy();
    const three = prompts(3);
    const many = Array.from({ length: 40 }, () => three).flat();
    const together = await module.generate(many, { rng: Rng.fromSeed(8) });
    const { data } = await module.tokenLogps(together.batch);
    together.logps.data.forEach((logp, i) =>
      expect(Math.abs(logp * together.batch.mask.data[i]! - data[i]!)).toBeLessThan(2e-5),
    );
    const alone = await module.generate([three[0]!], { rng: Rng.fromSeed(8) });
    expect(alone.completions[0]).toEqual(together.completions[0]);
  });
  test('rows that are left move to half the places once that pays, and go on as before', async () => {
    const labels: string[] = [];
    const engine = traced();
    const watched = Object.assign(Object.create(engine) as Engine, {
      program: (spec: ProgramSpec) => {
        labels.push(spec.label);
        return engine.program(spec);
      },
    });
    const wide = transformer({ vocabSize: 9, contextLength: 20, width: 96, layers: 2, heads: 2 });
    const body = engine.variables(wide.initialBody(Rng.fromSeed('wide')));
    const its = { ...shape, time: 20, completion: 16, endIds: [1, 2] };
    const module = new NetworkModule('policy', watched, wide, body, null, its, new Meter(), false);
    const draw = () => module.generate(prompts(100), { rng: Rng.fromSeed(2) });
    const first = await draw();
    expect(labels).not.toContain('move');
    for (let i = 0; i < 4; i++) await draw();
    expect(labels).toContain('move');
    const last = await draw();
    expect(last.completions).toEqual(first.completions);
    expect(farthest(last.logps, first.logps)).toBeLessThan(1e-5);
  });
  test('operations on empty places and on padding are counted apart', async () => {
    const [few, full] = [new Meter(), new Meter()];
    await policy(traced(), few).generate(prompts(2), { rng: Rng.fromSeed(1), maxTokens: 2 });
    await policy(traced(), full).generate(prompts(8), { rng: Rng.fromSeed(1), maxTokens: 2 });
    const work = (meter: Meter) => {
      const { flops, paddingFlops } = meter.totals();
      return { useful: flops.rollout, all: flops.rollout + paddingFlops.rollout };
    };
    // Both fill eight places: the passes are the same, and so is what they compute.
    expect(work(few).all).toBeCloseTo(work(full).all, -1);
    expect(work(few).useful).toBeLessThan(0.4 * work(few).all);
    expect(work(full).useful).toBeGreaterThan(2 * work(few).useful);
  });
  test('the engines draw the same tokens, on the host and in the graph', async () => {
    const elsewhere = new EagerEngine('reference', 'cpu', 'gpu', 'test');
    for (const heads of [2, 4]) {
      const its = transformer({ vocabSize: 9, contextLength: 12, width: 16, layers: 2, heads });
      const [a, b, c] = await Promise.all(
        [reference(), traced(), elsewhere].map((engine) => {
          const body = engine.variables(its.initialBody(Rng.fromSeed('engines')));
          const module = new NetworkModule('policy', engine, its, body, null, shape, new Meter(), false);
          return module.generate(prompts(12), { rng: Rng.fromSeed(4) });
        }),
      );
      expect(b!.completions).toEqual(a!.completions);
      expect(c!.completions).toEqual(a!.completions);
      expect(farthest(c!.logps, a!.logps)).toBeLessThan(1e-5);
    }
  });
  test.skipIf(!hasAdapter)('WebGPU draws the same tokens, with its cache on the device', async () => {
    const [a, b] = await Promise.all(
      [traced(), traced('webgpu')].map((engine) =>
        policy(engine).generate(prompts(12), { rng: Rng.fromSeed(4) }),
      ),
    );
    expect(b!.completions).toEqual(a!.completions);
    expect(farthest(b!.logps, a!.logps)).toBeLessThan(1e-4);
  });
  test.each([1, 0.5, 2])('draws from the softmax at temperature %d', async (temperature) => {
    const module = policy();
    const n = 6000;
    const same = Array.from({ length: n }, () => prompts(4)[3]!);
    const { batch, completions } = await module.generate(same, {
      rng: Rng.fromSeed('frequencies'),
      temperature,
      maxTokens: 1,
    });
    const empty = packBatch([{ prompt: same[0]!.ids, completion: [] }], shape);
    const exact = Array.from(await module.nextLogits(empty), (x) => Math.exp(x / temperature));
    const total = exact.reduce((sum, x) => sum + x, 0);
    expect(batch.ids.shape[0]).toBe(n);
    // Pearson's statistic with 8 degrees of freedom passes 26.1 once in a thousand.
    const statistic = exact.reduce((sum, x, token) => {
      const expected = (n * x) / total;
      const drawn = completions.filter(([first]) => first === token).length;
      return sum + (drawn - expected) ** 2 / expected;
    }, 0);
    expect(statistic).toBeLessThan(26.1);
  });
  test('same seed, same samples; another seed, others', async () => {
    const draw = async (seed: number) =>
      (await policy().generate(prompts(10), { rng: Rng.fromSeed(seed) })).completions;
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });
  test('counts what it cost', async () => {
    const meter = new Meter();
    const { completions } = await policy(traced(), meter).generate(prompts(10), { rng: Rng.fromSeed(1) });
    expect(meter.totals().tokensGenerated).toBe(completions.flat().length);
    expect(meter.totals().flops.rollout).toBeGreaterThan(0);
  });
  test.each([
    [{ temperature: 0 }, 'temperature must be > 0, got 0; use greedy for the limit 0'],
    [{ temperature: Number.NaN }, 'temperature must be > 0, got NaN'],
    [{ topP: 0 }, 'topP must be in (0, 1], got 0'],
    [{ topK: -1 }, 'topK must be a whole number >= 0, got -1'],
  ])('refuses %o', async (options, message) => {
    await expect(policy().generate(prompts(1), { rng: Rng.fromSeed(0), ...options })).rejects.toThrow(
      message,
    );
  });
});

describe('sampling one token', () => {
  const p = Float32Array.of(0.5, 0.2, 0.2, 0.1);
  const plain = { topK: 0, topP: 1, greedy: false };
  const frequencies = (options: Partial<typeof plain>): number[] => {
    const rng = Rng.fromSeed('frequencies');
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++)
      counts[sampleToken(p, 0, 4, { ...plain, ...options }, rng).token]! += 1 / 20_000;
    return counts;
  };
  // Standard error of a frequency over 20,000 draws is at most .0036.
  const near = (got: number[], want: number[]): void =>
    want.forEach((p, i) => expect(Math.abs(got[i]! - p)).toBeLessThan(0.015));
  test('follows the probabilities', () => near(frequencies({}), [0.5, 0.2, 0.2, 0.1]));
  test('top-k keeps k, the first of a tie', () => near(frequencies({ topK: 2 }), [5 / 7, 2 / 7, 0, 0]));
  test('top-p keeps the smallest set with the mass', () =>
    near(frequencies({ topP: 0.6 }), [5 / 7, 2 / 7, 0, 0]));
  test('greedy takes the likeliest', () =>
    expect(frequencies({ greedy: true })).toEqual(
      [1, 0, 0, 0].map((x) => (x === 0 ? 0 : expect.closeTo(1, 6))),
    ));
  test('log-probabilities are those before top-k and top-p', () => {
    const { token, logp } = sampleToken(p, 0, 4, { ...plain, topK: 1 }, Rng.fromSeed(0));
    expect(token).toBe(0);
    expect(logp).toBeCloseTo(Math.log(0.5), 6);
  });
  test('what rounding leaves of 1 goes to the last token that is possible', () => {
    const nearlyOne = { uniform: () => 1 - 2 ** -53 } as Rng;
    const short = Float32Array.of(0.3, 0.6999, 0);
    expect(sampleToken(short, 0, 3, plain, nearlyOne).token).toBe(1);
  });
});

test('packing refuses rows that do not fit', () => {
  expect(() => packBatch([{ prompt: [], completion: [2] }], shape)).toThrow(
    /0 prompt and 1 completion tokens does not fit/,
  );
  expect(() => packBatch([{ prompt: [2], completion: new Array<number>(9).fill(2) }], shape)).toThrow(
    /does not fit/,
  );
});
