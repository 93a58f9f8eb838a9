import { mkdirSync, rmSync } from 'node:fs';
import type { ExternalJob } from '../../contracts/external.js';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import { endsOf } from '../../policy/tokenizers/rows.js';
import { writeModelFolder } from '../../policy/checkpoint/write.js';
import type { NetworkModule } from '../../policy/module.js';
import type { Rng } from '../../rng.js';
import { writeJsonAtomic } from '../../store/atomic.js';
import { externalPaths } from '../../store/layout.js';
import { epochOrder } from '../batches.js';
import { writeRows } from '../rows.js';

/** What a job is made of, but for where its parts lie. */
export interface JobParts
  extends Pick<
    ExternalJob,
    'gives' | 'maxPromptTokens' | 'maxCompletionTokens' | 'endsWithEos' | 'share' | 'budget'
  > {
  readonly params: Readonly<Record<string, unknown>>;
  readonly kind: ExternalJob['data']['kind'];
  readonly rows: readonly object[];
  /** Of the run: its orders and its seed follow. */
  readonly rng: Rng;
  readonly tokenizer: Tokenizer;
  /** What is trained: a policy as its start, or a reward with its fresh head. */
  readonly start: NetworkModule;
  readonly reward: NetworkModule | null;
  /** The folder of the checkpoint that the start's configuration comes from; null: it was made here. */
  readonly from: string | null;
  readonly run: Pick<ExternalJob, 'run' | 'checkpointEvery' | 'device' | 'threads'>;
}

/**
 * Lays out what a trainer is given, and says what in its job. What an earlier process of the run left of the
 * trainer's own stays; what was to be taken over goes.
 * @param runDir folder of the run
 * @param resume whether there was one
 */
export async function writeJob(runDir: string, parts: JobParts, resume: boolean): Promise<ExternalJob> {
  const { kind, rows, rng, tokenizer, start, reward, from, params } = parts;
  const paths = externalPaths(runDir);
  for (const path of [paths.start, paths.reward, paths.output, paths.metrics, paths.ledger])
    rmSync(path, { recursive: true, force: true });
  for (const dir of [paths.dir, paths.checkpoints]) mkdirSync(dir, { recursive: true });
  writeRows(paths.data, rows);
  const epochs = epochsOf(params, rows.length);
  const orders = Array.from({ length: epochs }, (_, epoch) => epochOrder(rng, kind, epoch, rows.length));
  writeRows(paths.orders, orders);
  const write = async (dir: string, model: NetworkModule): Promise<void> =>
    writeModelFolder(dir, {
      architecture: model.architecture,
      arrays: await model.arrays(),
      normalisation: model.normalisation,
      tokenizer,
      from,
    });
  await write(paths.start, start);
  if (reward !== null) await write(paths.reward, reward);
  const { mean, std } = reward?.normalisation ?? { mean: 0, std: 1 };
  const { vocabSize, padId, eosId } = tokenizer;
  const { gives, maxPromptTokens, maxCompletionTokens, endsWithEos, share, budget } = parts;
  const job: ExternalJob = {
    version: 1,
    file: paths.job,
    ...parts.run,
    gives,
    start: paths.start,
    reference: gives === 'policy' ? paths.start : null,
    tokenizer: { vocabSize, padId, eosId, endIds: endsOf(tokenizer) },
    maxPromptTokens,
    maxCompletionTokens,
    endsWithEos,
    data: { kind, file: paths.data, rows: rows.length, orders: paths.orders },
    reward: reward === null ? null : { folder: paths.reward, mean, std },
    params,
    seed: rng.split('outside').int(2 ** 31),
    share,
    budget,
    output: paths.output,
    metrics: paths.metrics,
    ledger: paths.ledger,
    checkpoints: paths.checkpoints,
    resume,
  };
  writeJsonAtomic(paths.job, job);
  return job;
}

/** How often a trainer goes through its rows, by parameters called as in our own plugins; else once. */
function epochsOf({ epochs, iterations, batchSize }: JobParts['params'], rows: number): number {
  const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
  if (isCount(epochs)) return epochs;
  if (!isCount(iterations) || !isCount(batchSize)) return 1;
  return Math.ceil(iterations / Math.max(1, Math.floor(rows / Math.min(batchSize, rows))));
}
