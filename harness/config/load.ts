import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { packageRoot } from '../environment.js';
import { nearest, TiltyardError } from '../errors.js';
import type { PlanRow } from '../store/records.js';
import type { Experiment } from './experiment.js';
import { hashOf } from './identity.js';
import { analysisSchema, experimentSchema, suiteSchema } from './schema.js';
import { validated } from './validate.js';

export interface LoadedExperiment {
  readonly experiment: Experiment;
  /** Relative plugin, dataset and data paths are resolved from here. */
  readonly baseDir: string;
  /** File or built-in name, for messages. */
  readonly source: string;
  /** What plan.json keeps of the request: the file's name without its folder, the SHA-256 of its bytes, and the overrides. */
  readonly asked: PlanRow['source'];
}

export interface Overrides {
  readonly seeds?: number | undefined;
  /** `a.b=v`, v in YAML. */
  readonly set?: readonly string[] | undefined;
  readonly engine?: string | undefined;
  readonly threads?: number | undefined;
}

const builtinDir = (): string => join(packageRoot(), 'datasets', 'experiments');

export function builtinExperiments(): { name: string; description: string; path: string }[] {
  if (!existsSync(builtinDir())) return [];
  return readdirSync(builtinDir()).filter((f) => f.endsWith('.yaml')).sort().map((file) => {
    const path = join(builtinDir(), file);
    const raw = parseYaml(readFileSync(path, 'utf8'), path) as { description?: string };
    return { name: file.slice(0, -5), description: raw.description ?? '', path };
  });
}

/** Reads an experiment by built-in name or path (YAML or JSON), applies overrides, validates, fills defaults and freezes. */
export function loadExperiment(nameOrPath: string, overrides: Overrides = {}): LoadedExperiment {
  const { path, source } = locateExperiment(nameOrPath);
  const bytes = readFileSync(path);
  const raw = parseYaml(bytes.toString('utf8'), source);
  const asked = { name: basename(path), fileHash: createHash('sha256').update(bytes).digest('hex'), overrides: asFlags(overrides) };
  return { experiment: resolveExperiment(raw, source, overrides), baseDir: dirname(path), source, asked };
}

/** An experiment of a suite; plan.json keeps the hash of what the suite's module gave. */
export function loadMember(raw: Readonly<Record<string, unknown>>, suite: string, member: string, baseDir: string, overrides: Overrides = {}): LoadedExperiment {
  const source = `suite ${suite}: ${member}`;
  return { experiment: resolveExperiment({ name: member, ...raw }, source, overrides), baseDir, source, asked: { name: source, fileHash: hashOf(raw), overrides: asFlags(overrides) } };
}

