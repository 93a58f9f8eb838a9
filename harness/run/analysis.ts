import type { LoadedAnalysis } from '../config/load.js';
import type { AnalysisRow } from '../contracts/analysis.js';
import { environment } from '../environment.js';
import { lasting, loadExtension } from '../extensions.js';
import { Rng } from '../rng.js';
import { writeJsonAtomic } from '../store/atomic.js';
import { JsonlWriter, readJsonl, truncateJsonl } from '../store/jsonl.js';
import { storePaths } from '../store/layout.js';
import { checkStoreVersion } from '../store/read.js';
import { readSealed, type Sealed, sealed, sealOf } from '../store/seal.js';
import { STORE_VERSION } from '../store/spec.js';
import type { Decided, StoredAnalysis } from './decided.js';
import type { RunHost, RunResult } from './host.js';
import type { Beginning, Kind, ResumeOptions } from './kind.js';
import { requireTrusted, resumeCall } from './trust.js';

/** A line of an analysis's rows.jsonl: a row of a part, or that a part has ended. */
type PartRow =
  | { readonly part: string; readonly row: AnalysisRow }
  | { readonly done: string; readonly hash?: string };

/** Rows that are computed instead of training runs. */
export const analysisKind: Kind<LoadedAnalysis, Decided> = { begin, resume, read };

async function begin({ name, description, analysis, baseDir }: LoadedAnalysis): Promise<Beginning> {
  const module = lasting('analysis', analysis, baseDir);
  await loadExtension('analysis', module); // a wrong one is refused before a folder is made
  return {
    name,
    module,
    experiments: [],
    mark: (dir) => {
      const stored: StoredAnalysis = {
        storeVersion: STORE_VERSION,
        name,
        description,
        module,
        environment: environment(),
      };
      writeJsonAtomic(storePaths(dir).analysis, sealed(stored));
    },
  };
}

/** Computes what is missing, a part at a time; a part's rows are stored together with its end. */
async function resume(
  dir: string,
  { trust }: ResumeOptions,
  { progress, signal, report }: RunHost,
): Promise<RunResult> {
  const paths = storePaths(dir);
  const { module } = readSealed<StoredAnalysis & Sealed>(paths.analysis);
  requireTrusted(dir, [{ kind: 'analysis', module }], trust);
  const { parts } = await loadExtension('analysis', module);
  const done = new Set(readJsonl<PartRow>(paths.rows).flatMap((row) => ('done' in row ? [row.done] : [])));
  // Rows of a part that a kill cut off are computed again.
  truncateJsonl<PartRow>(paths.rows, (row) => done.has('done' in row ? row.done : row.part));
  const writer = new JsonlWriter(paths.rows);
  const write = (row: PartRow): void => writer.write(row);
  try {
    for (const [i, part] of parts.entries()) {
      if (done.has(part.id)) continue;
      if (signal.aborted) {
        progress.note(`interrupted; continue with: ${resumeCall(dir, [{ kind: 'analysis', module }])}`);
        return { exitCode: 3, dir, report: null };
      }
      progress.note(`${part.id} (${i + 1} of ${parts.length})`);
      const rows = await part.run(Rng.fromSeed('analysis').split(part.id));
      for (const row of rows) write({ part: part.id, row });
      write({ done: part.id, hash: sealOf(rows) });
      await new Promise((resolve) => setImmediate(resolve)); // let a signal in
    }
  } finally {
    writer.close();
  }
  return { exitCode: 0, dir, report: await report(dir, []) };
}

/** The rows of the parts that ended. */
async function read(dir: string): Promise<Decided> {
  const paths = storePaths(dir);
  const analysis = readSealed<StoredAnalysis & Sealed>(paths.analysis);
  checkStoreVersion(paths.analysis, analysis);
  const rows = readJsonl<PartRow>(paths.rows).flatMap((row) => ('row' in row ? [row.row] : []));
  return { kind: 'analysis', analysis, rows, members: new Map() };
}
