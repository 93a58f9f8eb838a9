import type { ExternalJob } from '../../../harness/index.js';
import { type DryRun, jsonl, leaveDryRun, orderedRows } from '../shared/dry-run.js';
import type { VerlParams } from './plugin.js';

/** It reads Parquet. */
const TO_PARQUET = [
  'import datasets',
  "rows = datasets.load_dataset('json', data_files='train.jsonl')['train']",
  "rows.to_parquet('train.parquet')",
].join('; ');

/** What verl's main_ppo would be started with: `node launch.js JOB` writes it, and starts nothing. */
export function planOf(job: ExternalJob): DryRun {
  const { start, reward, maxPromptTokens, maxCompletionTokens, budget, checkpointEvery } = job;
  const params = job.params as unknown as VerlParams;
  const { batchSize, groupSize, updates, iterations } = params;
  const steps = Math.min(iterations, Math.max(1, Math.ceil(iterations * job.share)));
  const config = {
    hydra: { searchpath: ['pkg://verl.trainer.config'] },
    defaults: ['ppo_trainer', '_self_'],
    algorithm: {
      adv_estimator: 'grpo',
      norm_adv_by_std_in_grpo: params.scaleRewards === 'group',
      use_kl_in_reward: false,
    },
    data: {
      train_files: 'train.parquet',
      val_files: 'train.parquet',
      prompt_key: 'prompt',
      max_prompt_length: maxPromptTokens,
      max_response_length: maxCompletionTokens,
      train_batch_size: batchSize,
      shuffle: false,
      truncation: 'error',
    },
    actor_rollout_ref: {
      model: { path: 'start' },
      actor: {
        ppo_mini_batch_size: batchSize,
        ppo_micro_batch_size_per_gpu: groupSize,
        ppo_epochs: updates,
        clip_ratio: params.clip,
        use_kl_loss: params.beta > 0,
        kl_loss_coef: params.beta,
        kl_loss_type: 'low_var_kl',
        entropy_coeff: 0,
        loss_agg_mode: 'seq-mean-token-sum-norm',
        grad_clip: params.maxGradNorm ?? 1e9,
        optim: {
          lr: params.learningRate,
          lr_warmup_steps: params.warmupSteps,
          weight_decay: params.weightDecay,
          warmup_style: params.schedule === 'cosine' ? 'cosine' : 'constant',
        },
      },
      ref: { log_prob_micro_batch_size_per_gpu: groupSize },
      rollout: {
        name: 'vllm',
        n: groupSize,
        temperature: params.temperature,
        tensor_model_parallel_size: 1,
        log_prob_micro_batch_size_per_gpu: groupSize,
      },
    },
    reward_model: {
      enable: true,
      micro_batch_size_per_gpu: groupSize,
      model: { path: 'reward', input_tokenizer: null },
    },
    trainer: {
      total_epochs: 1,
      total_training_steps: Math.min(steps, budget.maxSteps ?? steps),
      logger: ['console', 'file'],
      nnodes: 1,
      n_gpus_per_node: 1,
      save_freq: checkpointEvery > 0 ? checkpointEvery : -1,
      val_before_train: false,
      test_freq: -1,
      default_local_dir: 'checkpoints',
    },
  };
  const rows = orderedRows<{ id: string; prompt: string }>(job).map(({ id, prompt }, index) => ({
    prompt: [{ role: 'user', content: prompt }],
    data_source: 'tiltyard',
    extra_info: { id, index },
  }));
  return {
    // YAML reads JSON.
    files: { 'config.yaml': `${JSON.stringify(config, null, 2)}\n`, 'train.jsonl': jsonl(rows) },
    folders: { start, ...(reward === null ? {} : { reward: reward.folder }) },
    commands: [
      `python3 -c "${TO_PARQUET}"`,
      'export VERL_FILE_LOGGER_PATH="$PWD/metrics.jsonl"',
      'python3 -m verl.trainer.main_ppo --config-path "$PWD" --config-name config',
    ],
  };
}

if (process.argv[2] !== undefined && /launch\.\w+$/.test(process.argv[1] ?? '')) leaveDryRun(planOf);
