import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { TiltyardError } from '../errors.js';
import { requirePlainFile } from '../plain-file.js';
import { utf8Text } from '../utf8.js';
import type { PlanRow } from '../store/spec.js';
import type { Experiment } from '../store/experiment.js';
import { hashOf } from '../hash.js';
import { locateExperiment } from './locate.js';
import { flagsOf, type Overrides } from './overrides.js';
import { resolveExperiment } from './resolve.js';
import { analysisSchema, suiteSchema } from './schema.js';
import { validated } from './validate.js';
import { parseYaml } from './yaml.js';

/** An experiment of stages, resolved. */
export interface LoadedExperiment {
  readonly kind: 'experiment';
  readonly experiment: Experiment;
  /** Relative plugin, dataset and data paths are resolved from here. */
  readonly baseDir: string;
  /** File or built-in name, for messages. */
  readonly source: string;
  /**
   * What plan.json keeps as its source: the file's name without folder, the SHA-256 of its bytes, overrides.
   */
  readonly request: PlanRow['source'];
}

interface Named {
  readonly name: string;
  readonly description: string;
  /** The module's path is resolved from here. */
  readonly baseDir: string;
}

/** Experiments that are run together: the module that gives them. */
export interface LoadedSuite extends Named {
  readonly kind: 'suite';
  readonly suite: string;
}

/** Rows that are computed instead of training runs: the module that computes them. */
export interface LoadedAnalysis extends Named {
  readonly kind: 'analysis';
  readonly analysis: string;
}

/** What an experiment file can hold. */
export type Loaded = LoadedExperiment | LoadedSuite | LoadedAnalysis;

/** What the command line changes, and the size of a suite. */
export interface LoadOptions extends Overrides {
  readonly profile?: string | undefined;
}

/**
 * Reads an experiment by built-in name or path (YAML or JSON), once; what kind it is stands in it.
 * @throws TiltyardError for a file that is missing or not valid, and for options that its kind does not take
 */
export function load(nameOrPath: string, options: LoadOptions = {}): Loaded {
  const { path, source } = locateExperiment(nameOrPath);
  requirePlainFile(path);
  const bytes = readFileSync(path);
  const raw = parseYaml(utf8Text(bytes, source), source);
  const kind = kindOf(raw);
  refuseForeignOptions(kind, nameOrPath, source, options);
  const baseDir = dirname(path);
  switch (kind) {
    case 'suite':
      return { kind, ...validated<Omit<LoadedSuite, 'kind' | 'baseDir'>>(suiteSchema, raw, source), baseDir };
    case 'analysis':
      return {
        kind,
        ...validated<Omit<LoadedAnalysis, 'kind' | 'baseDir'>>(analysisSchema, raw, source),
        baseDir,
      };
    case 'experiment': {
      const fileHash = createHash('sha256').update(bytes).digest('hex');
      const request = { name: basename(path), fileHash, overrides: flagsOf(options) };
      return { kind, experiment: resolveExperiment(raw, source, options, baseDir), baseDir, source, request };
    }
  }
}

/** An experiment of a suite; plan.json keeps the hash of what the suite's module gave. */
export function loadMember(
  { name, baseDir }: LoadedSuite,
  member: string,
  raw: Readonly<Record<string, unknown>>,
  overrides: Overrides = {},
): LoadedExperiment {
  const source = `suite ${name}: ${member}`;
  const request = { name: source, fileHash: hashOf(raw), overrides: flagsOf(overrides) };
  const experiment = resolveExperiment({ name: member, ...raw }, source, overrides, baseDir);
  return { kind: 'experiment', experiment, baseDir, source, request };
}

function kindOf(raw: unknown): Loaded['kind'] {
  const { suite, analysis } = (raw ?? {}) as { suite?: unknown; analysis?: unknown };
  if (suite !== undefined) return 'suite';
  return analysis === undefined ? 'experiment' : 'analysis';
}

/** A suite's size is its profile, an analysis has none; both say themselves what they run. */
function refuseForeignOptions(
  kind: Loaded['kind'],
  nameOrPath: string,
  source: string,
  { profile, seeds, set = [], data, model, judge }: LoadOptions,
): void {
  const changes = set.length > 0 || [data, model, judge].some((given) => given !== undefined);
  if (kind === 'suite' && changes) {
    const what =
      'is a suite of experiments; --set, --data, --model and --judge do not apply to it, --profile and ' +
      '--seeds do';
    throw new TiltyardError('fixed-suite', `${source}: ${what}`);
  }
  if (kind !== 'suite' && profile !== undefined) {
    const what = `--profile ${profile}: ${nameOrPath} is no suite; leave --profile out`;
    throw new TiltyardError('no-profile', what);
  }
  if (kind === 'analysis' && (seeds !== undefined || changes)) {
    const what = 'is an analysis; --seeds, --set, --data, --model and --judge do not apply to it';
    throw new TiltyardError('fixed-analysis', `${source}: ${what}`);
  }
}
