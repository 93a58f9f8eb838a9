import { join, resolve } from 'node:path';
import { load, type LoadedExperiment, type LoadOptions } from '../config/load.js';
import { stageRoles } from '../config/roles.js';
import { loadStagePlugins } from '../config/stage-plugins.js';
import { TiltyardError } from '../errors.js';
import { hashOf } from '../hash.js';
import { settleEngine } from '../run/engine.js';
import { DEFAULT_COMPARISON, type Experiment } from '../store/experiment.js';
import { type Family, familiesOf } from './family.js';
import type { ChoosingRule } from './measure.js';
import { blinded } from './round.js';
import type { Allowance } from './search.js';

export interface TuneOptions extends LoadOptions {
  /** A path or a built-in name. */
  readonly experiment: string;
  readonly plugins: readonly string[];
  readonly jobs?: number | undefined;
  /** How many pipeline seeds tune. */
  readonly tuningSeeds: number;
  /** Where runs are kept; absent: a folder that the experiment and the allowance name. */
  readonly folder?: string | undefined;
  readonly allowance: Omit<Allowance, 'maxKl'> & { readonly maxKl: number | null };
}

/** The first seed that tunes: no experiment counts up to it, so its own seeds stay unseen. */
const FIRST_SEED = 1_000_000;

/** What is tuned, and what for. */
export interface Prepared {
  readonly dir: string;
  readonly file: LoadedExperiment;
  /** Blinded. */
  readonly experiment: Experiment;
  readonly families: readonly Family[];
  readonly by: ChoosingRule;
  readonly allowance: Allowance;
}

/** All that can be refused is refused here, before a folder is made. */
export async function prepare({
  experiment: name,
  plugins,
  tuningSeeds,
  folder,
  allowance,
  ...options
}: TuneOptions): Promise<Prepared> {
  const file = load(name, options);
  if (file.kind !== 'experiment') {
    const what = file.kind === 'suite' ? 'a suite of experiments' : 'an analysis';
    throw new TiltyardError('not-tunable', `${name}: is ${what}; tune the file of one experiment`);
  }
  const { source, baseDir } = file;
  const wanted = file.experiment;
  const by = ruleOf(wanted, source);
  const seeds = Array.from({ length: tuningSeeds }, (_, i) => FIRST_SEED + i);
  const reported = wanted.seeds.find((seed) => seeds.includes(seed));
  if (reported !== undefined) {
    const remedy = `give the experiment seeds below ${FIRST_SEED}`;
    throw new TiltyardError(
      'tuning-seed',
      `${source}: seed ${reported} would tune what it reports; ${remedy}`,
    );
  }
  const loaded = await loadStagePlugins(wanted, baseDir, source, plugins);
  const roles = stageRoles(wanted, loaded);
  const { configurations } = allowance;
  const families = familiesOf(wanted, loaded, roles, configurations, source);
  const engine = await settleEngine(wanted.engine);
  const experiment = { ...blinded(wanted, seeds), engine };
  const compared = wanted.comparison ?? DEFAULT_COMPARISON;
  const maxKl = allowance.maxKl ?? compared.maxKl ?? Math.max(...compared.budgets);
  const whole: Allowance = { ...allowance, maxKl };
  const id = hashOf({ experiment, whole, plugins }).slice(0, 8);
  const dir = resolve(folder ?? join('runs', `tune-${wanted.name}-${id}`));
  return { dir, file, experiment, families, by, allowance: whole };
}

function ruleOf({ tuning: { by } }: Experiment, source: string): ChoosingRule {
  if (by !== 'pairs') return by ?? 'proxy';
  const what = 'how well held-out pairs are ranked says nothing of families that learn from no pairs';
  const remedy = 'name a tuning.chooser, or give --set tuning.by=proxy';
  throw new TiltyardError('tuning-rule', `${source}: tuning.by: pairs: ${what}; ${remedy}`);
}
