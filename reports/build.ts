import { resolve } from 'node:path';
import { readFolder } from '../harness/run/kinds.js';
import { keepRows } from '../harness/run/suite.js';
import { writeTextAtomic } from '../harness/store/atomic.js';
import { buildDecidedReport } from './decided/build.js';
import { figures } from './figures/figures.js';
import { toHtml } from './html/html.js';
import { type ReportPaths, reportPaths } from './report/paths.js';
import { assemble } from './sections/assemble.js';
import { toCsv } from './text/csv.js';
import { toMarkdown } from './text/markdown.js';

/**
 * Builds report.{html,md,json,csv} in an output folder from its stored rows alone.
 * @throws TiltyardError for a folder that is missing, empty or half written; nothing is written then
 */
export async function buildReport(folder: string): Promise<ReportPaths> {
  const dir = resolve(folder);
  const stored = await readFolder(dir);
  if (stored.kind !== 'experiment') {
    keepRows(dir, stored);
    return buildDecidedReport(dir, stored);
  }
  const report = assemble(stored);
  const paths = reportPaths(dir);
  writeTextAtomic(paths.json, `${JSON.stringify(report, null, 2)}\n`);
  writeTextAtomic(paths.md, toMarkdown(report));
  writeTextAtomic(paths.csv, toCsv(report));
  writeTextAtomic(paths.html, toHtml(report, await figures(report)));
  return paths;
}
