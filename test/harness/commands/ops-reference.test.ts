import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { opsPage, opsReference, readDeclarations } from '../../../harness/commands/ops-reference.js';
import * as ops from '../../../harness/engine/ops.js';
import { root, tiltyard } from '../../support.js';

describe('the reference of ops', () => {
  test('has every function that losses can call, each with what it gives', () => {
    const reference = opsReference();
    expect(reference.map(({ name }) => name).sort()).toEqual(Object.keys(ops).sort());
    for (const { name, description } of reference) expect(description, name).toMatch(/\S.*[.;:\])x]?$/);
  });
  test('docs/ops.md is up to date; tiltyard list ops --markdown > docs/ops.md makes it so', () => {
    expect(readFileSync(join(root, 'docs', 'ops.md'), 'utf8')).toBe(opsPage(opsReference()));
  });
  test('reads constants and functions, and docstrings of several lines', () => {
    const text =
      '/**\n * First line\n * and second.\n */\nexport declare const add: (a: T, b: T) => T;\n' +
      '/** Two. */\nexport declare function halves(x: T): [T, T];\n/** No function. */\nexport type T = 1;\n';
    expect(readDeclarations(text)).toEqual([
      { name: 'add', signature: '(a: T, b: T) => T', description: 'First line and second.' },
      { name: 'halves', signature: '(x: T) => [T, T]', description: 'Two.' },
    ]);
  });
});

describe('list NAME', () => {
  test.each([
    [['plugins', 'ppo-rlhf'], 'klController = "fixed"', '{"fixed", "adaptive"}'],
    [['plugins', 'ppo-rlhf'], 'lambda = 0.95', '{from 0 to 1}'],
    [['plugins', 'ppo-rlhf'], 'batchSize = 64', '{whole from 1}'],
    [['datasets', 'jsonl'], 'file (required)', ''],
    [['datasets', 'jsonl'], 'truncate = false', '{true, false}'],
    [['ops', 'halves'], 'halves(x: Tensor): [Tensor, Tensor]', ''],
  ])('%j shows that one alone, with the values it takes', async (args, line, values) => {
    const { code, stdout } = await tiltyard('list', ...args);
    expect(code).toBe(0);
    expect(stdout.split('\n').find((each) => each.includes(line))).toContain(values);
    expect(stdout).not.toMatch(/^(sft|bandit|add)\b/m);
  });
  test.each([
    [['plugins', 'ppo'], "unknown algorithm 'ppo'; did you mean 'ppo-rlhf'?"],
    [['ops', 'logsigmoid'], "unknown function 'logsigmoid'; did you mean 'logSigmoid'?"],
    [['experiments', 'smok'], "unknown experiment 'smok'; did you mean 'smoke'?"],
    [['plugin'], "unknown kind 'plugin'; did you mean 'plugins'?"],
    [['plugins', '--markdown'], '--markdown is for list ops'],
  ])('%j is refused with what was meant', async (args, text) => {
    const { code, stdout, stderr } = await tiltyard('list', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(text);
  });
});
