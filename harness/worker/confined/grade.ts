import { existsSync, rmSync } from 'node:fs';
import { TiltyardError } from '../../errors.js';
import { permissionSwitch } from '../../confinement/flags.js';
import { environment } from '../../environment.js';
import { readModelFolder } from '../../policy/checkpoint/folder.js';
import { readAdapterFolder } from '../../policy/lora/peft.js';
import type { NetworkModule } from '../../policy/module.js';
import { readJson } from '../../store/atomic.js';
import { writeOutcome } from '../../store/files.js';
import { readJsonl } from '../../store/jsonl.js';
import { confinedPaths } from '../../store/layout.js';
import { type OutcomeRow, PHASES } from '../../store/records.js';
import { discardCheckpoints } from '../checkpoint.js';
import { measured as concluded } from '../conclude.js';
import type { Evaluation } from '../evaluate/evaluator.js';
import { policySubject } from '../evaluate/policy.js';
import { statedKl } from '../evaluate/sampler.js';
import { onTest, onValidation, type Reading } from '../evaluate/streams.js';
import type { Job } from '../job.js';
import { readMeasured } from '../measured.js';
import { peakMemory } from '../memory.js';
import { writeRows } from '../rows.js';
import { runEvaluator, scorerOf } from '../run-evaluator.js';
import { supplyOf } from '../supply.js';
import { audit } from './audit.js';
import { type Fit, type ObservedRow, observedIn } from './row.js';
import { saysOf } from './stage.js';

/**
 * Scores what a confined run left, in a process that holds none of its code: the rewards of what it observed
 * on the way, and the evaluation of its model at its end, which is loaded from its folder and drawn from
 * here. Writes the run's evaluations, samples and outcome. A run that left no outcome has its evaluations
 * scored as far as they came.
 */
export async function grade(job: Job): Promise<void> {
  const { spec, paths, record } = job;
  const { run: said, dir } = confinedPaths(paths.dir);
  const row = existsSync(said.outcome) ? readJson<OutcomeRow>(said.outcome) : null;
  if (row !== null) takeUp(job, row);
  const found = await scored(job, row);
  if (row === null || row.outcome === 'interrupted') return;
  const { cause } = found;
  writeOutcome(paths, {
    ...row,
    ...(cause === null ? {} : { outcome: 'failed', cause: { ...cause, plugin: spec.algorithm!.name } }),
    ...(found.audit === null ? {} : { audit: found.audit }),
    confined: permissionSwitch() !== null,
    ledger: { ...row.ledger, ...costs(row, job) },
    summary: record.summary,
    clock: {
      ...row.clock,
      wallSeconds: record.elapsed,
      seconds: record.meter.totals().seconds,
      peakRssBytes: Math.max(row.clock.peakRssBytes, peakMemory()),
      environment: environment(),
    },
  });
  discardCheckpoints(paths.dir);
  rmSync(dir, { recursive: true, force: true });
}

/** Of what it learned from, its pairs are measured at its end. */
const isPairs = (need: string): boolean => need === 'pairs';

interface Scored {
  /** Why what was observed cannot be scored. */
  readonly cause: {
    readonly code: string;
    readonly message: string;
    readonly phase: string;
    readonly step: number;
  } | null;
  /** What was found when the run's own word was held to its model; null where there was nothing to hold. */
  readonly audit: NonNullable<OutcomeRow['audit']> | null;
}

async function scored(job: Job, row: OutcomeRow | null): Promise<Scored> {
  try {
    return { cause: null, audit: await rewards(job, row) };
  } catch (error) {
    if (!(error instanceof TiltyardError)) throw error;
    const { code, message } = error;
    return { cause: { code, message, phase: 'evaluate', step: job.record.step }, audit: null };
  }
}

