import { TiltyardError } from '../errors.js';
import type { External } from './external.js';
import { type AlgorithmPlugin, PLUGIN_API } from './plugin.js';

/** A plugin whose training is a command, in the words of `AlgorithmPlugin` and `External`. */
export interface ExternalPlugin<P extends object = Record<string, unknown>>
  extends Pick<
      AlgorithmPlugin<P>,
      'name' | 'summary' | 'paper' | 'needs' | 'gives' | 'learnsFrom' | 'softLabels' | 'params'
    >,
    External<P> {
  /** Metrics that are known before the first step, as `checks.atStart` of a plugin. */
  atStart?(params: Readonly<P>): Readonly<Record<string, number>>;
}

/**
 * A trainer outside as a plugin: a worker gives its command a job, the command trains and leaves a model, and
 * the worker evaluates that as any other. See docs/external-trainers.md.
 */
export function defineExternal<P extends object>(trainer: ExternalPlugin<P>): AlgorithmPlugin<P> {
  const { files, resumes, requires, atStart, ...about } = trainer;
  return {
    api: PLUGIN_API,
    name: about.name,
    summary: about.summary,
    paper: about.paper,
    needs: about.needs,
    gives: about.gives,
    params: about.params,
    ...(about.learnsFrom === undefined ? {} : { learnsFrom: about.learnsFrom }),
    ...(about.softLabels === undefined ? {} : { softLabels: about.softLabels }),
    ...(atStart === undefined ? {} : { checks: { atStart: (params: Readonly<P>) => atStart(params) } }),
    external: {
      files,
      resumes,
      ...(requires === undefined ? {} : { requires }),
      command: (job) => trainer.command(job),
    },
    // biome-ignore lint/correctness/useYield: there is nothing to yield
    async *train(): AsyncGenerator<never, void> {
      const message = `plugin ${about.name}: is trained by a command, which a run of an experiment starts`;
      throw new TiltyardError('external', message);
    },
  };
}
