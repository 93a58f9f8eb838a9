import type { Figure } from '../../harness/stats/interval.js';
import { csvCell } from '../report/escape.js';
import type { Report } from '../report/model.js';

/** One row per algorithm, every figure as mean, low, high, n. Text that a spreadsheet would run as a formula is quoted off. */
export function toCsv(report: Report): string {
  const figures: [string, (row: Report['algorithms'][number]) => Figure | null][] = [
    ['gold_reward', (r) => r.goldReward],
    ['gold_difference_vs_start', (r) => r.goldDifference],
    ['win_rate_vs_start', (r) => r.winRate.vsReference],
    ['win_rate_vs_start_length_controlled', (r) => r.winRate.lengthControlled],
    ['win_rate_vs_chosen', (r) => r.winRate.vsChosen],
    ['interquartile_mean', (r) => r.aggregate.interquartileMean],
    ['probability_of_improvement', (r) => r.aggregate.improvement],
    ['optimality_gap', (r) => r.aggregate.optimalityGap],
    ['kl_sequence_nats', (r) => r.kl.sequence],
    ['proxy_reward', (r) => r.proxyReward],
    ['proxy_difference', (r) => r.proxyDifference],
    ['length_tokens', (r) => r.length],
    ['exact_gold_reward', (r) => r.exact.goldReward],
    ['exact_frontier_efficiency', (r) => r.exact.frontierEfficiency],
    ['exact_regret', (r) => r.exact.regret],
    ['flops', (r) => r.compute.flops],
    ['seconds', (r) => r.compute.seconds],
    ['peak_memory_bytes', (r) => r.compute.peakMemoryBytes],
    ['tokens_trained', (r) => r.compute.tokensTrained],
    ['tokens_generated', (r) => r.compute.tokensGenerated],
  ];
  const header = ['name', 'family', 'algorithm', 'params', 'runs', 'completed', 'device', 'kl_estimator', ...figures.flatMap(([name]) => [name, `${name}_low`, `${name}_high`, `${name}_n`])];
  const rows = report.algorithms.map((row) => [
    csvCell(row.name),
    csvCell(row.family),
    csvCell(row.algorithm),
    csvCell(JSON.stringify(row.params)),
    row.runs,
    row.completed,
    csvCell(row.device),
    csvCell(row.kl.estimator ?? ''),
    ...figures.flatMap(([, of]) => {
      const f = of(row);
      return f === null ? ['', '', '', ''] : [f.mean, f.ci?.[0] ?? '', f.ci?.[1] ?? '', f.n];
    }),
  ]);
  return [header, ...rows].map((line) => `${line.join(',')}\r\n`).join('');
}
