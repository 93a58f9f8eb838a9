import { existsSync } from 'node:fs';
import type { AnalysisRow } from '../contracts/analysis.js';
import { environment } from '../environment.js';
import { lasting, loadExtension } from '../extensions.js';
import { Rng } from '../rng.js';
import type { RunHost, RunResult } from './run.js';
import { readJson, writeJsonAtomic } from '../store/atomic.js';
import { JsonlWriter, readJsonl, truncateJsonl } from '../store/jsonl.js';
import { storePaths } from '../store/layout.js';
import { checkStoreVersion } from '../store/read.js';
import { STORE_VERSION } from '../store/records.js';

/** analysis.json of an output folder. */
export interface StoredAnalysis {
  readonly storeVersion: number;
  readonly name: string;
  readonly description: string;
  readonly module: string;
  readonly environment: ReturnType<typeof environment>;
}

/** Computes what is missing of an analysis, a part at a time; a part's rows are stored together with its end. */
export async function runAnalysis(dir: string, host: RunHost): Promise<RunResult> {
  const paths = storePaths(dir);
  const { module } = readJson<StoredAnalysis>(paths.analysis);
  const { parts } = await loadExtension('analysis', module);
  const seen = new Set(readJsonl<StoredRow>(paths.rows).flatMap((row) => ('done' in row ? [row.done] : [])));
  // Rows of a part that a kill cut off are computed again.
  truncateJsonl<StoredRow>(paths.rows, (row) => seen.has('done' in row ? row.done : row.part));
  const writer = new JsonlWriter(paths.rows);
  try {
    for (const [i, part] of parts.entries()) {
      if (seen.has(part.id)) continue;
      if (host.signal.aborted) {
        host.progress.note(`interrupted; continue with: tiltyard resume ${dir}`);
        return { exitCode: 3, dir, report: null };
      }
      host.progress.note(`${part.id} (${i + 1} of ${parts.length})`);
      for (const row of await part.run(Rng.fromSeed('analysis').split(part.id))) writer.write({ part: part.id, row } satisfies StoredRow);
      writer.write({ done: part.id } satisfies StoredRow);
      await new Promise((resolve) => setImmediate(resolve)); // let a signal in
    }
  } finally {
    writer.close();
  }
  return { exitCode: 0, dir, report: await host.report(dir) };
}

type StoredRow = { readonly part: string; readonly row: AnalysisRow } | { readonly done: string };

/** The rows of the parts that ended. */
export function readAnalysis(dir: string): { analysis: StoredAnalysis; rows: AnalysisRow[] } {
  const paths = storePaths(dir);
  const analysis = readJson<StoredAnalysis>(paths.analysis);
  checkStoreVersion(paths.analysis, analysis);
  return { analysis, rows: readJsonl<StoredRow>(paths.rows).flatMap((row) => ('row' in row ? [row.row] : [])) };
}

/** The first thing in a new output folder. */
export function beginAnalysis(dir: string, { name, description, analysis, baseDir }: { name: string; description: string; analysis: string; baseDir: string }): void {
  const module = lasting('analysis', analysis, baseDir);
  writeJsonAtomic(storePaths(dir).analysis, { storeVersion: STORE_VERSION, name, description, module, environment: environment() } satisfies StoredAnalysis);
}

export const isAnalysis = (dir: string): boolean => existsSync(storePaths(dir).analysis);
