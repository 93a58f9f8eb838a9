import { join } from 'node:path';
import type { AnalysisRow, ClaimRow, FigureRow, TableRow } from '../harness/contracts/analysis.js';
import type { StoredAnalysis } from '../harness/run/analysis.js';
import { type Decided, type MemberProgress, progressOf } from '../harness/run/suite.js';
import { writeTextAtomic } from '../harness/store/atomic.js';
import type { ReportPaths } from './build.js';
import { csvLine } from './report/escape.js';
import { drawSpec } from './figures/draw.js';
import { bytes, number } from './report/format.js';
import { escapeHtml as e, escapeMarkdown } from './report/escape.js';
import { figure as figureHtml } from './html/figure.js';
import { page } from './html/page.js';
import { scroll } from './html/table.js';

/** report.{html,md,json,csv} of an analysis or a suite, from its rows alone. */
export async function buildAnalysisReport(dir: string, { analysis, rows, members: stored }: Decided): Promise<ReportPaths> {
  const members = progressOf(stored);
  const at = (name: string): string => join(dir, name);
  const paths = { html: at('report.html'), md: at('report.md'), json: at('report.json'), csv: at('report.csv') };
  writeTextAtomic(paths.json, `${JSON.stringify({ schemaVersion: 1, ...analysis, ...(members.length === 0 ? {} : { runs: members }), rows }, null, 2)}\n`);
  writeTextAtomic(paths.md, markdown(analysis, rows, members));
  writeTextAtomic(paths.csv, csv(rows));
  writeTextAtomic(paths.html, await html(analysis, rows, members));
  return paths;
}

const claims = (rows: readonly AnalysisRow[]): ClaimRow[] => rows.filter((r): r is ClaimRow => r.type === 'claim');
const tables = (rows: readonly AnalysisRow[]): TableRow[] => rows.filter((r): r is TableRow => r.type === 'table');
const value = (c: ClaimRow): string => (c.value === null ? '–' : number(c.value));
const measured = (c: ClaimRow): string => `${value(c)}${c.ci === null ? '' : ` [${number(c.ci[0])}, ${number(c.ci[1])}]`}`;
const tally = (rows: readonly ClaimRow[]): string =>
  (['supported', 'refuted', 'undecided'] as const).flatMap((v) => { const n = rows.filter((r) => r.verdict === v).length; return n === 0 ? [] : [`${n} ${v}`]; }).join(', ');

