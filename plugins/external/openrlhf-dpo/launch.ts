import type { ExternalJob } from '../../../harness/index.js';
import { type DryRun, jsonl, leaveDryRun, orderedRows } from '../shared/dry-run.js';
import type { PreferenceParams } from '../shared/preferences.js';

/** Names of schedules in transformers, which OpenRLHF takes. */
const SCHEDULES = { constant: 'constant_with_warmup', linear: 'linear', cosine: 'cosine' } as const;

/** What OpenRLHF's train_dpo would be started with: `node launch.js JOB` writes it, and starts nothing. */
export function planOf(job: ExternalJob): DryRun {
  const { start, maxPromptTokens, maxCompletionTokens, share, seed, checkpointEvery } = job;
  const params = job.params as unknown as PreferenceParams;
  const { batchSize, warmupSteps } = params;
  const full = orderedRows<{ prompt: string; chosen: string; rejected: string }>(job);
  const steps = Math.max(1, Math.ceil(Math.floor(full.length / batchSize) * share));
  const rows = full.slice(0, steps * batchSize).map(({ prompt, chosen, rejected }) => ({
    prompt,
    chosen,
    rejected,
  }));
  const options: Readonly<Record<string, string | number>> = {
    pretrain: 'start',
    ref_pretrain: 'start',
    dataset: 'train.jsonl',
    prompt_key: 'prompt',
    chosen_key: 'chosen',
    rejected_key: 'rejected',
    max_len: maxPromptTokens + maxCompletionTokens,
    max_epochs: 1, // its rows are those of all epochs
    train_batch_size: batchSize,
    micro_train_batch_size: batchSize,
    beta: params.beta,
    learning_rate: params.learningRate,
    lr_scheduler: SCHEDULES[params.schedule],
    lr_warmup_ratio: warmupSteps / steps,
    min_lr_ratio: 0,
    adam_betas: '0.9 0.999',
    l2: params.weightDecay,
    max_norm: params.maxGradNorm ?? 1e9,
    seed: seed % 2 ** 31,
    logging_steps: 1,
    save_steps: checkpointEvery > 0 ? checkpointEvery : -1,
    ckpt_path: 'checkpoints',
    save_path: 'output',
    zero_stage: 0,
    use_tensorboard: 'metrics',
  };
  const args = Object.entries(options).map(([name, value]) => `  --${name} ${value}`);
  return {
    files: { 'train.jsonl': jsonl(rows) },
    folders: { start },
    commands: [['deepspeed --module openrlhf.cli.train_dpo', ...args].join(' \\\n')],
  };
}

if (process.argv[2] !== undefined && /launch\.\w+$/.test(process.argv[1] ?? '')) leaveDryRun(planOf);
