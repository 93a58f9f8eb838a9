import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { fileName } from '../../../harness/policy/architecture.js';
import { readModelFolder } from '../../../harness/policy/checkpoint/folder.js';
import { writeModelFolder } from '../../../harness/policy/checkpoint/write.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { modelStops } from '../../../harness/policy/tokenizers/stops.js';
import { verifyModel } from '../../../harness/verify/model.js';
import { golden, goldenDir } from '../../golden/support.js';
import { temporary } from '../../support.js';
import { traced } from '../engine/support.js';

/** Families that are refused, and the field of config.json that the message names; this list only shrinks. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  // What transformers computes depends on a setting that is not in the file.
  gemma2: /gemma2\/config\.json: 'attn_logit_softcapping' is 50/,
};

/** What `generate` of transformers continues prompts with, end ids included. */
interface Continued {
  readonly prompts: number[][];
  readonly completions: number[][];
}

// Made by test/peers/compare_logps.py --families: random weights, values of transformers in float32.
const folder = join(goldenDir, 'families');
const families = readdirSync(folder);
const configOf = (dir: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as Record<string, unknown>;

describe.each(families)('%s', (family) => {
  const dir = join(folder, family);
  const refusal = REFUSED[family];
  if (refusal !== undefined) {
    test('is refused by name', () => {
      expect(() => readModelFolder(dir)).toThrow(TiltyardError);
      expect(() => readModelFolder(dir)).toThrow(refusal);
    });
    return;
  }
  const out = temporary();
  test('gives the log-probabilities and greedy continuations of transformers', async () => {
    const checks = (await verifyModel(dir, traced())).filter(({ name }) => !name.startsWith('tokenizer'));
    expect(checks.map(({ name }) => name)).toEqual([
      'logits at the last position',
      'log-probabilities of every token',
      'greedy generation',
    ]);
    // float32 in another order of sums; logits are of the order of 10.
    for (const { name, error, detail } of checks)
      expect(error, `${name}: ${detail}`).toBeLessThanOrEqual(1e-4);
  });
  test('continues prompts as generate does, and stops where it stops', async () => {
    const { continued } = golden<{ continued: Continued }>(`families/${family}/expected.json`);
    const completion = Math.max(...continued.completions.map((ids) => ids.length));
    const endIds = modelStops(dir, configOf(dir)).flatMap(({ ids }) => ids);
    const { architecture, body } = readModelFolder(dir);
    const engine = traced();
    const shape = {
      time: continued.prompts[0]!.length + completion,
      completion,
      padId: 0,
      eosId: endIds[0]!,
      endIds,
    };
    const weights = engine.variables(body);
    const module = new NetworkModule('m', engine, architecture, weights, null, shape, new Meter(), false);
    const prompts = continued.prompts.map((ids, i) => ({ id: String(i), ids }));
    const samples = await module.generate(prompts, { greedy: true, rng: Rng.fromSeed(0) });
    expect(samples.completions).toEqual(continued.completions);
    expect(samples.finished).toEqual(continued.completions.map((ids) => endIds.includes(ids.at(-1)!)));
    expect(samples.finished).toContain(true);
  });
  test.each([
    ['beside its folder', dir],
    ['without it', null],
  ])('is written as it came, %s: the same fields, the same arrays', (_, from) => {
    const { architecture, body } = readModelFolder(dir);
    const arrays = new Map([...body].map(([name, array]) => [fileName(architecture, name), array]));
    writeModelFolder(out, { architecture, arrays, tokenizer: null, normalisation: null, from });
    const came = configOf(dir);
    expect(configOf(out)).toEqual({ ...came, ...('dtype' in came ? { dtype: 'float32' } : {}) });
    const back = readModelFolder(out);
    expect([...back.body.keys()]).toEqual([...body.keys()]);
    for (const [name, array] of body) expect(back.body.get(name)).toEqual(array);
  });
});

test('thirty families, of ten model types', () => {
  expect(families.length).toBeGreaterThanOrEqual(30);
  const types = new Set(families.map((family) => configOf(join(folder, family))['model_type']));
  expect(types.size).toBeGreaterThanOrEqual(10);
  expect(Object.keys(REFUSED).filter((family) => !families.includes(family))).toEqual([]);
});
