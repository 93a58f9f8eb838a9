import { rmSync } from 'node:fs';
import type { ExternalJob, ExternalLedger } from '../../contracts/external.js';
import { formulaFlops } from '../../metrics/formula-flops.js';
import type { NetworkModule } from '../../policy/module.js';
import { writeJsonAtomic } from '../../store/atomic.js';
import { externalPaths } from '../../store/layout.js';
import type { Outcome } from '../../store/records.js';
import { writeModel } from '../conclude.js';
import { saysOf } from '../confined/stage.js';
import type { Job } from '../job.js';
import { readMeasured } from '../measured.js';
import { writeRows } from '../rows.js';
import { checkStart } from '../start.js';
import { ownPairs, type OwnPairs, supplied } from '../supply.js';
import { modelCopies } from '../training-run.js';
import { attend } from './attend.js';
import { commandOf } from './command.js';
import { evaluateResult, evaluateStart, type Measurable } from './evaluate.js';
import { readLedger } from './ledger.js';
import { readOutput } from './output.js';
import { dataRows, kindOf } from './rows.js';
import { StepLog } from './step-log.js';
import { writeJob } from './write-job.js';

/** What a run that a trainer outside works on has of models and data. */
interface Laid extends Measurable {
  readonly own: OwnPairs;
  readonly reward: NetworkModule | null;
}

/**
 * Has a command outside train: lays out what it needs, watches it, takes its model over and measures that as
 * any other. No code of the plugin runs in this process, and no gold reward leaves it.
 */
export async function trainOutside(job: Job): Promise<Outcome> {
  const { spec, paths, runs, models, record } = job;
  const { needs, gives } = saysOf(job);
  const beside = externalPaths(paths.dir);
  const log = new StepLog(spec.algorithm!.name, paths, beside.metrics);
  record.earlierSeconds = log.earlierSeconds;
  const measured = readMeasured(spec, runs);
  const own = await ownPairs(job, measured);
  const reference = models.reference();
  record.startHash = await reference.hash();
  checkStart(spec, runs, record.startHash);
  const rewardRun = needs.includes('reward') ? spec.inputs.reward : null;
  const reward = rewardRun === null ? null : models.reward(rewardRun);
  record.copies = modelCopies(needs, reward !== null, false);
  const laid: Laid = { own, supply: supplied(job, needs, own), measured, reference, reward };
  writeRows(paths.evals, []);
  if (gives === 'policy') await evaluateStart(job, laid);
  try {
    const outcome = await trained(job, laid, log);
    if (outcome !== 'interrupted') rmSync(beside.dir, { recursive: true, force: true });
    return outcome;
  } catch (error) {
    rmSync(beside.dir, { recursive: true, force: true });
    throw error;
  } finally {
    log.close();
  }
}

async function trained(job: Job, laid: Laid, log: StepLog): Promise<Outcome> {
  const { spec, paths, host, models, record } = job;
  const { gives } = saysOf(job);
  const { name } = spec.algorithm!;
  const { reference, reward } = laid;
  const start = gives === 'reward' ? models.scalarModule('rewardModel', 'normal') : reference;
  const told = await layOut(job, laid, start, log.earlier.length > 0);
  const command = await commandOf(spec.algorithm!, told);
  record.phase = 'train';
  let resumedAfter: number | null = null;
  const how = await attend({
    plugin: name,
    told: command,
    job: told,
    dir: externalPaths(paths.dir).dir,
    interrupted: () => host.interrupted(),
    onStep({ step, metrics, totalSteps }, stepMs) {
      record.step = step;
      const before = log.write({ step, metrics, clock: { atMs: record.atMs, stepMs } });
      if (before !== null && told.resume) {
        resumedAfter = before === 0 ? null : before;
        const began = command.resumes ? 'found no checkpoint of its own' : 'keeps no checkpoints';
        if (before === 0)
          host.emit({ type: 'note', message: `${spec.id}: its trainer ${began}: it begins anew` });
      }
      host.emit({ type: 'progress', phase: 'train', step, totalSteps, metrics });
    },
  });
  if (how === 'interrupted') return how;
  const earlier = log.finish();
  if (earlier !== null) [record.step, resumedAfter] = [earlier, earlier];
  const ledger = readLedger(name, told.ledger);
  const from = { dir: told.start, architecture: start.architecture };
  const result = models.result(readOutput(name, told.output, from, gives));
  record.parameters = result.parameters;
  record.external = { flops: ledger.flops === null ? 'formula' : 'counted' };
  record.trainer = {
    versions: ledger.versions,
    peakMemoryBytes: ledger.peakMemoryBytes,
    peakDeviceMemoryBytes: ledger.peakDeviceMemoryBytes,
    resumedAfter,
  };
  book(job, ledger, result.parameters, reward?.parameters ?? 0);
  writeJsonAtomic(paths.external, { clock: { job: told, command: command.command, ledger } });
  await evaluateResult(job, laid, result, gives);
  await writeModel(job, result);
  return ENDS[ledger.stopped ?? 'end'];
}

const ENDS = { end: 'completed', steps: 'budget-spent', seconds: 'timed-out' } as const;

/** Writes the job. @param resume whether an earlier process of this run had begun with it */
function layOut(
  { spec, paths, rng, data, record }: Job,
  { own, supply, reward }: Laid,
  start: NetworkModule,
  resume: boolean,
): Promise<ExternalJob> {
  const { dataset } = data;
  const { says, params } = spec.algorithm!;
  const { maxSteps, maxSeconds, share = 1 } = spec.budget;
  const kind = kindOf(says!.needs);
  const texts = {
    ...(own.rows === null ? {} : { pairs: own.rows }),
    prompts: new Map(kind === 'prompts' ? dataset.prompts('train').map((p) => [p.id, p.prompt]) : []),
  };
  const left = maxSeconds === null ? null : Math.max(1, maxSeconds - record.elapsed);
  const parts = {
    gives: says!.gives,
    kind,
    rows: dataRows(kind, supply, texts, dataset.tokenizer),
    maxPromptTokens: dataset.maxPromptTokens,
    maxCompletionTokens: dataset.maxCompletionTokens,
    endsWithEos: dataset.endsWithEos,
    params,
    share,
    budget: { maxSteps, maxSeconds: left },
    rng,
    tokenizer: dataset.tokenizer,
    start,
    reward,
    from: spec.policy.checkpoint?.path ?? null,
    run: {
      run: spec.id,
      checkpointEvery: spec.checkpointEvery,
      device: record.engine?.device === 'cuda' ? 'cuda' : 'cpu',
      threads: spec.engine.threads,
    },
  };
  return writeJob(paths.dir, parts, resume);
}

/** Charges a training to the run. */
function book({ record: { meter } }: Job, ledger: ExternalLedger, parameters: number, scorer: number): void {
  const flops = ledger.flops ?? formulaFlops(ledger.read, parameters, scorer);
  for (const phase of ['rollout', 'score', 'forward', 'update'] as const)
    meter.book(phase, flops[phase], ledger.seconds[phase]);
  meter.trained(ledger.tokens.trained);
  meter.generated(ledger.tokens.generated);
}
