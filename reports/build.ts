import { join, resolve } from 'node:path';
import { readFolder } from '../harness/run/kinds.js';
import { keepRows } from '../harness/run/suite.js';
import { writeTextAtomic } from '../harness/store/atomic.js';
import { buildAnalysisReport } from './decided.js';
import { assemble } from './sections/assemble.js';
import { toCsv } from './text/csv.js';
import { figures } from './figures/figures.js';
import { toHtml } from './html/html.js';
import { toMarkdown } from './text/markdown.js';

export interface ReportPaths {
  readonly html: string;
  readonly md: string;
  readonly json: string;
  readonly csv: string;
}

/**
 * Builds report.{html,md,json,csv} in an output folder from its stored rows alone.
 * @throws TiltyardError for a folder that is missing, empty or half written; nothing is written then
 */
export async function buildReport(dir: string): Promise<ReportPaths> {
  const stored = await readFolder(resolve(dir));
  if (stored.kind !== 'experiment') {
    keepRows(resolve(dir), stored);
    return buildAnalysisReport(resolve(dir), stored);
  }
  const report = assemble(stored);
  const at = (name: string): string => join(resolve(dir), name);
  const paths = { html: at('report.html'), md: at('report.md'), json: at('report.json'), csv: at('report.csv') };
  writeTextAtomic(paths.json, `${JSON.stringify(report, null, 2)}\n`);
  writeTextAtomic(paths.md, toMarkdown(report));
  writeTextAtomic(paths.csv, toCsv(report));
  writeTextAtomic(paths.html, toHtml(report, await figures(report)));
  return paths;
}