/** Overrides as they are written on the command line. */
function asFlags({ seeds, set, engine, threads }: Overrides): string[] {
  const flags = Object.entries({ seeds, engine, threads }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  return [...flags, ...(set ?? []).map((assignment) => `--set ${assignment}`)];
}

function locateExperiment(nameOrPath: string): { path: string; source: string } {
  const builtin = join(builtinDir(), `${nameOrPath}.yaml`);
  const isName = extname(nameOrPath) === '' && !nameOrPath.includes('/');
  const path = isName && existsSync(builtin) ? builtin : resolve(nameOrPath);
  if (!existsSync(path)) {
    const names = builtinExperiments().map((e) => e.name);
    const guess = nearest(nameOrPath, names);
    throw new TiltyardError('missing-file', `experiment: no file ${path} and no built-in experiment '${nameOrPath}'${guess === undefined ? '' : `; did you mean '${guess}'?`} (built in: ${names.join(', ')})`);
  }
  return { path, source: path === builtin ? `experiment ${nameOrPath}` : path };
}

/** The file as an analysis, or null where it is an experiment of stages. Overrides do not apply to an analysis. */
export function loadAnalysis(nameOrPath: string, overrides: Overrides = {}): { name: string; description: string; analysis: string; baseDir: string } | null {
  const { path, source } = locateExperiment(nameOrPath);
  const raw = parseYaml(readFileSync(path, 'utf8'), source) as { analysis?: unknown } | null;
  if (raw?.analysis === undefined) return null;
  if (overrides.seeds !== undefined || (overrides.set ?? []).length > 0) throw new TiltyardError('fixed-analysis', `${source}: is an analysis; --seeds and --set do not apply to it`);
  return { ...validated<{ name: string; description: string; analysis: string }>(analysisSchema, raw, source), baseDir: dirname(path) };
}

/** The file as a suite, or null where it is none. Its profile says how large its experiments are; `--set` does not apply. */
export function loadSuite(nameOrPath: string, overrides: Overrides = {}): { name: string; description: string; suite: string; baseDir: string } | null {
  const { path, source } = locateExperiment(nameOrPath);
  const raw = parseYaml(readFileSync(path, 'utf8'), source) as { suite?: unknown } | null;
  if (raw?.suite === undefined) return null;
  if ((overrides.set ?? []).length > 0) throw new TiltyardError('fixed-suite', `${source}: is a suite of experiments; --set does not apply to it, --profile and --seeds do`);
  return { ...validated<{ name: string; description: string; suite: string }>(suiteSchema, raw, source), baseDir: dirname(path) };
}

export function resolveExperiment(raw: unknown, source: string, overrides: Overrides = {}): Experiment {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new TiltyardError('invalid-config', `${source}: should be a mapping with name, dataset and stages`);
  const draft = structuredClone(raw) as Record<string, unknown>;
  if (overrides.seeds !== undefined) draft['seeds'] = overrides.seeds;
  if (overrides.engine !== undefined) draft['engine'] = { ...(draft['engine'] as object | undefined), name: overrides.engine };
  if (overrides.threads !== undefined) draft['engine'] = { ...(draft['engine'] as object | undefined), threads: overrides.threads };
  for (const assignment of overrides.set ?? []) assign(draft, assignment);
  const { $schema: _, ...filled } = validated<Record<string, unknown>>(experimentSchema, draft, source);
  const policy = policyOf(draft['policy'], filled['policy'] as Experiment['policy'], source);
  const seeds = filled['seeds'] as number | number[];
  return deepFreeze({ ...filled, policy, collect: filled['collect'] ?? null, seeds: typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i) : seeds } as unknown as Experiment);
}

/** A checkpoint brings its own shape. @param given before defaults were filled */
function policyOf(given: unknown, filled: Experiment['policy'], source: string): Experiment['policy'] {
  const { kind, checkpoint } = filled;
  if (checkpoint === undefined) return filled;
  if (kind === 'tabular') throw new TiltyardError('table-checkpoint', `${source}: policy: a table has no checkpoint; remove policy.checkpoint, or set policy.kind: transformer`);
  const shape = Object.keys(given as object).filter((key) => key !== 'kind' && key !== 'checkpoint');
  if (shape.length > 0) throw new TiltyardError('checkpoint-shape', `${source}: policy: ${shape.join(', ')} beside checkpoint; the checkpoint's config.json decides the shape, remove ${shape.length === 1 ? 'it' : 'them'}`);
  return { kind, checkpoint };
}

function parseYaml(text: string, source: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new TiltyardError('bad-yaml', `${source}:${line}:${col}: ${error.message.split('\n')[0]}; fix the YAML there`);
  }
  return document.toJS() as unknown;
}

/** `stages.mine.params.beta=0.2`: only keys that the file or its schema knows can be set; validation follows. */
function assign(draft: Record<string, unknown>, assignment: string): void {
  const split = assignment.indexOf('=');
  if (split < 1) throw new TiltyardError('bad-set', `--set ${assignment}: should be path=value, e.g. --set evaluation.every=10`);
  const path = assignment.slice(0, split).split('.');
  const value = parseYaml(assignment.slice(split + 1), `--set ${assignment}`);
  let target = draft;
  path.slice(0, -1).forEach((key, i) => {
    const stages = path[0] === 'stages' && i === 1;
    if (stages && target[key] === undefined) {
      const known = Object.keys(target);
      const guess = nearest(key, known);
      throw new TiltyardError('bad-set', `--set ${assignment}: no stage '${key}'${guess === undefined ? '' : `; did you mean '${guess}'?`} known: ${known.join(', ')}`);
    }
    const next = (target[key] ??= {});
    if (typeof next !== 'object' || next === null || Array.isArray(next)) throw new TiltyardError('bad-set', `--set ${assignment}: '${path.slice(0, i + 1).join('.')}' is not a mapping`);
    target = next as Record<string, unknown>;
  });
  target[path.at(-1)!] = value;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
