import type { AnalysisRow, ClaimRow, TableRow } from '../../harness/contracts/analysis.js';
import type { StoredAnalysis } from '../../harness/run/decided.js';
import type { MemberProgress } from '../../harness/run/suite.js';
import { drawSpec } from '../figures/draw.js';
import { damaged } from '../html/damaged.js';
import { figure } from '../html/figure.js';
import { page } from '../html/page.js';
import { hint } from '../html/section.js';
import { plainTable } from '../html/table.js';
import { escapeHtml } from '../report/escape.js';
import { bytes, number } from '../report/format.js';
import { claimsIn, RUNS, shown, tally, unfinished, claimValue } from './rows.js';

/** report.html of an analysis or a suite; a suite's has its profile. */
export async function decidedToHtml(
  analysis: StoredAnalysis & { readonly profile?: string },
  rows: readonly AnalysisRow[],
  members: readonly MemberProgress[],
  damages: readonly string[] = [],
): Promise<string> {
  const others = await Promise.all(rows.map(otherSection));
  const parts = [
    header(analysis),
    damaged(damages),
    claimSection(claimsIn(rows)),
    others.join('\n'),
    memberSection(members),
  ];
  return page(analysis.name, `${parts.join('\n')}\n`);
}

const section = (title: string, ...content: readonly string[]): string =>
  `<section><h2>${escapeHtml(title)}</h2>${content.join('')}</section>`;

const heads = (headings: readonly string[]): string =>
  headings.map((heading) => `<th>${escapeHtml(heading)}</th>`).join('');

function header(analysis: StoredAnalysis & { readonly profile?: string }): string {
  const { name, description } = analysis;
  const lede = description === '' ? '' : `<p class="lede">${escapeHtml(description)}</p>`;
  const title = `<p class="eyebrow">Tiltyard analysis</p><h1>${escapeHtml(name)}</h1>`;
  return `<header>${title}${lede}<p class="meta">${machine(analysis)}</p></header>`;
}

function machine({ environment, profile }: StoredAnalysis & { readonly profile?: string }): string {
  const { cpuModel, cores, memoryBytes, nodeVersion, tiltyardVersion, gitCommit } = environment;
  const commit = gitCommit === null ? '' : ` (${escapeHtml(gitCommit.slice(0, 12))})`;
  const facts = [
    `${escapeHtml(cpuModel)}, ${cores} cores, ${escapeHtml(bytes(memoryBytes))}`,
    `Node ${escapeHtml(nodeVersion)}`,
    `tiltyard ${escapeHtml(tiltyardVersion)}${commit}`,
  ];
  return [...(profile === undefined ? [] : [`profile ${escapeHtml(profile)}`]), ...facts].join(' · ');
}

const CLAIMS =
  'A claim is supported or refuted where its statistic, or the whole of its 95% interval, lies on one ' +
  'side of the threshold; where a family is corrected for its size, the note says what that does. ' +
  'Reported as it came out.';

const TONES = { supported: 'more', refuted: 'less', undecided: '' } as const;

function claimSection(claims: readonly ClaimRow[]): string {
  if (claims.length === 0) return '';
  const headings = heads(['claim', 'verdict', 'value', 'threshold', 'n']);
  return section(`Claims: ${tally(claims)}`, hint(CLAIMS), plainTable(headings, claims.map(claimLine)));
}

function claimLine(claim: ClaimRow): string {
  const { verdict, ci, threshold, n } = claim;
  const range =
    ci === null ? '' : `<small>${escapeHtml(number(ci[0]))} to ${escapeHtml(number(ci[1]))}</small>`;
  const cells = [
    `<td class="wrap">${statement(claim)}</td>`,
    `<td class="${TONES[verdict]}"><b>${verdict}</b></td>`,
    `<td><b>${escapeHtml(claimValue(claim))}</b>${range}</td>`,
    `<td>${escapeHtml(threshold)}</td>`,
    `<td>${n.toLocaleString('en')}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function statement({ id, claim, scenario, statistic, note, reported, figure: shownIn }: ClaimRow): string {
  const about = [scenario, statistic, note, reported === null ? undefined : `reported: ${reported}`];
  const link = shownIn === null ? '' : ` <a href="#${escapeHtml(shownIn)}">Figure</a>`;
  const details = about
    .filter((part) => part !== undefined)
    .map(sentence)
    .join(' ');
  return `<b>${escapeHtml(id)}</b> ${escapeHtml(claim)}<small>${escapeHtml(details)}${link}</small>`;
}

/** With a capital letter and one full stop. */
const sentence = (part: string): string =>
  `${part.charAt(0).toUpperCase()}${part.slice(1).replace(/\.$/, '')}.`;

/** A table or a figure; claims have a section of their own. */
async function otherSection(row: AnalysisRow): Promise<string> {
  if (row.type === 'table') return tableSection(row);
  if (row.type === 'claim') return '';
  return `<section>${figure(await drawSpec(row.id, row.title, row.reading, row.spec))}</section>`;
}

function tableSection({ title, reading, columns, rows }: TableRow): string {
  const lines = rows.map(([first, ...others]) => {
    const cells = others.map((cell) => `<td>${escapeHtml(shown(cell))}</td>`);
    return `<tr><th scope="row">${escapeHtml(String(first))}</th>${cells.join('')}</tr>`;
  });
  return section(title, hint(escapeHtml(reading)), plainTable(heads(columns), lines));
}

function memberSection(members: readonly MemberProgress[]): string {
  if (members.length === 0) return '';
  const lines = members.map((member) => {
    const counts = [member.runs, member.failed, unfinished(member)].map((n) => `<td>${n}</td>`);
    return `<tr><th scope="row">${escapeHtml(member.name)}</th>${counts.join('')}</tr>`;
  });
  const headings = heads(['member', 'runs', 'failed', 'unfinished']);
  return section('Runs', hint(`${RUNS}.`), plainTable(headings, lines));
}
