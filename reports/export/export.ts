import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TiltyardError, unknownName } from '../../harness/errors.js';
import type { Decided } from '../../harness/run/decided.js';
import { readFolder } from '../../harness/run/kinds.js';
import { writeTextAtomic } from '../../harness/store/atomic.js';
import { requireWhole } from '../../harness/store/damages.js';
import type { StoredExperiment } from '../../harness/store/read.js';
import { assemble } from '../sections/assemble.js';
import { writeLongCsv } from './csv.js';
import { writeFigures } from './figures.js';
import { claimsToLatex, toLatex } from './latex.js';
import { writeTensorboard } from './tensorboard.js';

export interface ExportOptions {
  /** Default: in DIR/export. */
  readonly out?: string | undefined;
  /** Modules whose code may run, beside those built in. */
  readonly trust?: readonly string[] | undefined;
  /** Write over what is there. */
  readonly force?: boolean | undefined;
  /** LaTeX: a document rather than tables to include. */
  readonly standalone?: boolean | undefined;
}

interface Format {
  /** Of its file or folder. */
  readonly name: string;
  write(stored: StoredExperiment, path: string, options: ExportOptions): void | Promise<void>;
}

const FORMATS: Readonly<Record<string, Format>> = {
  latex: {
    name: 'tables.tex',
    write: (stored, path, { standalone }) =>
      writeTextAtomic(path, toLatex(assemble(stored), standalone === true)),
  },
  tensorboard: { name: 'tensorboard', write: (stored, path) => writeTensorboard(stored, path) },
  csv: { name: 'rows.csv', write: (stored, path) => writeLongCsv(stored, path) },
  figures: { name: 'figures', write: (stored, path) => writeFigures(assemble(stored), path) },
};
const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS);

/**
 * Writes stored results in another program's format; returns the path.
 * Of a suite or an analysis LaTeX gets the claims; the other formats are of an experiment's runs.
 * @throws TiltyardError for an unknown format, a folder that has nothing for it, or a target that exists
 */
export async function exportResults(
  dir: string,
  format: string,
  options: ExportOptions = {},
): Promise<string> {
  const known = FORMATS[format];
  if (known === undefined) throw unknownName('export', 'format', format, FORMAT_NAMES);
  requireWhole(resolve(dir));
  const stored = await readFolder(resolve(dir), { trusted: options.trust ?? [] });
  const source = stored.kind === 'experiment' ? stored : claimsText(resolve(dir), format, stored, options);
  const path = resolve(options.out ?? join(dir, 'export', known.name));
  if (existsSync(path) && options.force !== true) {
    throw new TiltyardError(
      'export-exists',
      `${path}: exists already; give another --out, or --force to write over it`,
    );
  }
  mkdirSync(dirname(path), { recursive: true });
  if (typeof source === 'string') writeTextAtomic(path, source);
  else await known.write(source, path, options);
  return path;
}

/** A folder without claims, or a format that has no place for them, is refused before anything is made. */
function claimsText(
  dir: string,
  format: string,
  { analysis, rows, members }: Decided,
  { standalone }: ExportOptions,
): string {
  if (format === 'latex') return claimsToLatex(analysis.name, rows, standalone === true);
  throw new TiltyardError('no-runs', `${dir}: ${whyNoRuns(dir, format, [...members.keys()])}`);
}

function whyNoRuns(dir: string, format: string, members: readonly string[]): string {
  if (members.length === 0) {
    return 'is an analysis without training runs; its figures are in report.csv and report.json';
  }
  const folders = members.map((member) => join(dir, member)).join(', ');
  return `is a suite; give the folder of one of its members for ${format}: ${folders}`;
}
