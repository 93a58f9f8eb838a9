import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, temporary, tiltyard } from '../../support.js';

const dir = temporary();
const model = join(root, 'test', 'golden', 'tiny-gpt2');

/** 60 pairs of one's own, one in ten of which has an empty answer. */
const pairs = join(dir, 'pairs.jsonl');
writeFileSync(
  pairs,
  Array.from({ length: 60 }, (_, i) =>
    JSON.stringify({ prompt: `Item ${i}?`, chosen: ` ${i}.`, rejected: i % 10 === 0 ? ' ' : ' No.' }),
  ).join('\n'),
);
const dataset = { name: 'jsonl', params: { file: pairs, tokenizer: model, unusable: 'drop' } };
const file = (name: string, parts: object): string => {
  const path = join(dir, `${name}.json`);
  const bounds = { maxPromptTokens: 64, maxCompletionTokens: 32 };
  const own = { ...dataset, params: { ...dataset.params, ...bounds } };
  const stages = { dpo: { algorithm: 'dpo', params: { batchSize: 4 } } };
  const experiment = { name, seeds: 1, dataset: own, policy: { checkpoint: model }, stages, ...parts };
  writeFileSync(path, JSON.stringify(experiment));
  return path;
};

describe('check', () => {
  test('of your own data: where pairs come from, what was asked, given, what the start knows', async () => {
    const path = file('mine', { collect: { pairs: 500, heldoutPairs: 2 } });
    const { code, stdout, stderr } = await tiltyard('check', path);
    expect(code, stderr).toBe(0);
    for (const line of [
      "  collect: take up to 500 pairs and 2 held-out ones of the dataset's own (shared)",
      'nothing can be learned from this start',
      'warning: collect.pairs: 500 asked,',
      'pairs.jsonl: 60 rows, 54 kept',
      '  dropped 6: rejected has nothing but white space',
      'asked: pairs 500, given ',
    ])
      expect(stdout).toContain(line);
  });
  test('of a world: which policy is sampled, and who labels', async () => {
    const { stdout } = await tiltyard('check', 'smoke');
    expect(stdout).toMatch(
      / {2}collect: sample \d+ pairs and \d+ held-out ones from base, labelled by the data/,
    );
  });
  test('of a suite at a size', async () => {
    const full = await tiltyard('check', 'claims', '--profile', 'full');
    expect(full.stdout).toMatch(/^claims: valid; a suite of \d+ experiments, \d+ runs at profile full\n/);
    const wrong = await tiltyard('check', 'claims', '--profile', 'ful');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain("unknown profile 'ful'; did you mean 'full'?");
  });
  test.each([
    ['heads', { policy: { width: 16, heads: 3 } }, 'policy.heads: 3 heads do not divide the width of 16'],
    [
      'batch',
      { stages: { dpo: { algorithm: 'dpo', params: { batchSize: 64 } } } },
      'stage dpo: batchSize 64 is more than the',
    ],
    ['long', { dataset }, 'lower dataset.params.maxPromptTokens'],
    ['wide', { policy: { width: 1e9, heads: 3 } }, 'to train, and this machine has'],
    ['rows', { stages: { dpo: { algorithm: 'dpo', params: { batchSize: 1e9 } } } }, 'lower batchSize'],
  ])('refuses what every run would fail of: %s', async (name, parts, message) => {
    const { code, stdout, stderr } = await tiltyard('check', file(name, { collect: {}, ...parts }));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
  test('says what a checkpoint decided where the file does not, and not where it does', async () => {
    const rate = (learningRate: number) => ({
      dpo: { algorithm: 'dpo', params: { batchSize: 4, learningRate } },
    });
    const filled = await tiltyard('check', file('filled', { collect: { heldoutPairs: 2 } }));
    expect(filled.stdout).toContain(
      'so it is the default for a checkpoint of 45,952 parameters: dpo 0.0001\n',
    );
    const given = await tiltyard(
      'check',
      file('given', { collect: { heldoutPairs: 2 }, stages: rate(1e-3) }),
    );
    expect(given.stdout).not.toContain('default for a checkpoint');
    const scratch = await tiltyard(
      'check',
      file('scratch', { collect: { heldoutPairs: 2 }, policy: { width: 16, heads: 2 } }),
    );
    expect(scratch.code, scratch.stderr).toBe(0);
    expect(scratch.stdout).not.toContain('default for a checkpoint');
  });
  test('says in a line why nothing could be foreseen, and of whose code nothing is', async () => {
    const plugin = join(root, 'test', 'fixtures', 'kto-plugin', 'index.js');
    const stages = { mine: { algorithm: plugin, params: { batchSize: 4 } } };
    const { stdout, stderr, code } = await tiltyard(
      'check',
      file('own', { collect: { heldoutPairs: 2 }, stages }),
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('not counted: mine, whose plugin is not built in');
  });
});
