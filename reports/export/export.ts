import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TiltyardError, unknownName } from '../../harness/errors.js';
import { isAnalysis } from '../../harness/run-analysis.js';
import { writeTextAtomic } from '../../harness/store/atomic.js';
import { readExperiment, type StoredExperiment } from '../../harness/store/read.js';
import { assemble } from '../assemble.js';
import { writeLongCsv } from './csv.js';
import { toLatex } from './latex.js';
import { writeTensorboard } from './tensorboard.js';

export interface ExportOptions {
  /** Default: in DIR/export. */
  readonly out?: string | undefined;
  /** Write over what is there. */
  readonly force?: boolean | undefined;
  /** LaTeX: a document rather than tables to include. */
  readonly standalone?: boolean | undefined;
}

const FORMATS: Readonly<Record<string, { readonly name: string; write(stored: StoredExperiment, path: string, options: ExportOptions): void }>> = {
  latex: { name: 'tables.tex', write: (stored, path, { standalone }) => writeTextAtomic(path, toLatex(assemble(stored), standalone === true)) },
  tensorboard: { name: 'tensorboard', write: (stored, path) => writeTensorboard(stored, path) },
  csv: { name: 'rows.csv', write: (stored, path) => writeLongCsv(stored, path) },
};
export const EXPORT_FORMATS: readonly string[] = Object.keys(FORMATS);

/**
 * Writes stored results in another program's format; returns the path.
 * @throws TiltyardError for an unknown format, a folder that is no experiment's, or a target that exists
 */
export function exportResults(dir: string, format: string, options: ExportOptions = {}): string {
  const known = FORMATS[format];
  if (known === undefined) throw unknownName('export', 'format', format, EXPORT_FORMATS);
  if (isAnalysis(resolve(dir))) throw new TiltyardError('no-runs', `${dir}: is an analysis without training runs; its figures are in report.csv and report.json`);
  const stored = readExperiment(resolve(dir));
  const path = resolve(options.out ?? join(dir, 'export', known.name));
  if (existsSync(path) && options.force !== true) throw new TiltyardError('export-exists', `${path}: exists already; give another --out, or --force to write over it`);
  mkdirSync(dirname(path), { recursive: true });
  known.write(stored, path, options);
  return path;
}
