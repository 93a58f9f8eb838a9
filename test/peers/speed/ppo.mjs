// A PPO iteration against the same in PyTorch with transformers' `generate`.
import ppo from '../../../dist/plugins/ppo-rlhf/plugin.js';
import { withDefaults } from '../../../dist/harness/conformance/bench.js';
import { PPO, ppoTrial } from '../../../dist/test/bench/parts/ppo.js';
import { nameOf } from '../../../dist/test/bench/sizes.js';
import { reviewsWorld } from '../../../dist/test/bench/worlds.js';
import { openPeer, timed, withFolder } from './peer.mjs';
import { median, mustAgree, ofMedians, pairedRatio } from './statistics.mjs';

const MEASURED = ['objective/scores', 'loss/policy_avg', 'loss/value_avg'];

export async function comparePpo(model, { threads, rounds }, log) {
  const world = reviewsWorld(model);
  const trial = await ppoTrial(model, { device: 'cpu', threads });
  const { tokenizer, maxPromptTokens, maxCompletionTokens } = world.dataset;
  const params = withDefaults(ppo, PPO);
  const spec = {
    ...model,
    ...params,
    vocab: tokenizer.vocabSize,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
    time: maxPromptTokens + maxCompletionTokens,
    completion: maxCompletionTokens,
    batch: params.batchSize,
    rate: params.learningRate,
    prompts: world.prompts,
  };
  const name = nameOf(model);
  const { ctx } = trial.bench;
  const reward = Array.from((await ctx.reward.head.read()).get('score.weight'));
  try {
    return await withFolder({ spec, reward }, world.weights.policy, async (folder) => {
      const peer = await openPeer('ppo.py', folder, threads);
      const gap = await sameIteration(name, trial, peer, params);
      log(`ppo ${name}: losses agree`);
      await trial.step();
      await peer.ask('run', '0');
      const mine = [];
      const theirs = [];
      for (let round = 1; round <= rounds; round++) {
        const { ms, cpu } = await timed(() => trial.step());
        mine.push({ ms, cpu });
        theirs.push(await peer.ask('run', String(round)));
        log(`ppo ${name}: ${round} of ${rounds}`);
      }
      peer.stop();
      const times = (side, field) => side.map((round) => round[field]);
      const ratio = (field) => pairedRatio(times(theirs, field), times(mine, field), ofMedians, name);
      return {
        name,
        oursMs: median(times(mine, 'ms')),
        theirsMs: median(times(theirs, 'ms')),
        wall: ratio('ms'),
        cpu: ratio('cpu'),
        gap,
        versions: peer.versions,
        rounds: { ours: mine, torch: theirs },
      };
    });
  } finally {
    await trial.dispose();
  }
}

/** Our first iteration, and theirs on the samples and in the order of ours. */
async function sameIteration(name, trial, peer, { epochs, minibatches, batchSize }) {
  const { ctx } = trial.bench;
  const generate = ctx.generate.bind(ctx);
  let samples;
  ctx.generate = async (...args) => (samples = await generate(...args));
  const metrics = await trial.step();
  ctx.generate = generate;
  const orders = Array.from({ length: epochs }, (_, epoch) => {
    const order = ctx.rng
      .split('minibatches', 0, epoch)
      .shuffle(Array.from({ length: batchSize }, (_, i) => i));
    const size = batchSize / minibatches;
    return Array.from({ length: minibatches }, (_, i) => order.slice(i * size, (i + 1) * size));
  });
  const prompts = samples.prompts.map(({ ids }) => ids);
  const theirs = await peer.ask('check', { prompts, completions: samples.completions, orders });
  return mustAgree(
    `ppo ${name}: ${MEASURED.join(', ')}`,
    MEASURED.map((key) => metrics[key]),
    MEASURED.map((key) => theirs[key]),
    2e-3,
  );
}
