import type { AlgorithmPlugin } from '../../contracts/plugin.js';
import type { Engine } from '../../engine/engine.js';
import { createEngine } from '../../engine/select.js';
import { TiltyardError } from '../../errors.js';
import { loadPlugin } from '../../extensions.js';
import type { NetworkModule } from '../../policy/module.js';
import { confinedPaths, type RunPaths } from '../../store/layout.js';
import { JsonlWriter } from '../../store/jsonl.js';
import type { Outcome } from '../../store/records.js';
import { type Phase, PHASES } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';
import { summarise, writeModel } from '../conclude.js';
import { equip } from '../equip.js';
import { Observer } from '../evaluate/observe.js';
import { policySubject } from '../evaluate/policy.js';
import { samplerSubject } from '../evaluate/sampler.js';
import { evaluationRng, onTest } from '../evaluate/streams.js';
import type { Job, WorkerHost } from '../job.js';
import type { OpenRun } from '../open.js';
import { optimise } from '../optimise.js';
import { RunRecord } from '../outcome.js';
import { begin, resumed } from '../training-run.js';
import { givenData } from './data.js';
import { ConfinedEvaluator } from './evaluator.js';
import { type Given, readGiven } from './given.js';
import { lock } from '../../confinement/lock.js';

/**
 * Works on a run whose plugin is not built in, in a process of its own that has nothing but what was laid out
 * for it. What it leaves is for another process to score: rows of what was observed, a model, and an outcome
 * beside the run's own.
 */
export async function workConfined(spec: RunSpec, runDir: string, host: WorkerHost): Promise<Outcome> {
  const { run: paths } = confinedPaths(runDir);
  const engine = createEngine(spec.engine); // a process that takes run after run has it before
  await engine.catch(() => undefined);
  const record = new RunRecord(spec, paths, host.concurrent ?? false);
  try {
    const work = worked(spec, paths, host, record, await engine);
    return record.finish(await (host.failure === undefined ? work : Promise.race([work, host.failure])));
  } catch (error) {
    return record.fail(refused(error) ?? error);
  } finally {
    record.engine?.dispose();
  }
}

/** What Node's permissions refused, in words; null for another error. */
function refused(error: unknown): TiltyardError | null {
  const { code, permission, resource } = error as { code?: string; permission?: string; resource?: string };
  if (code !== 'ERR_ACCESS_DENIED') return null;
  const asked = WANTED[permission ?? ''] ?? 'asked for what it may not have';
  const what = `${asked}${resource === undefined ? '' : ` ${resource}`}`;
  const message = `${what}: out of reach of a plugin that is not built in`;
  return new TiltyardError('out-of-reach', `${message}; it has what its context gives`, {
    exitCode: 1,
    cause: error,
  });
}

const WANTED: Readonly<Record<string, string>> = {
  FileSystemRead: 'its code read',
  FileSystemWrite: 'its code wrote',
  ChildProcess: 'its code started a process',
  WorkerThreads: 'its code started a thread',
};

async function worked(
  spec: RunSpec,
  paths: RunPaths,
  host: WorkerHost,
  record: RunRecord,
  engine: Engine,
): Promise<Outcome> {
  record.engine = engine;
  host.emit({ type: 'started', engine: engine.name, device: engine.device, reason: engine.reason });
  const { supplies, runs } = confinedPaths(paths.dir);
  const given = readGiven(supplies);
  const data = givenData(given);
  const job = equip(engine, { spec, paths, runs, host, data, record });
  const state = resumed(job);
  bookCost(record, given);
  lock(); // what is behind here is anybody's
  const plugin = await loadPlugin(spec.algorithm!.module);
  const { params } = spec.algorithm!;
  const wants = plugin.needs.includes('reward') ? spec.inputs.reward : null;
  const reward = wants === null ? null : job.models.reward(wants);
  const run = await begin(job, plugin, state, given.supply, reward);
  const evaluator = plugin.gives === 'policy' ? evaluatorOf(job, plugin, run, reward) : null;
  const measured = given.isStartKnown ? { samples: { rows: [], completions: [] } } : null;
  const outcome = await optimise(job, { ...run, plugin, params, state, measured, evaluator });
  const { ownModules } = run.ctx;
  record.copies = { all: record.copies.all + ownModules, trainable: record.copies.trainable + ownModules };
  if (outcome === 'interrupted') return outcome;
  record.phase = 'evaluate';
  summarise(job, { ...run, unpaired: given.supply.unpaired });
  if (plugin.sample !== undefined && evaluator !== null) await sampleTest(job, evaluator);
  await writeModel(job, run.result);
  return outcome;
}

/** Of what was laid out, some cost what the run is charged with. */
function bookCost({ meter }: RunRecord, { cost }: Given): void {
  for (const phase of PHASES satisfies readonly Phase[])
    meter.book(phase, cost.flops[phase], cost.seconds[phase], cost.paddingFlops[phase]);
}

function evaluatorOf(
  { spec, data, record: { meter } }: Job,
  plugin: AlgorithmPlugin,
  { ctx, policy, reference }: OpenRun,
  reward: NetworkModule | null,
): ConfinedEvaluator {
  const { params } = spec.algorithm!;
  const subject =
    plugin.sample === undefined
      ? policySubject(policy)
      : samplerSubject({ plugin, ctx, params, replica: spec.replica, meter, reward });
  const observer = new Observer(data, { policy, reference }, subject, evaluationRng(spec.seed));
  return new ConfinedEvaluator(observer, meter, () => policy.hash());
}

/** Only the plugin can answer for itself. */
async function sampleTest({ spec, paths, data, record }: Job, evaluator: ConfinedEvaluator): Promise<void> {
  const { prompts, samples, split } = onTest(spec, data);
  if (prompts.length === 0) return;
  const { row } = await evaluator.evaluate(prompts, samples, split);
  const evals = new JsonlWriter(paths.evals);
  evals.write(record.evalRow(record.step, row));
  evals.close();
}
