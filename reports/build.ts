import { relative, resolve } from 'node:path';
import { TiltyardError } from '../harness/errors.js';
import { readFolder } from '../harness/run/kinds.js';
import { keepRows } from '../harness/run/suite.js';
import { writeJsonAtomic, writeTextAtomic } from '../harness/store/atomic.js';
import { damagedRuns, damagesOf, readable } from '../harness/store/damages.js';
import { digests } from '../harness/store/files.js';
import { storePaths } from '../harness/store/layout.js';
import { sealed } from '../harness/store/seal.js';
import { buildDecidedReport } from './decided/build.js';
import { figures } from './figures/figures.js';
import { toHtml } from './html/html.js';
import { damageSentences } from './report/damages.js';
import { type ReportPaths, reportPaths } from './report/paths.js';
import { assemble } from './sections/assemble.js';
import { toCsv } from './text/csv.js';
import { toMarkdown } from './text/markdown.js';

/** A report as it was built. */
export interface Built extends ReportPaths {
  /** What it says first; null where it begins with a table. */
  readonly headline: string | null;
  /** What of the folder is not as it was written, a sentence each: it stands at the top of the report. */
  readonly damages: readonly string[];
}

/**
 * Builds report.{html,md,json,csv} in an output folder from its stored rows alone. Of a folder that is not
 * whole it says so at its top, and counts nothing of a run whose files are not what it left.
 * @param trusted modules whose code may run, beside those built in
 * @throws TiltyardError for a folder that is missing, empty or half written, or whose plan cannot be read;
 *   nothing is written then
 */
export async function buildReport(folder: string, trusted: readonly string[] = []): Promise<Built> {
  const dir = resolve(folder);
  const damages = damagesOf(dir, { weights: false }).filter(({ of }) => of !== 'report');
  const sentences = damageSentences(dir, damages);
  const stored = await readFolder(dir, { damaged: damagedRuns(damages), trusted }).catch((error: unknown) => {
    throw damages.some(({ of }) => of === 'plan') ? unreadable(dir, error) : error;
  });
  const { headline, ...paths } = await build(dir, stored, sentences);
  const left = [paths.json, paths.md, paths.csv, paths.html];
  const { rows, reportFiles } = storePaths(dir);
  if (stored.kind === 'suite') left.push(rows);
  writeJsonAtomic(
    reportFiles,
    sealed({
      files: digests(
        dir,
        left.map((path) => relative(dir, path)),
      ),
    }),
  );
  return { ...paths, headline, damages: sentences };
}

/** What is left of a folder whose plan cannot be read. */
function unreadable(dir: string, error: unknown): TiltyardError {
  const { whole, all } = readable(dir);
  const why = error instanceof Error ? error.message : String(error);
  const left = `${whole} of ${all} run folders are as they were left`;
  return new TiltyardError('damaged', `${why}; without it there is no report, though ${left}`, {
    cause: error,
  });
}

async function build(
  dir: string,
  stored: Awaited<ReturnType<typeof readFolder>>,
  damages: readonly string[],
): Promise<ReportPaths & Pick<Built, 'headline'>> {
  if (stored.kind !== 'experiment') {
    keepRows(dir, stored);
    return { ...(await buildDecidedReport(dir, stored, damages)), headline: null };
  }
  const report = assemble(stored, damages);
  const paths = reportPaths(dir);
  writeTextAtomic(paths.json, `${JSON.stringify(report, null, 2)}\n`);
  writeTextAtomic(paths.md, toMarkdown(report));
  writeTextAtomic(paths.csv, toCsv(report));
  writeTextAtomic(paths.html, toHtml(report, await figures(report)));
  return { ...paths, headline: report.answer.sentence };
}
