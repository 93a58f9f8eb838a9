import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { withSweeps } from '../../../harness/tune/edit.js';
import { changedLines } from '../../../harness/tune/text.js';
import { root } from '../../support.js';

const grid = { beta: [0.1, 0.4], learningRate: [1e-7, 0.0005] };

describe('sweeps are written into the file', () => {
  test('of flow mappings: only the characters of the sweep change', () => {
    const file = [
      'stages:',
      '  # matched strength',
      '  dpo: { algorithm: dpo, start: sft, sweep: { beta: [0.2, 0.4] }, control: true }',
      '  ipo: { algorithm: ipo, params: { epochs: 3, learningRate: 0.0002 }, sweep: { beta: [0.05] } }',
      'tuning: { equal: true }',
      '',
    ].join('\n');
    const edited = withSweeps(file, { ipo: grid }, 'f');
    const [out, into] = changedLines(file, edited);
    expect(changedLines(file, edited)).toHaveLength(2);
    expect(out).toMatch(/^- {3}ipo: /);
    expect(into).toMatch(/^\+ {3}ipo: .*sweep: \{ beta: \[0\.1, 0\.4\], learningRate: \[1e-7, 0\.0005\] \}/);
    expect(into).not.toMatch(/params: \{[^}]*learningRate/);
    expect(edited.split('\n').length).toBe(file.split('\n').length);
    expect(withSweeps(edited, { ipo: grid }, 'f')).toBe(edited);
  });
  test('of a list of configurations: the grid takes its place', () => {
    const text =
      'stages:\n  a: { algorithm: x, sweep: [{ beta: 1, rate: 2 }, { beta: 2, rate: 2 }] } # a star\n';
    expect(withSweeps(text, { a: { beta: [1, 4], rate: [2, 3] } }, 'f')).toBe(
      'stages:\n  a: { algorithm: x, sweep: { beta: [1, 4], rate: [2, 3] } } # a star\n',
    );
  });
  test('of block mappings: comments and lines around them stay', () => {
    const file = `# head
stages:
  a:
    algorithm: x # why
    params:
      beta: 0.1 # goes with it
      epochs: 3 # stays

      learningRate: 0.1
    sweep:
      beta:
        - 1
        - 2
    # after a
  b:
    algorithm: x
    params:
      learningRate: 0.1
    # after b
seeds: 3 # tail
`;
    expect(withSweeps(file, { a: grid, b: grid }, 'f')).toBe(`# head
stages:
  a:
    algorithm: x # why
    params:
      epochs: 3 # stays

    sweep:
      beta: [0.1, 0.4]
      learningRate: [1e-7, 0.0005]
    # after a
  b:
    algorithm: x
    sweep: { beta: [0.1, 0.4], learningRate: [1e-7, 0.0005] }
    # after b
seeds: 3 # tail
`);
  });
  test('of flow mappings over several lines, with a comment inside', () => {
    const file =
      'stages:\n  c: { algorithm: x, params: { learningRate: 1 }, # note\n       start: y }   # end\n';
    expect(withSweeps(file, { c: grid }, 'f')).toBe(
      'stages:\n  c: { algorithm: x, # note\n       start: y, ' +
        'sweep: { beta: [0.1, 0.4], learningRate: [1e-7, 0.0005] } }   # end\n',
    );
  });
  test('of JSON: it stays JSON', () => {
    const value = {
      stages: { a: { algorithm: 'x', params: { beta: 1, epochs: 2 } }, b: { algorithm: 'x' } },
    };
    const edited = withSweeps(JSON.stringify(value, null, 2), { a: grid, b: { n: [1, 2] } }, 'f');
    expect(JSON.parse(edited)).toEqual({
      stages: {
        a: { algorithm: 'x', params: { epochs: 2 }, sweep: grid },
        b: { algorithm: 'x', sweep: { n: [1, 2] } },
      },
    });
  });
  test('what it says is what was asked, for every built-in experiment', () => {
    for (const name of ['reviews', 'strings', 'bandit', 'smoke']) {
      const file = readFileSync(join(root, 'datasets', 'experiments', `${name}.yaml`), 'utf8');
      const stages = (text: string) =>
        (parse(text) as { stages: Record<string, { params?: object; sweep?: object }> }).stages;
      const edited = stages(withSweeps(file, { dpo: grid, 'best-of-n': { n: [1, 2, 4, 8] } }, 'f'));
      expect(edited['dpo']!.sweep).toEqual(grid);
      expect(edited['dpo']!.params ?? {}).not.toHaveProperty('learningRate');
      expect(edited['best-of-n']!.sweep).toEqual({ n: [1, 2, 4, 8] });
    }
  });
  test('where an alias stands, the file is left alone and the sweep is told', () => {
    const aliased = 'x: &p { beta: 1, e: 2 }\nstages: { a: { algorithm: x, params: *p } }\n';
    expect(() => withSweeps(aliased, { a: grid }, 'mine.yaml')).toThrow(
      /mine\.yaml: is written so that .*aliases.*set by hand: a: \{"beta":\[0\.1,0\.4\],"learningRate"/,
    );
  });
});

test('changed lines, in their order', () => {
  expect(changedLines('a\nb\nc', 'a\nx\nc\nd')).toEqual(['- b', '+ x', '+ d']);
  expect(changedLines('a', 'a')).toEqual([]);
});
