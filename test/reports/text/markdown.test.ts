import { describe, expect, test } from 'vitest';
import { toCsv } from '../../../reports/text/csv.js';
import { toMarkdown } from '../../../reports/text/markdown.js';
import { fixture } from '../fixture.js';
import { nothingAnswered, variants } from '../variants.js';

const report = fixture();

/** A comma outside quotes parts two cells. */
const cellsOf = (line: string): string[] => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);

describe('Markdown and CSV', () => {
  const markdown = toMarkdown(report);
  test('Markdown has every section', () => {
    expect([...markdown.matchAll(/^## (.*)$/gm)].map((m) => m[1])).toEqual([
      'Within a KL budget',
      'What makes the difference',
      'At equal compute',
      'Family against family',
      'Where something else chooses',
      'What could not be told apart',
      'What was tried',
      'Deviations from the plan',
      'Control: an algorithm against itself',
      'The reward on what the policies write',
      'Configurations',
      'Head to head',
      'Data',
      'Reward model reward[lambda=0]',
      'Reward model reward[lambda=0.01]',
      'Shared stages',
      'Failures',
      'Notes',
      'Environment',
    ]);
    expect(markdown).toContain('| RL | offline | −0.315 [−0.515, −0.115] |');
    expect(markdown).toContain('| RL | between 600 GFLOP and 800 GFLOP |');
    expect(markdown).toContain('False-alarm rate 4.7% [3.1%, 6.9%] over 512 comparisons');
  });
  test('the answer stands first, what weakens it beneath it', () => {
    const [title, sentence, doubt, details, given, primary] = markdown.split('\n\n');
    expect(title).toBe('# fixture');
    expect(sentence).toMatch(/^RL is ahead of offline by \+0\.680 /);
    expect(doubt).toMatch(/^Warning: At the edge of what was tried/);
    expect(details).toMatch(/^- Most of the difference is on-policy data/);
    expect(given).toMatch(
      /^Data: .*: 120 rows, 100 used, 20 left out \(.*collect\.pairs: 200 asked, 90 given\.$/,
    );
    expect(primary).toMatch(/\| RL \| offline \| \+0\.680 \[\+0\.540, \+0\.820\] \| ahead \|/);
  });
  test('while the gate is shut no pair of families has a word of verdict or a p-value', () => {
    const shut = toMarkdown(variants()['undecided']!);
    const from = shut.slice(shut.indexOf('## Family against family'));
    const section = from.slice(0, from.indexOf('## Where'));
    expect(section).toContain('Not read as tests');
    expect(section).toContain('| first | second | first − second | detectable |');
    expect(section).not.toMatch(/\| (?:ahead|behind|match|not told apart) \|/);
  });
  test('sections without data are left out', () => {
    const { data: _, ...world } = report;
    const bare = toMarkdown({
      ...world,
      ...nothingAnswered(report),
      headToHead: [],
      rewardModels: [],
      sharedStages: [],
      control: { pairs: [], falseAlarms: null, reason: null },
    });
    expect([...bare.matchAll(/^## (.*)$/gm)].map((m) => m[1])).toEqual([
      'Deviations from the plan',
      'Configurations',
      'Failures',
      'Notes',
      'Environment',
    ]);
  });
  test.each(Object.keys(variants()))('%s: Markdown and CSV without holes', (which) => {
    const variant = variants()[which]!;
    expect(toMarkdown(variant)).not.toMatch(/undefined|NaN|\[object/);
    const widths = new Set(
      toCsv(variant)
        .trim()
        .split('\r\n')
        .map((line) => cellsOf(line).length),
    );
    expect(widths.size).toBe(1);
  });
  test('CSV: one table, the answer first, then frontiers, pairs and configurations', () => {
    const [head, ...rows] = toCsv(report).trim().split('\r\n').map(cellsOf);
    expect(head!.slice(0, 11)).toEqual([
      'name',
      'kind',
      'against',
      'gold_mean_over_budgets',
      'gold_mean_over_budgets_low',
      'gold_mean_over_budgets_high',
      'gold_mean_over_budgets_n',
      'verdict',
      'p',
      'p_corrected',
      'detectable',
    ]);
    const { difference } = report.answer.primary!;
    expect(rows[0]!.slice(0, 5)).toEqual([
      'RL',
      'primary',
      'offline',
      String(difference!.mean),
      String(difference!.ci![0]),
    ]);
    expect([...new Set(rows.map(([, kind]) => kind))]).toEqual([
      'primary',
      'union',
      'family',
      'secondary',
      'configuration',
    ]);
    const shut = toCsv(variants()['undecided']!).split('\r\n').map(cellsOf);
    const verdict = head!.indexOf('verdict');
    const pairs = shut.filter(([, kind]) => kind === 'secondary').map((row) => row[verdict]);
    expect(new Set(pairs)).toEqual(new Set(['']));
  });
  test('CSV: one line for each algorithm, every figure with its interval', () => {
    const [head, ...all] = toCsv(report).trim().split('\r\n').map(cellsOf);
    const [first, ...others] = all.filter(([, kind]) => kind === 'configuration');
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
