import { bytes, escapeMarkdown as e, number, percent, seconds, si, signed, withInterval } from './format.js';
import type { Report } from './model.js';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((r) => `| ${r.join(' | ')} |`)].join('\n');

export function toMarkdown(report: Report): string {
  const parts: string[] = [`# ${e(report.name)}`];
  if (report.description !== '') parts.push(e(report.description));
  parts.push(report.verdicts.map((v) => `- ${e(v)}`).join('\n'));
  parts.push('## Algorithms', `${report.seeds.length} pipeline seeds; mean [95 % interval].`);
  parts.push(
    table(
      ['algorithm', 'gold reward', 'against the start', 'win rate against the start', 'against chosen', 'KL, nats', 'FLOPs', 'seconds', 'peak memory', 'runs'],
      report.algorithms.map((r) => [e(r.name), withInterval(r.goldReward), withInterval(r.goldDifference, signed), withInterval(r.winRate.vsReference, percent), withInterval(r.winRate.vsChosen, percent), withInterval(r.kl.sequence), r.compute.flops === null ? '–' : si(r.compute.flops.mean, 'FLOP'), r.compute.seconds === null ? '–' : seconds(r.compute.seconds.mean), r.compute.peakMemoryBytes === null ? '–' : bytes(r.compute.peakMemoryBytes.mean), `${r.completed}/${r.runs}`]),
    ),
  );
  if (report.reference !== null) parts.push(`Start (${e(report.reference.name)}): gold reward ${withInterval(report.reference.goldReward)}.`);
  if (report.matchedKl.length > 0) {
    parts.push('## At equal KL', 'Gold reward of a minus b at the most KL that both reach in every seed, and on average over the common range (validation prompts, along training).', table(['a', 'b', 'KL, nats', 'difference there', 'over the range'], report.matchedKl.map((m) => [e(m.a), e(m.b), number(m.kl), withInterval(m.goldDifference, signed), withInterval(m.areaDifference, signed)])));
  }
  if (report.headToHead.length > 0) {
    parts.push('## Head to head', table(['a', 'b', 'win rate of a', 'soft win rate', 'gold difference'], report.headToHead.map((h) => [e(h.a), e(h.b), withInterval(h.winRate, percent), withInterval(h.softWinRate, percent), withInterval(h.goldDifference, signed)])));
  }
  for (const model of report.rewardModels) parts.push(`## Reward model ${e(model.name)}`, table(['figure', 'value'], Object.entries(model.figures).map(([k, f]) => [e(k), withInterval(f, number)])));
  parts.push('## Failures', report.failures.length === 0 ? 'None.' : table(['run', 'seed', 'outcome', 'cause'], report.failures.map((f) => [e(f.run), String(f.seed), f.outcome, e(f.cause)])));
  parts.push('## Notes', report.notes.map((n) => `- ${e(n)}`).join('\n'));
  const env = report.environment;
  if (env !== null) parts.push('## Environment', `${e(env.cpuModel)}, ${env.cores} cores; ${e(env.engine)} on ${e(env.device)}; Node ${e(env.nodeVersion)}; tiltyard ${e(env.tiltyardVersion)}${env.gitCommit === null ? '' : ` (${env.gitCommit.slice(0, 12)})`}; experiment ${report.experimentHash.slice(0, 12)}.`);
  return `${parts.join('\n\n')}\n`;
}
