import type { Decided } from '../../harness/run/decided.js';
import { progressOf } from '../../harness/run/suite.js';
import { writeTextAtomic } from '../../harness/store/atomic.js';
import { type ReportPaths, reportPaths } from '../report/paths.js';
import { decidedToHtml } from './html.js';
import { decidedToCsv, decidedToMarkdown } from './text.js';

/** Writes report.{html,md,json,csv} of an analysis or a suite, from its rows alone. */
export async function buildDecidedReport(
  dir: string,
  { analysis, rows, members }: Decided,
): Promise<ReportPaths> {
  const runs = progressOf(members);
  const whole = { schemaVersion: 1, ...analysis, ...(runs.length === 0 ? {} : { runs }), rows };
  const paths = reportPaths(dir);
  writeTextAtomic(paths.json, `${JSON.stringify(whole, null, 2)}\n`);
  writeTextAtomic(paths.md, decidedToMarkdown(analysis, rows, runs));
  writeTextAtomic(paths.csv, decidedToCsv(rows));
  writeTextAtomic(paths.html, await decidedToHtml(analysis, rows, runs));
  return paths;
}
