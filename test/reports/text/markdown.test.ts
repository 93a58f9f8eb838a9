import { describe, expect, test } from 'vitest';
import { toCsv } from '../../../reports/text/csv.js';
import { toMarkdown } from '../../../reports/text/markdown.js';
import { fixture } from '../fixture.js';

const report = fixture();

describe('Markdown and CSV', () => {
  const markdown = toMarkdown(report);
  test('Markdown has every section', () => {
    expect([...markdown.matchAll(/^## (.*)$/gm)].map((m) => m[1])).toEqual([
      'Algorithms',
      'At equal KL',
      'At equal compute',
      'Tuning and fairness',
      'Deviations from the plan',
      'Control: an algorithm against itself',
      'Ranking',
      'Head to head',
      'Data',
      'Reward model reward\\[lambda=0\\]',
      'Reward model reward\\[lambda=0.01\\]',
      'Shared stages',
      'Failures',
      'Notes',
      'Environment',
    ]);
    expect(markdown).toContain('| dpo | ppo | 200 GFLOP (dpo) |');
    expect(markdown).toContain('ppo from 6.75× [5.40, over 9.00] |');
    expect(markdown).toContain('False-alarm rate 4.7% [3.1%, 6.9%] over 512 comparisons');
  });
  test('sections without data are left out', () => {
    const { data: _, ...world } = report;
    const bare = toMarkdown({
      ...world,
      families: [],
      matchedKl: [],
      matchedCompute: [],
      ranking: [],
      headToHead: [],
      rewardModels: [],
      sharedStages: [],
      control: { pairs: [], falseAlarms: null, reason: null },
      power: { ...report.power, seeds: null, prompts: null },
    });
    expect([...bare.matchAll(/^## (.*)$/gm)].map((m) => m[1])).toEqual([
      'Algorithms',
      'Deviations from the plan',
      'Failures',
      'Notes',
      'Environment',
    ]);
  });
  test('CSV: one line for each algorithm, every figure with its interval', () => {
    const [head, first, ...others] = toCsv(report)
      .trim()
      .split('\r\n')
      .map((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));
    const at = (column: string): string => first![head!.indexOf(column)]!;
    expect(others.length).toBe(report.algorithms.length - 1);
    expect([
      at('name'),
      at('family'),
      at('interquartile_mean'),
      at('win_rate_vs_start_length_controlled_low'),
      at('probability_of_improvement_n'),
    ]).toEqual([
      'dpo[beta=0.1]',
      'dpo',
      String(report.algorithms[0]!.aggregate.interquartileMean!.mean),
      String(report.algorithms[0]!.winRate.lengthControlled!.ci![0]),
      '10',
    ]);
    expect(at('exact_regret')).toBe('');
  });
});
