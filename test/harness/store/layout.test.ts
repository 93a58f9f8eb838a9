import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkpointFolder,
  checkpointPaths,
  isCheckpoint,
  runPaths,
  runsBeside,
  storePaths,
} from '../../../harness/store/layout.js';
import { root } from '../../support.js';

/** Every file name of the store, from layout.ts itself. */
const names = [storePaths('x'), runPaths('x'), checkpointPaths('x')]
  .flatMap((paths) => Object.values(paths))
  .filter((path): path is string => typeof path === 'string')
  .map((path) => basename(path))
  .filter((name) => /\.(json|jsonl|safetensors)$/.test(name));

const sources = readdirSync(join(root, 'harness'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .filter((file) => file !== 'harness/store/layout.ts');

/** Literals that are a name of the store, or a path that ends in one. */
const literals = new RegExp(
  `(['"\`/])(${[...names, 'ckpt-'].map((name) => name.replaceAll('.', '\\.')).join('|')})`,
  'g',
);

const code = (file: string): string =>
  readFileSync(join(root, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\/\/ .*$/gm, '');

describe('names of files in the store', () => {
  test('are all known here, and the search would find one', () => {
    expect(names.sort()).toEqual([
      'analysis.json',
      'data.json',
      'draws.jsonl',
      'evals.jsonl',
      'experiment.json',
      'external.json',
      'files.json',
      'golds.jsonl',
      'heldout.jsonl',
      'lock.json',
      'manifest.json',
      'measured.json',
      'outcome.json',
      'pairs.jsonl',
      'plan.json',
      'proposal.json',
      'report.files.json',
      'report.json',
      'rows.jsonl',
      'run.json',
      'samples.jsonl',
      'scores.json',
      'state.safetensors',
      'steps.jsonl',
      'suite.json',
      'verdicts.jsonl',
      'verdicts.seal.json',
    ]);
    expect("join(dir, 'steps.jsonl')".match(literals)).toEqual(["'steps.jsonl"]);
    expect(code('harness/store/layout.ts').match(literals)).toHaveLength(names.length + 1);
  });
  test.each(sources)('%s has none', (file) => expect(code(file).match(literals)).toBeNull());
  test("nor does one join a run's model folder by hand", () => {
    for (const file of sources) expect(code(file), file).not.toMatch(/join\([^()]*'model'\)/);
  });
});

describe('a run folder', () => {
  test('finds the runs beside it', () => {
    expect(runsBeside('/out/runs/b')('a')).toEqual(runPaths('/out/runs/a'));
    expect(runPaths('/out/runs/a').dir).toBe(storePaths('/out').run('a'));
  });
  test('has checkpoints whose names sort by step', () => {
    const found = [9, 10, 100_000].map((step) => basename(checkpointFolder('x', step)));
    expect(found).toEqual(['ckpt-000009', 'ckpt-000010', 'ckpt-100000']);
    expect([...found].sort()).toEqual(found);
    expect(found.every(isCheckpoint)).toBe(true);
    expect(isCheckpoint('model')).toBe(false);
  });
});
