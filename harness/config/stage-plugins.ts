import { resolve } from 'node:path';
import { withCheckpointDefaults } from '../contracts/params.js';
import { TiltyardError } from '../errors.js';
import { lasting, locate } from '../extensions.js';
import type { Experiment } from '../store/experiment.js';
import type { Digests } from '../store/given.js';
import { codeOf, withFiles } from './code.js';
import { describePlugin } from './describe.js';
import type { DescribedPlugin } from './described-plugin.js';

/**
 * Stage name -> its plugin, with the defaults that its parameters have for the experiment's start, and the
 * name or path that a worker loads it by.
 */
export type StagePlugins = ReadonlyMap<string, StagePlugin>;

/** What a stage trains with. */
export interface StagePlugin {
  readonly plugin: DescribedPlugin;
  readonly module: string;
  /** Parameters of the checkpoint that the defaults are for; null where policies begin from scratch. */
  readonly size: number | null;
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
  const size = await checkpointSize(experiment, baseDir);
  const out = new Map<string, StagePlugin>();
  for (const [name, { algorithm }] of Object.entries(experiment.stages)) {
    const module = byName.get(algorithm) ?? algorithm;
    try {
      const said = await describePlugin(module, baseDir);
      const plugin = size === null ? said : { ...said, params: withCheckpointDefaults(said.params, size) };
      const code = withFiles(codeOf('algorithm', module, baseDir), plugin.external?.files);
      out.set(name, { plugin, module: lasting('algorithm', module, baseDir), size, code });
    } catch (error) {
      if (!(error instanceof TiltyardError)) throw error;
      const said = error.message.replace(/^experiment: /, '');
      throw new TiltyardError(error.code, `${source}: stage ${name}: ${said}`, {
        cause: error.cause,
      });
    }
  }
  return out;
}

/** Parameters of the checkpoint that policies begin as; null where they begin from scratch. */
async function checkpointSize({ policy }: Experiment, baseDir: string): Promise<number | null> {
  if (policy.checkpoint === undefined) return null;
  const { parametersIn } = await import('../policy/checkpoint/folder.js');
  const { requireModel } = await import('../policy/checkpoint/config.js');
  const path = resolve(baseDir, policy.checkpoint);
  requireModel(path);
  return parametersIn(path);
}
