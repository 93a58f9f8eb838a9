import { TiltyardError } from '../errors.js';
import type { Experiment } from '../store/experiment.js';
import { ALL_PAIRS } from '../store/spec.js';
import { type Given, splitJudges } from './judges.js';
import { type Overrides, override } from './overrides.js';
import { experimentSchema } from './schema.js';
import { resolveTuning } from './tuning.js';
import { validated } from './validate.js';

/**
 * A parsed experiment with overrides applied, validated, its defaults filled, its seeds listed, and frozen.
 * @param source what messages start with
 * @param baseDir files that it names are read from here
 * @throws TiltyardError for whatever the schema does not allow
 */
export function resolveExperiment(
  raw: unknown,
  source: string,
  overrides: Overrides = {},
  baseDir = '.',
): Experiment {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new TiltyardError('invalid-config', `${source}: should be a mapping with name, dataset and stages`);
  }
  const draft = structuredClone(raw) as Record<string, unknown>;
  override(draft, overrides);
  const {
    $schema: _,
    withModel: __,
    ...filled
  } = validated<Record<string, unknown>>(experimentSchema, draft, source);
  const seeds = filled['seeds'] as number | number[];
  const tuning = resolveTuning(filled as unknown as Experiment, source);
  checkBudgets(filled as unknown as Experiment, source);
  return deepFreeze({
    ...filled,
    policy: policyOf(draft['policy'], filled['policy'] as Experiment['policy'], source),
    stages: bare(filled['stages'] as Experiment['stages']),
    collect: collectOf(filled['collect'] as Collecting),
    evaluation: splitJudges(filled['evaluation'] as Given, source, baseDir),
    tuning,
    seeds: typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i) : seeds,
  } as unknown as Experiment);
}

function checkBudgets({ comparison }: Experiment, source: string): void {
  const { budgets } = comparison!;
  const at = budgets.findIndex((budget, i) => i > 0 && budget <= budgets[i - 1]!);
  if (at < 0) return;
  const what = `${budgets[at]} follows ${budgets[at - 1]}`;
  throw new TiltyardError(
    'budgets',
    `${source}: comparison.budgets: ${what}; give KL budgets in rising order, each once`,
  );
}

/** As it is written: counts, or all that there are. */
type Collecting = Readonly<Record<'pairs' | 'heldoutPairs', number | 'all'>> | undefined;

function collectOf(collect: Collecting): object | null {
  if (collect === undefined) return null;
  const count = (wanted: number | 'all'): number => (wanted === 'all' ? ALL_PAIRS : wanted);
  return { ...collect, pairs: count(collect.pairs), heldoutPairs: count(collect.heldoutPairs) };
}

/** A checkpoint brings its own shape, a table has none. @param given before defaults were filled */
function policyOf(given: unknown, filled: Experiment['policy'], source: string): Experiment['policy'] {
  const { kind, checkpoint, lora } = filled;
  if (kind === 'tabular' && lora !== undefined) {
    const message = 'a table has no linear modules; remove policy.lora, or set policy.kind: transformer';
    throw new TiltyardError('lora-targets', `${source}: policy: ${message}`);
  }
  const shape = Object.keys(given ?? {}).filter((key) => !['kind', 'checkpoint', 'lora'].includes(key));
  const remedy = `remove ${shape.length === 1 ? 'it' : 'them'}`;
  if (checkpoint === undefined) {
    if (kind !== 'tabular' || shape.length === 0) return filled;
    const what = `policy: ${shape.join(', ')} of a table, whose size is that of its dataset`;
    throw new TiltyardError('table-shape', `${source}: ${what}; ${remedy}, or set policy.kind: transformer`);
  }
  if (kind === 'tabular') {
    const message = 'a table has no checkpoint; remove policy.checkpoint, or set policy.kind: transformer';
    throw new TiltyardError('table-checkpoint', `${source}: policy: ${message}`);
  }
  if (shape.length > 0) {
    const why = "the checkpoint's config.json decides the shape";
    throw new TiltyardError(
      'checkpoint-shape',
      `${source}: policy: ${shape.join(', ')} beside checkpoint; ${why}, ${remedy}`,
    );
  }
  return { kind, checkpoint, ...(lora === undefined ? {} : { lora }) };
}

/** Without what every object inherits, so that a name that is no key has nothing under it. */
const bare = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.assign(Object.create(null) as Record<string, T>, record);

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
