import { TiltyardError } from '../errors.js';
import { lasting, locate } from '../extensions.js';
import type { Experiment } from '../store/experiment.js';
import type { Digests } from '../store/given.js';
import { codeOf } from './code.js';
import { describePlugin } from './describe.js';
import type { DescribedPlugin } from './described-plugin.js';

/** Stage name -> its plugin, and the name or path that a worker loads it by. */
export type StagePlugins = ReadonlyMap<string, StagePlugin>;

interface StagePlugin {
  readonly plugin: DescribedPlugin;
  readonly module: string;
  /** Undefined of what is built in. */
  readonly code?: Digests | undefined;
}

/**
 * The plugin of every stage.
 * @param extra modules that stages may name by their plugin's name, from the working directory
 * @throws TiltyardError naming the stage
 */
export async function loadStagePlugins(
  experiment: Experiment,
  baseDir: string,
  source: string,
  extra: readonly string[],
): Promise<StagePlugins> {
  const byName = new Map<string, string>();
  for (const module of extra) {
    const { name } = await describePlugin(module, process.cwd());
    byName.set(name, locate('algorithm', module, process.cwd()));
  }
  const out = new Map<string, StagePlugin>();
  for (const [name, { algorithm }] of Object.entries(experiment.stages)) {
    const module = byName.get(algorithm) ?? algorithm;
    try {
      const plugin = await describePlugin(module, baseDir);
      const code = codeOf('algorithm', module, baseDir);
      out.set(name, { plugin, module: lasting('algorithm', module, baseDir), code });
    } catch (error) {
      if (!(error instanceof TiltyardError)) throw error;
      throw new TiltyardError(error.code, `${source}: stage ${name}: ${error.message}`, {
        cause: error.cause,
      });
    }
  }
  return out;
}
