import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../../harness/conformance/bench.js';
import type { ExternalJob } from '../../../harness/contracts/external.js';
import { loadPlugin } from '../../../harness/extensions.js';
import { planOf as openrlhf } from '../../../plugins/external/openrlhf-dpo/launch.js';
import { planOf as verl } from '../../../plugins/external/verl-grpo/launch.js';
import { root, temporary } from '../../support.js';

/** Adapters that start nothing: what they write, to the letter. */
const dir = temporary();
const rows = ['a', 'b', 'c'].map((id) => ({ id, prompt: `p${id}`, chosen: `+${id}`, rejected: `-${id}` }));

async function jobOf(name: string, params: object): Promise<ExternalJob> {
  const at = (file: string): string => join(dir, file);
  writeFileSync(at('data'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  writeFileSync(at('orders'), '[2,0,1]\n[1,2,0]\n');
  for (const folder of ['start', 'reward']) mkdirSync(at(folder), { recursive: true });
  writeFileSync(join(at('start'), 'config.json'), '{}');
  const given = withDefaults(await loadPlugin(name), params as Record<string, unknown>);
  return {
    run: 'stage-s0-1',
    start: at('start'),
    reward: { folder: at('reward'), mean: 0, std: 1 },
    data: { kind: 'pairs', file: at('data'), rows: 3, orders: at('orders') },
    maxPromptTokens: 10,
    maxCompletionTokens: 20,
    seed: 7,
    share: 1,
    budget: { maxSteps: null, maxSeconds: null },
    checkpointEvery: 0,
    params: given,
  } as unknown as ExternalJob;
}

describe('openrlhf-dpo', () => {
  test('writes the pairs of all epochs in their order, and one command', async () => {
    const job = await jobOf('openrlhf-dpo', { batchSize: 2, beta: 0.2, warmupSteps: 3 });
    const { files, folders, commands } = openrlhf(job);
    expect(Object.keys(folders)).toEqual(['start']);
    const order = ['c', 'a', 'b', 'b', 'c', 'a'];
    expect(files['train.jsonl']).toBe(
      order
        .map((id) => `${JSON.stringify({ prompt: `p${id}`, chosen: `+${id}`, rejected: `-${id}` })}\n`)
        .join(''),
    );
    expect(commands.length).toBe(1);
    expect(commands[0]!.split(' \\\n  ')).toEqual([
      'deepspeed --module openrlhf.cli.train_dpo',
      '--pretrain start',
      '--ref_pretrain start',
      '--dataset train.jsonl',
      '--prompt_key prompt',
      '--chosen_key chosen',
      '--rejected_key rejected',
      '--max_len 30',
      '--max_epochs 1',
      '--train_batch_size 2',
      '--micro_train_batch_size 2',
      '--beta 0.2',
      '--learning_rate 0.0003',
      '--lr_scheduler linear',
      '--lr_warmup_ratio 1',
      '--min_lr_ratio 0',
      '--adam_betas 0.9 0.999',
      '--l2 0',
      '--max_norm 1',
      '--seed 7',
      '--logging_steps 1',
      '--save_steps -1',
      '--ckpt_path checkpoints',
      '--save_path output',
      '--zero_stage 0',
      '--use_tensorboard metrics',
    ]);
  });
});

describe('verl-grpo', () => {
  test('writes prompts as messages and a configuration over its own defaults', async () => {
    const job = await jobOf('verl-grpo', { beta: 0.1, iterations: 5, groupSize: 4, updates: 2 });
    const { files, folders, commands } = verl(job);
    expect(Object.keys(folders)).toEqual(['start', 'reward']);
    const [first] = files['train.jsonl']!.split('\n');
    expect(JSON.parse(first!)).toEqual({
      prompt: [{ role: 'user', content: 'pc' }],
      data_source: 'tiltyard',
      extra_info: { id: 'c', index: 0 },
    });
    expect(commands).toHaveLength(3);
    const config = JSON.parse(files['config.yaml']!) as Record<string, unknown>;
    expect(config).toEqual({
      hydra: { searchpath: ['pkg://verl.trainer.config'] },
      defaults: ['ppo_trainer', '_self_'],
      algorithm: { adv_estimator: 'grpo', norm_adv_by_std_in_grpo: false, use_kl_in_reward: false },
      data: {
        train_files: 'train.parquet',
        val_files: 'train.parquet',
        prompt_key: 'prompt',
        max_prompt_length: 10,
        max_response_length: 20,
        train_batch_size: 8,
        shuffle: false,
        truncation: 'error',
      },
      actor_rollout_ref: {
        model: { path: 'start' },
        actor: {
          ppo_mini_batch_size: 8,
          ppo_micro_batch_size_per_gpu: 4,
          ppo_epochs: 2,
          clip_ratio: 0.2,
          use_kl_loss: true,
          kl_loss_coef: 0.1,
          kl_loss_type: 'low_var_kl',
          entropy_coeff: 0,
          loss_agg_mode: 'seq-mean-token-sum-norm',
          grad_clip: 1,
          optim: { lr: 3e-4, lr_warmup_steps: 0, weight_decay: 0, warmup_style: 'constant' },
        },
        ref: { log_prob_micro_batch_size_per_gpu: 4 },
        rollout: {
          name: 'vllm',
          n: 4,
          temperature: 1,
          tensor_model_parallel_size: 1,
          log_prob_micro_batch_size_per_gpu: 4,
        },
      },
      reward_model: {
        enable: true,
        micro_batch_size_per_gpu: 4,
        model: { path: 'reward', input_tokenizer: null },
      },
      trainer: {
        total_epochs: 1,
        total_training_steps: 5,
        logger: ['console', 'file'],
        nnodes: 1,
        n_gpus_per_node: 1,
        save_freq: -1,
        val_before_train: false,
        test_freq: -1,
        default_local_dir: 'checkpoints',
      },
    });
  });
});

test.each(['openrlhf-dpo', 'verl-grpo'])(
  '%s leaves a folder to start from, and fails in one line',
  async (name) => {
    const job = join(dir, `${name}.json`);
    writeFileSync(job, JSON.stringify(await jobOf(name, {})));
    const launch = join(root, 'dist', 'plugins', 'external', name, 'launch.js');
    const left = join(dir, name);
    const { status, stderr } = spawnSync(process.execPath, [launch, job], {
      encoding: 'utf8',
      env: { ...process.env, TILTYARD_DRY_RUN: left },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^a dry run, nothing was trained: \S+run\.sh is what would be started\n$/);
    expect(existsSync(join(left, 'stage-s0-1', 'start', 'config.json'))).toBe(true);
    expect(readFileSync(join(left, 'stage-s0-1', 'run.sh'), 'utf8')).toMatch(/^#!\/bin\/sh\nset -e\ncd /);
  },
);
