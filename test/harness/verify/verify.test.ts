import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { absolute, relative, same } from '../../../harness/verify/checks.js';
import { type VerifiedCheck, verify } from '../../../harness/verify/verify.js';
import { temporary, tiltyard } from '../../support.js';
import { traced } from '../engine/support.js';
import { goldenDir } from '../../golden/support.js';

const dir = temporary();
const run = (folder: string): Promise<VerifiedCheck[]> => verify(folder, traced(), () => {});
const failures = (checks: readonly VerifiedCheck[]): string[] =>
  checks.filter((c) => !c.passed).map((c) => c.name);

describe('tiltyard verify', () => {
  test('every golden value: architectures, losses on pairs and on rollouts, trajectories', async () => {
    const checks = await run(goldenDir);
    expect(failures(checks)).toEqual([]);
    expect(checks.length).toBe(95);
    expect(checks.filter((c) => c.where === 'rollouts-trl.json')).toHaveLength(20);
  });
  test('one line per check with error and tolerance, exit 0; --json gives records', async () => {
    const text = await tiltyard('verify', join(goldenDir, 'tiny-llama'));
    expect([text.code, text.stdout.trim().split('\n').length]).toEqual([0, 10]);
    expect(text.stdout).toMatch(
      /ok {3}\.: logits at the last position: largest error \d\.\de-\d+, tolerance 2e-4/,
    );
    const json = await tiltyard('verify', join(goldenDir, 'tiny-llama'), '--json');
    for (const line of json.stdout.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ where: '.', passed: true });
  });
  test('a changed weight fails the model and leaves the tokenizer, exit 1', async () => {
    const folder = join(dir, 'damaged');
    cpSync(join(goldenDir, 'tiny-qwen2'), folder, { recursive: true });
    const path = join(folder, 'model.safetensors');
    const bytes = readFileSync(path);
    bytes.writeFloatLE(bytes.readFloatLE(bytes.length - 400) + 0.5, bytes.length - 400);
    writeFileSync(path, bytes);
    expect(failures(await run(folder))).toContain('log-probabilities of every token');
    expect(failures(await run(folder))).not.toContain('tokenizer: text');
    expect((await tiltyard('verify', folder)).code).toBe(1);
  });
  test('what cannot be computed is a failed check with its reason', async () => {
    const folder = join(dir, 'other');
    cpSync(join(goldenDir, 'tiny-llama'), folder, { recursive: true });
    const path = join(folder, 'config.json');
    const config = readFileSync(path, 'utf8');
    writeFileSync(path, config.replace('"rope_type": "default"', '"rope_type": "longrope"'));
    expect((await run(folder)).find((c) => c.name === 'model')).toMatchObject({
      passed: false,
      detail: expect.stringMatching(/rotary positions of type 'longrope' .* are not built/),
    });
    writeFileSync(path, config.replace('"num_key_value_heads": 2', '"num_key_value_heads": 4'));
    expect((await run(folder)).find((c) => c.name === 'model')!.detail).toMatch(
      /k_proj\.weight' is \[16, 32\], config\.json asks for \[32, 32\]/,
    );
    writeFileSync(path, config.replace('"model_type": "llama"', '"model_type": "mamba"'));
    expect((await run(folder)).find((c) => c.name === 'model')!.detail).toMatch(
      /model_type 'mamba' is not known; known: .*gpt2, .*llama, /,
    );
    rmSync(join(folder, 'tokenizer.json'));
    expect((await run(folder)).find((c) => c.name === 'tokenizer')!.detail).toMatch(/no tokenizer\.json/);
  });
  test('another reward, another bound on length or an unknown loss of a rollout is found out', async () => {
    const folder = join(dir, 'rollouts');
    mkdirSync(folder);
    for (const model of ['tiny-gpt2', 'tiny-gpt2-ref'])
      cpSync(join(goldenDir, model), join(folder, model), { recursive: true });
    rmSync(join(folder, 'tiny-gpt2', 'expected.json'));
    const golden = JSON.parse(readFileSync(join(goldenDir, 'rollouts-trl.json'), 'utf8')) as {
      cases: { name: string; type: string }[];
    };
    const cases = golden.cases.filter(({ name }) => ['dr_grpo', 'grpo', 'rloo'].includes(name));
    const changed = async (change: object): Promise<string[]> => {
      const file = JSON.stringify({ ...golden, cases, ...change });
      writeFileSync(join(folder, 'rollouts-trl.json'), file);
      return failures(await run(folder)).map((name) => name.replace(/ over .*/, ''));
    };
    expect(await changed({})).toEqual([]);
    const rewards = [
      [0.3, -1.2, 0.9, 0.5],
      [2, 2.5, -0.5, 1],
      [-0.1, 0.4, -0.7, -0.3],
    ];
    expect(await changed({ rewards })).toEqual([
      'rollout dr_grpo: loss',
      'rollout dr_grpo: gradient norm',
      'rollout grpo: loss',
      'rollout grpo: gradient norm',
      'rollout rloo: gradient norm', // whose first loss is 0 whatever the rewards
    ]);
    // Only what divides by the bound sees it.
    expect(await changed({ maxTokens: 60 })).toEqual([
      'rollout dr_grpo: loss',
      'rollout dr_grpo: gradient norm',
    ]);
    expect(await changed({ cases: cases.map((c) => ({ ...c, type: 'none' })) })).toEqual([
      'rollout dr_grpo',
      'rollout grpo',
      'rollout rloo',
    ]);
  });
  test('nothing golden is refused', async () => {
    mkdirSync(join(dir, 'empty'));
    const { code, stderr } = await tiltyard('verify', join(dir, 'empty'));
    expect([code, stderr]).toEqual([2, expect.stringMatching(/there is nothing to verify/)]);
    expect((await tiltyard('verify', join(dir, 'none'))).code).toBe(2);
  });
  test('checks fail on other lengths, NaN and nothing', () => {
    expect(absolute('x', [1], [1, 2], 1).passed).toBe(false);
    expect(absolute('x', [Number.NaN], [1], 1e9).passed).toBe(false);
    expect(absolute('x', [], [], 1).passed).toBe(false);
    expect(relative('x', [1.001], [1], 1e-2)).toMatchObject({
      passed: true,
      error: expect.closeTo(0.001, 6),
    });
    expect(relative('x', [1.1], [1], 1e-2).passed).toBe(false);
    expect(same('x', [1, 2], [1, 3])).toMatchObject({ passed: false, detail: 'got [1,2], wanted [1,3]' });
  });
});
