import type { AnalysisRow } from '../contracts/analysis.js';
import type { StoredExperiment } from '../store/read.js';
import type { EnvironmentInfo } from '../store/records.js';

/** analysis.json of an output folder, and what suite.json begins with. */
export interface StoredAnalysis {
  readonly storeVersion: number;
  readonly name: string;
  readonly description: string;
  readonly module: string;
  readonly environment: EnvironmentInfo;
}

/** What a suite's stored runs or an analysis decide, with the experiments behind it (none of an analysis). */
export interface Decided {
  readonly kind: 'suite' | 'analysis';
  readonly analysis: StoredAnalysis;
  readonly rows: readonly AnalysisRow[];
  /** By name. */
  readonly members: ReadonlyMap<string, StoredExperiment>;
}
