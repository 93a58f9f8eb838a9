import { describe, expect, test } from 'vitest';
import { resolve } from 'node:path';
import { mergePatch } from '../../../harness/config/merge-patch.js';
import { load, type LoadedExperiment } from '../../../harness/config/load.js';
import { makePlan } from '../../../harness/config/plan.js';
import { resolveExperiment } from '../../../harness/config/resolve.js';
import { ALL_PAIRS } from '../../../harness/store/spec.js';

describe('a merge patch', () => {
  test('merges mappings, takes keys away, replaces the rest', () => {
    const target = { a: { b: 1, c: 2 }, d: [1], e: 'x' };
    mergePatch(target, { a: { b: null, f: { g: 3 } }, d: [2], e: { h: null, i: 4 }, j: null });
    expect(target).toEqual({ a: { c: 2, f: { g: 3 } }, d: [2], e: { i: 4 } });
  });
});

describe('a merge patch of names that every object has', () => {
  test.each(['__proto__', 'constructor', 'toString'])('%s is refused, and nothing is written', (name) => {
    for (const patch of [`{"${name}":{"polluted":1}}`, `{"a":{"${name}":{"polluted":1}}}`]) {
      const target = { a: {} };
      expect(() => mergePatch(target, JSON.parse(patch))).toThrow(`'${name}' is no key of an experiment`);
    }
    expect({}).not.toHaveProperty('polluted');
    expect(Object).not.toHaveProperty('polluted');
  });
});

describe('an experiment on a file of the user', () => {
  const real = (options: Parameters<typeof load>[1]) =>
    (load('real', options) as LoadedExperiment).experiment;

  test('--data is its file, from where the command was called', () => {
    const { dataset, stages } = real({ data: 'mine.jsonl' });
    expect(dataset.params).toMatchObject({ file: resolve('mine.jsonl'), tokenizer: 'bpe' });
    expect(stages['base']).toMatchObject({ completions: 'texts' });
  });

  test('without a file it says how to name one', async () => {
    const { experiment, baseDir } = load('real') as LoadedExperiment;
    await expect(makePlan(experiment, baseDir, 'real')).rejects.toThrow(
      'real: dataset jsonl: no file; name yours with --data FILE, or as params.file',
    );
  });

  test('--model brings its tokenizer, and takes what it makes superfluous out', () => {
    const { dataset, stages, policy } = real({ data: 'mine.jsonl', model: 'folder' });
    expect(policy).toEqual({ kind: 'transformer', checkpoint: resolve('folder') });
    expect(dataset.params).toMatchObject({ tokenizer: resolve('folder') });
    expect(Object.keys(stages)).not.toContain('base');
    expect(stages['sft']).toMatchObject({ start: null });
  });

  test('what was asked for stands in the plan', () => {
    const { request } = load('real', { data: 'a.jsonl', model: 'b' }) as LoadedExperiment;
    expect(request.overrides).toEqual(['--data a.jsonl', '--model b']);
  });

  test('all pairs are as many as there are', () => {
    expect(real({ data: 'a.jsonl' }).collect).toMatchObject({ pairs: ALL_PAIRS, heldoutPairs: ALL_PAIRS });
    const raw = {
      name: 'x',
      dataset: { name: 'bandit' },
      collect: { pairs: 'most' },
      stages: { a: { algorithm: 'dpo' } },
    };
    expect(() => resolveExperiment(raw, 'x')).toThrow(/collect\.pairs/);
  });
});
