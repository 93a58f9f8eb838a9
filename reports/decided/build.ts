import type { Decided } from '../../harness/run/decided.js';
import { progressOf } from '../../harness/run/suite.js';
import { writeTextAtomic } from '../../harness/store/atomic.js';
import type { Sealed } from '../../harness/store/seal.js';
import { type ReportPaths, reportPaths } from '../report/paths.js';
import { decidedToHtml } from './html.js';
import { decidedToCsv, decidedToMarkdown } from './text.js';

/** Writes report.{html,md,json,csv} of an analysis or a suite, from its rows alone. */
export async function buildDecidedReport(
  dir: string,
  { analysis, rows, members }: Decided,
  damages: readonly string[] = [],
): Promise<ReportPaths> {
  const runs = progressOf(members);
  const { seal: _, ...stored } = analysis as Decided['analysis'] & Sealed;
  const said = damages.length === 0 ? {} : { damages };
  const whole = { schemaVersion: 1, ...stored, ...said, ...(runs.length === 0 ? {} : { runs }), rows };
  const paths = reportPaths(dir);
  writeTextAtomic(paths.json, `${JSON.stringify(whole, null, 2)}\n`);
  writeTextAtomic(paths.md, decidedToMarkdown(analysis, rows, runs, damages));
  writeTextAtomic(paths.csv, decidedToCsv(rows));
  writeTextAtomic(paths.html, await decidedToHtml(analysis, rows, runs, damages));
  return paths;
}