function markdown({ name, description }: StoredAnalysis, rows: readonly AnalysisRow[], members: readonly MemberProgress[]): string {
  const m = escapeMarkdown;
  const decided = claims(rows);
  const parts = [`# ${m(name)}`, m(description)];
  if (decided.length > 0) {
    parts.push(`## Claims: ${tally(decided)}`, ['| claim | verdict | statistic | value | threshold | n | reported |', '|---|---|---|---|---|---|---|', ...decided.map((c) => `| **${m(c.id)}** ${m(c.claim)} *${m(c.scenario)}*${c.note === undefined ? '' : ` ${m(c.note)}`} | ${c.verdict} | ${m(c.statistic)} | ${m(measured(c))} | ${m(c.threshold)} | ${c.n} | ${m(c.reported ?? '')} |`)].join('\n'));
  }
  for (const t of tables(rows)) parts.push(`## ${m(t.title)}`, m(t.reading), [`| ${t.columns.map(m).join(' | ')} |`, `|${'---|'.repeat(t.columns.length)}`, ...t.rows.map((r) => `| ${r.map((x) => m(shown(x))).join(' | ')} |`)].join('\n'));
  if (members.length > 0) parts.push('## Runs', `${RUNS}.`, ['| member | runs | failed | unfinished |', '|---|---|---|---|', ...members.map((x) => `| ${m(x.name)} | ${x.runs} | ${x.failed} | ${unfinished(x)} |`)].join('\n'));
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

const RUNS = 'The experiments that these rows are decided from; runs that several share are run once and counted in each';
const unfinished = ({ runs, done, failed }: MemberProgress): number => runs - done - failed;

function csv(rows: readonly AnalysisRow[]): string {
  const decided = claims(rows).map((c) => csvLine([c.id, c.verdict, c.value ?? '', c.ci?.[0] ?? '', c.ci?.[1] ?? '', c.threshold, c.n, c.statistic, c.claim, c.scenario, c.reported ?? '', c.figure ?? '']));
  const out = decided.length === 0 ? [] : [csvLine(['claim', 'verdict', 'value', 'lo', 'hi', 'threshold', 'n', 'statistic', 'statement', 'scenario', 'reported', 'figure']), ...decided];
  for (const t of tables(rows)) out.push(csvLine([t.title]), csvLine([...t.columns]), ...t.rows.map((r) => csvLine([...r])));
  return out.map((line) => `${line}\n`).join('');
}

async function html({ name, description, environment: env, profile }: StoredAnalysis & { readonly profile?: string }, rows: readonly AnalysisRow[], members: readonly MemberProgress[]): Promise<string> {
  const decided = claims(rows);
  const tone = { supported: 'more', refuted: 'less', undecided: '' } as const;
  const claimTable = decided.length === 0 ? '' : `<section><h2>Claims: ${e(tally(decided))}</h2><p class="hint">A claim is supported or refuted where its statistic, or the whole of its 95% interval, lies on one side of the threshold; where a family is corrected for its size, the note says what that does. Reported as it came out.</p>${scroll(`<table><thead><tr><th>claim</th><th>verdict</th><th>value</th><th>threshold</th><th>n</th></tr></thead><tbody>${decided.map((c) => `<tr><td class="wrap"><b>${e(c.id)}</b> ${e(c.claim)}<small>${e(sentences(c.scenario, c.statistic, c.note, c.reported === null ? undefined : `reported: ${c.reported}`))}${c.figure === null ? '' : ` <a href="#${e(c.figure)}">Figure</a>`}</small></td><td class="${tone[c.verdict]}"><b>${c.verdict}</b></td><td><b>${e(value(c))}</b>${c.ci === null ? '' : `<small>${e(number(c.ci[0]))} to ${e(number(c.ci[1]))}</small>`}</td><td>${e(c.threshold)}</td><td>${c.n.toLocaleString('en')}</td></tr>`).join('')}</tbody></table>`)}</section>`;
  const others = await Promise.all(
    rows.map(async (row) => {
      if (row.type === 'table') return `<section><h2>${e(row.title)}</h2><p class="hint">${e(row.reading)}</p>${scroll(`<table><thead><tr>${row.columns.map((c) => `<th>${e(c)}</th>`).join('')}</tr></thead><tbody>${row.rows.map((r) => `<tr><th scope="row">${e(String(r[0]))}</th>${r.slice(1).map((x) => `<td>${e(shown(x))}</td>`).join('')}</tr>`).join('')}</tbody></table>`)}</section>`;
      if (row.type === 'figure') return figure(row);
      return '';
    }),
  );
  return page(name, `<header><p class="eyebrow">Tiltyard analysis</p><h1>${e(name)}</h1>${description === '' ? '' : `<p class="lede">${e(description)}</p>`}<p class="meta">${profile === undefined ? '' : `profile ${e(profile)} · `}${e(env.cpuModel)}, ${env.cores} cores, ${e(bytes(env.memoryBytes))} · Node ${e(env.nodeVersion)} · tiltyard ${e(env.tiltyardVersion)}${env.gitCommit === null ? '' : ` (${e(env.gitCommit.slice(0, 12))})`}</p></header>
${claimTable}
${others.join('\n')}
${members.length === 0 ? '' : `<section><h2>Runs</h2><p class="hint">${RUNS}.</p>${scroll(`<table><thead><tr><th>member</th><th>runs</th><th>failed</th><th>unfinished</th></tr></thead><tbody>${members.map((x) => `<tr><th scope="row">${e(x.name)}</th><td>${x.runs}</td><td>${x.failed}</td><td>${unfinished(x)}</td></tr>`).join('')}</tbody></table>`)}</section>`}
`);
}

/** Each part as a sentence of its own. */
const sentences = (...parts: (string | undefined)[]): string => parts.flatMap((p) => (p === undefined ? [] : [`${p.charAt(0).toUpperCase()}${p.slice(1).replace(/\.$/, '')}.`])).join(' ');
const shown = (x: string | number): string => (typeof x === 'number' ? number(x) : x);

const figure = async (f: FigureRow): Promise<string> => `<section>${figureHtml(await drawSpec(f.id, f.title, f.reading, f.spec))}</section>`;