/** Writes evaluations and samples. @returns what the audit found */
async function rewards(job: Job, outcome: OutcomeRow | null): Promise<Scored['audit']> {
  const { spec, paths, runs, models, data, record } = job;
  const { gives, samples, needs } = saysOf(job);
  const rows = readJsonl<ObservedRow>(confinedPaths(paths.dir).run.evals);
  const hasModel = outcome !== null && outcome.modelHash !== null;
  const isBlind = spec.evaluation.blind === true;
  const measured = readMeasured(spec, runs);
  const reference = models.reference();
  const result = hasModel ? await resultOf(job, outcome) : null;
  // What the plugin learned from has been charged.
  const supply = await record.meter.aside(() => supplyOf(job, needs.filter(isPairs), measured));
  if (gives === 'reward') {
    writeRows(paths.evals, []);
    if (result === null || isBlind) return null;
    const run = { ...supply, result, reference, samples, measured, evaluate: null };
    Object.assign(record.summary, await concluded(job, run));
    return null;
  }
  const policy = result ?? reference;
  // What the plugin alone could draw has been drawn.
  const subject = samples ? { ...policySubject(policy), sampledKl: statedKl } : policySubject(policy);
  const evaluator = runEvaluator(job, { policy, reference, scoredBy: scorerOf(job), subject, measured });
  const validation = onValidation(spec, data);
  if (validation.prompts.length > 0) await evaluator.prepare(validation.prompts, 1, 'validation');
  const judged = async (row: ObservedRow, reading: Reading): Promise<Evaluation> => {
    const observed = observedIn(row, fitOf(job, reading));
    const known = row.isStart ? (measured?.samples ?? null) : null;
    return evaluator.judge(reading.prompts, reading.samples, reading.split, observed, known);
  };
  const last = rows.findLastIndex(({ split }) => split === 'validation');
  const own = rows.find(({ split }) => split === 'test');
  const found =
    result === null || last < 0
      ? null
      : await record.meter.aside(() => audit(job, evaluator, rows[last]!, validation, outcome!, samples));
  const done: object[] = [];
  for (const [i, row] of rows.entries()) {
    if (row.split !== 'validation') continue;
    const { step, flops, clock } = row;
    const held = i === last && found?.instead !== undefined ? { ...row, observed: found.instead } : row;
    done.push({ step, ...(await judged(held, validation)).row, flops, clock });
  }
  writeRows(paths.evals, done);
  if (result === null || isBlind) return found?.audit ?? null;
  const test = onTest(spec, data);
  const evaluate = (): Promise<Evaluation> =>
    own !== undefined && samples
      ? judged(own, test)
      : evaluator.evaluate(test.prompts, test.samples, test.split);
  const run = { ...supply, result, reference, samples, measured, evaluate };
  Object.assign(record.summary, await concluded(job, run));
  return found?.audit ?? null;
}

/**
 * What the run has made, as its folder has it: adapters as they were trained, since the model that they are
 * merged into rounds otherwise.
 */
async function resultOf({ spec, paths, models }: Job, outcome: OutcomeRow): Promise<NetworkModule> {
  const folder = readModelFolder(paths.model);
  const whole = models.result(folder);
  await checkModel(whole, outcome, spec.stage);
  if (spec.lora === undefined) return whole;
  const { architecture, normalisation } = folder;
  const adapted = models.adapted({ ...readAdapterFolder(paths.adapter, architecture), normalisation });
  await checkModel(adapted, outcome, spec.stage);
  return adapted;
}

function fitOf({ data }: Job, { prompts, samples }: Reading): Fit {
  const { enumerate, tokenizer, maxCompletionTokens } = data.dataset;
  return {
    prompts: prompts.map(({ prompt }) => prompt),
    samples,
    vocabSize: tokenizer.vocabSize,
    most: maxCompletionTokens,
    listed: enumerate === undefined ? null : (prompt) => enumerate(prompt).length,
  };
}

/** @throws TiltyardError where the model's folder holds other weights than the run said it ended with */
async function checkModel(model: NetworkModule, { modelHash }: OutcomeRow, stage: string): Promise<void> {
  if ((await model.hash()) === modelHash) return;
  const message = `stage ${stage}: its model folder holds other weights than the run ended with`;
  throw new TiltyardError('model-changed', `${message}; its plugin changed what is written`, { exitCode: 1 });
}

/** The run goes on where its own process left it. */
function takeUp({ record }: Job, { steps, summary, ledger, clock }: OutcomeRow): void {
  record.step = steps;
  record.summary = { ...summary };
  record.earlierSeconds = clock.wallSeconds;
  for (const phase of PHASES)
    record.meter.book(phase, ledger.flops[phase], clock.seconds[phase], ledger.paddingFlops?.[phase]);
}

function costs({ ledger }: OutcomeRow, { record }: Job): Partial<OutcomeRow['ledger']> {
  const { flops, paddingFlops } = record.meter.totals();
  return { flops, ...(ledger.paddingFlops === undefined ? {} : { paddingFlops }) };
}
