import { existsSync, readdirSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Analysis, AnalysisRow } from './analysis.js';
import { environment } from './environment.js';
import { TiltyardError, unknownName } from './errors.js';
import { Rng } from './rng.js';
import type { RunHost, RunResult } from './run.js';
import { readJson, writeJsonAtomic } from './store/atomic.js';
import { JsonlWriter, readJsonl, truncateJsonl } from './store/jsonl.js';
import { storePaths } from './store/layout.js';
import { checkStoreVersion } from './store/read.js';
import { STORE_VERSION } from './store/records.js';

/** analysis.json of an output folder. */
export interface StoredAnalysis {
  readonly storeVersion: number;
  readonly name: string;
  readonly description: string;
  readonly module: string;
  readonly environment: ReturnType<typeof environment>;
}

const here = fileURLToPath(import.meta.url);
const folder = join(dirname(here), '..', 'datasets', 'analyses');

/** Computes what is missing of an analysis, a part at a time; a part's rows are stored together with its end. */
export async function runAnalysis(dir: string, host: RunHost): Promise<RunResult> {
  const paths = storePaths(dir);
  const { module } = readJson<StoredAnalysis>(paths.analysis);
  const { parts } = await load(module);
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
  const module = locateModule('analysis', analysis, baseDir);
  writeJsonAtomic(storePaths(dir).analysis, { storeVersion: STORE_VERSION, name, description, module, environment: environment() } satisfies StoredAnalysis);
}

export const isAnalysis = (dir: string): boolean => existsSync(storePaths(dir).analysis);

/** A built-in module keeps its name, so that a folder can be resumed elsewhere. @param kind what it is, for messages */
export function locateModule(kind: 'analysis' | 'suite', name: string, baseDir: string): string {
  const known = readdirSync(folder).filter((f) => extname(f) === extname(here) && !f.endsWith('.d.ts')).map((f) => f.slice(0, -extname(f).length));
  if (known.includes(name)) return name;
  if (name.startsWith('.') || isAbsolute(name)) {
    const path = resolve(baseDir, name);
    if (existsSync(path)) return path;
    throw new TiltyardError('missing-file', `${kind} ${name}: no file ${path}; check the path`);
  }
  throw unknownName('experiment', kind, name, known);
}

async function load(module: string): Promise<Analysis> {
  const loaded = (await loadModule(module)) as Partial<Analysis> | undefined;
  if (!Array.isArray(loaded?.parts)) throw new TiltyardError('analysis-shape', `analysis ${module}: its default export should be { parts: [{ id, run }] }; see harness/analysis.ts`);
  return loaded as Analysis;
}

/** Default export of a built-in module by name, or of another by path. */
export async function loadModule(module: string): Promise<unknown> {
  const path = isAbsolute(module) ? module : join(folder, `${module}${extname(here)}`);
  return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
}
