import { bytes, number, seconds, si, signed } from '../report/format.js';
import { escapeHtml as e } from '../report/escape.js';
import { MAX_CURVES } from '../figures/key.js';
import type { Report } from '../report/model.js';
import { scroll } from './page.js';
import { figureCell, hint, name, none, rowHead, section, table, textCell } from './cells.js';

export function rewardModels({ rewardModels: models }: Report, drawn: string): string {
  const measures = [...new Set(models.flatMap((m) => Object.keys(m.figures)))];
  return section(
    'reward-models',
    'Reward models',
    hint('<code>test/</code> figures are on pairs no run trained on; <code>gold_agreement</code> is the share of them ordered as the gold reward orders them; <code>heldout/</code> figures are on the pairs kept for early stopping.'),
    drawn,
    measures.length === 0 ? '' : table('reward-table', measures, [['figure', (k) => rowHead(k)], ...models.map((m) => [`${name(m.name)}<small>${m.runs} runs</small>`, (k: string) => (m.figures[k] === undefined ? none() : figureCell(m.figures[k]!, (x) => number(x)))] as const)]),
  );
}

export const samples = (report: Report): string =>
  section(
    'samples',
    'Samples',
    hint('The first test prompts of the first seed, every policy with the same decoding randomness; the number is the gold reward.'),
    ...report.samples.map((s) => `<article class="sample"><h3>${name(s.prompt)}</h3><dl>${s.completions.slice(0, MAX_CURVES + 1).map((c) => `<div><dt>${name(c.name)} <span>${c.gold === null ? '' : e(signed(c.gold))}</span></dt><dd>${name(c.text)}</dd></div>`).join('')}</dl></article>`),
  );

export const shared = (report: Report): string =>
  section('shared', 'Shared stages', hint('Run once per seed for every algorithm alike; a reward model is charged to the algorithms that use it.'), report.sharedStages.length === 0 ? '' : table('shared-table', report.sharedStages, [['stage', (s) => rowHead(s.stage)], ['runs', (s) => `<td>${s.runs}</td>`], ['compute', (s) => figureCell(s.flops, (x) => si(x, 'FLOP'))], ['time', (s) => figureCell(s.seconds, seconds)]]));

export function parameters({ algorithms, dataset }: Report): string {
  const block = (title: string, values: Readonly<Record<string, unknown>>): string => `<details><summary>${title}</summary><p class="params">${Object.entries(values).map(([k, v]) => `<code>${e(k)} = ${e(JSON.stringify(v))}</code>`).join(' ')}</p></details>`;
  return section('parameters', 'Parameters', algorithms.map((a) => block(`${name(a.name)}: ${name(a.algorithm)}`, a.params)).join(''), block(`dataset ${name(dataset.name)}`, dataset.params));
}

export const notes = ({ notes: list }: Report): string => section('notes', 'How to read this', list.length === 0 ? '' : `<ul>${list.map((n) => `<li>${e(n)}</li>`).join('')}</ul>`);

export function environment({ environment: env }: Report): string {
  if (env === null) return '';
  const rows: [string, string][] = [['engine', `${env.engine} on ${env.device}: ${env.engineReason}`], ['processor', `${env.cpuModel}, ${env.cores} cores, ${bytes(env.memoryBytes)}`], ['platform', env.platform], ['Node', env.nodeVersion], ['tiltyard', `${env.tiltyardVersion}${env.gitCommit === null ? '' : `, commit ${env.gitCommit.slice(0, 12)}`}`], ...Object.entries(env.versions)];
  return section('environment', 'Environment', scroll(`<table><tbody>${rows.map(([k, v]) => `<tr>${rowHead(k)}${textCell(v)}</tr>`).join('')}</tbody></table>`));
}

export const failures = ({ failures: rows }: Report): string =>
  section('failures', 'Failures', rows.length === 0 ? '<p>None: every run finished.</p>' : table('failure-table', rows, [['run', (f) => rowHead(f.run)], ['seed', (f) => `<td>${f.seed}</td>`], ['outcome', (f) => `<td>${e(f.outcome)}</td>`], ['cause', (f) => textCell(f.cause)]]));
