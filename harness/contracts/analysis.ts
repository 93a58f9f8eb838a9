import type { Rng } from '../rng.js';

/** What an analysis decides or shows, one row at a time; rows are stored as they come. */
export type AnalysisRow = ClaimRow | TableRow | FigureRow;

/** A claim with what was measured and what that decides. */
export interface ClaimRow {
  readonly type: 'claim';
  readonly id: string;
  /** What is claimed, in one sentence. */
  readonly claim: string;
  readonly scenario: string;
  /** What was measured, its value and 95 % interval where it has one. */
  readonly statistic: string;
  /** Null where nothing could be measured; the note says why. */
  readonly value: number | null;
  readonly ci: readonly [number, number] | null;
  /** What decides, e.g. `at most 1e-6`. */
  readonly threshold: string;
  /** Repetitions behind the statistic. */
  readonly n: number;
  readonly verdict: 'supported' | 'refuted' | 'undecided';
  /** What the literature reported, in short; null where it gave no figure. */
  readonly reported: string | null;
  /** Id of the figure that shows it. */
  readonly figure: string | null;
  readonly note?: string;
}

/** A table of the report. */
export interface TableRow {
  readonly type: 'table';
  readonly id: string;
  readonly title: string;
  /** How to read it, one sentence. */
  readonly reading: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A figure of the report. */
export interface FigureRow {
  readonly type: 'figure';
  readonly id: string;
  readonly title: string;
  /** How to read it, one sentence. */
  readonly reading: string;
  /** A Vega-Lite specification with its data. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One step of an analysis: its rows are stored together, when it ends. */
export interface AnalysisPart {
  readonly id: string;
  /** @param rng of this part alone, the same on every machine and after a resume */
  run(rng: Rng): Promise<readonly AnalysisRow[]> | readonly AnalysisRow[];
}

/** An experiment that is not a plan of training runs: it computes rows, each id once. */
export interface Analysis {
  /** In order; a resumed analysis leaves out those that it has. */
  readonly parts: readonly AnalysisPart[];
}

/** Types an analysis and checks nothing else: loading validates. */
export function defineAnalysis(analysis: Analysis): Analysis {
  return analysis;
}
