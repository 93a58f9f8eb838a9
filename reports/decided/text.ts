import type { AnalysisRow, ClaimRow, TableRow } from '../../harness/contracts/analysis.js';
import type { StoredAnalysis } from '../../harness/run/decided.js';
import type { MemberProgress } from '../../harness/run/suite.js';
import { csvLine, escapeMarkdown } from '../report/escape.js';
import { number } from '../report/format.js';
import { damaged } from '../text/markdown.js';
import { markdownTable } from '../text/table.js';
import { claimsIn, RUNS, shown, tablesIn, tally, unfinished, claimValue } from './rows.js';

/** report.md of an analysis or a suite. */
export function decidedToMarkdown(
  { name, description }: Pick<StoredAnalysis, 'name' | 'description'>,
  rows: readonly AnalysisRow[],
  members: readonly MemberProgress[],
  damages: readonly string[] = [],
): string {
  const parts = [
    `# ${escapeMarkdown(name)}`,
    ...damaged(damages),
    escapeMarkdown(description),
    ...claimSection(claimsIn(rows)),
    ...tablesIn(rows).flatMap(tableSection),
    ...memberSection(members),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function claimSection(claims: readonly ClaimRow[]): string[] {
  if (claims.length === 0) return [];
  const headings = ['claim', 'verdict', 'statistic', 'value', 'threshold', 'n', 'reported'];
  const rows = claims.map((claim) => [
    statement(claim),
    claim.verdict,
    escapeMarkdown(claim.statistic),
    escapeMarkdown(measured(claim)),
    escapeMarkdown(claim.threshold),
    String(claim.n),
    escapeMarkdown(claim.reported ?? ''),
  ]);
  return [`## Claims: ${tally(claims)}`, markdownTable(headings, rows)];
}

function statement({ id, claim, scenario, note }: ClaimRow): string {
  const remark = note === undefined ? '' : ` ${escapeMarkdown(note)}`;
  return `**${escapeMarkdown(id)}** ${escapeMarkdown(claim)} *${escapeMarkdown(scenario)}*${remark}`;
}

function measured(claim: ClaimRow): string {
  const { ci } = claim;
  return ci === null ? claimValue(claim) : `${claimValue(claim)} [${number(ci[0])}, ${number(ci[1])}]`;
}

function tableSection({ title, reading, columns, rows }: TableRow): string[] {
  const cells = rows.map((row) => row.map((cell) => escapeMarkdown(shown(cell))));
  return [
    `## ${escapeMarkdown(title)}`,
    escapeMarkdown(reading),
    markdownTable(columns.map(escapeMarkdown), cells),
  ];
}

function memberSection(members: readonly MemberProgress[]): string[] {
  if (members.length === 0) return [];
  const rows = members.map((member) =>
    [escapeMarkdown(member.name), member.runs, member.failed, unfinished(member)].map(String),
  );
  return ['## Runs', `${RUNS}.`, markdownTable(['member', 'runs', 'failed', 'unfinished'], rows)];
}

/** report.csv of an analysis or a suite: its claims, then each of its tables under its title. */
export function decidedToCsv(rows: readonly AnalysisRow[]): string {
  const claims = claimsIn(rows);
  const lines = [
    ...(claims.length === 0 ? [] : [CLAIM_COLUMNS, ...claims.map(claimCells)]),
    ...tablesIn(rows).flatMap((table) => [[table.title], table.columns, ...table.rows]),
  ];
  return lines.map((line) => `${csvLine(line)}\n`).join('');
}

const CLAIM_COLUMNS = [
  'claim',
  'verdict',
  'value',
  'lo',
  'hi',
  'threshold',
  'n',
  'statistic',
  'statement',
  'scenario',
  'reported',
  'figure',
] as const;

const claimCells = (claim: ClaimRow): (string | number)[] => [
  claim.id,
  claim.verdict,
  claim.value ?? '',
  claim.ci?.[0] ?? '',
  claim.ci?.[1] ?? '',
  claim.threshold,
  claim.n,
  claim.statistic,
  claim.claim,
  claim.scenario,
  claim.reported ?? '',
  claim.figure ?? '',
];
