// An epoch of DPO: reference log-probabilities of every pair, then every step, in one order on every side.
import { pairLogps } from '../../../dist/harness/worker/reference-logps.js';
import { TokenData } from '../../../dist/harness/worker/data.js';
import { dpoTrial, LEARNING_RATE, PAIRS } from '../../../dist/test/bench/parts/dpo.js';
import { nameOf } from '../../../dist/test/bench/sizes.js';
import { WORLDS } from '../../../dist/test/bench/worlds.js';
import { openPeer, timed, withFolder } from './peer.mjs';
import { mustAgree, ofSums, pairedRatio, sum } from './statistics.mjs';

/** What is compared: a script, and how far its losses may lie from ours. */
export const CONTENDERS = {
  eager: { script: 'dpo.py', tolerance: 1e-5 },
  trl: { script: 'dpo_trl.py', tolerance: 1e-5, needs: ['trl'] },
  bf16: { script: 'dpo.py', tolerance: 5e-2 },
  compile: { script: 'dpo.py', tolerance: 1e-5 },
};
/** Interleaved parts that an epoch is timed in. */
const PARTS = 5;
/** What stands beside is timed in so many of them. */
const BESIDE = 2;
/** Steps that are not counted, at least: the loss of the first is log 2 whatever is computed. */
const FIRST_STEPS = 3;
const BETA = 0.1;

export const specOf = (world, model) => {
  const { tokenizer, maxPromptTokens, maxCompletionTokens } = world.dataset;
  return {
    ...model,
    vocab: tokenizer.vocabSize,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
    time: maxPromptTokens + maxCompletionTokens,
    batch: PAIRS[world.name],
    rate: LEARNING_RATE,
    beta: BETA,
    pairs: world.pairs.map(({ chosen, rejected }) => [chosen.prompt, chosen.completion, rejected.completion]),
  };
};

/**
 * @param share of an epoch that is timed with the narrowest model; of a wider one as much less
 */
export async function compareDpo(worldName, model, { threads, contenders, share }, log) {
  const whole = WORLDS[worldName](model);
  const name = `${worldName} ${nameOf(model)}`;
  const { batch } = specOf(whole, model);
  const own = (share * 64) / model.width;
  const steps = Math.max(1, Math.round((own * whole.pairs.length) / batch / PARTS));
  const firstSteps = Math.max(FIRST_STEPS, steps);
  // As many as are read.
  const world = { ...whole, pairs: whole.pairs.slice(0, (firstSteps + PARTS * steps) * batch) };
  const spec = specOf(world, model);
  const trial = await dpoTrial(world, { device: 'cpu', threads });
  try {
    return await withFolder({ spec }, world.weights.policy, async (folder) => {
      const peers = [];
      for (const kind of contenders) {
        const { script, tolerance } = CONTENDERS[kind];
        peers.push({ kind, tolerance, rounds: [], ...(await openPeer(script, folder, threads, kind)) });
      }
      const { shape } = new TokenData(world.dataset);
      const reference = () => timed(() => pairLogps(trial.bench.ctx.reference, trialPairs(world), shape));
      const take = async (count) => {
        const losses = [];
        const { ms, cpu } = await timed(async () => {
          for (let i = 0; i < count; i++) losses.push((await trial.step()).loss);
        });
        return { ms, cpu, losses };
      };
      // Not counted: what is traced, compiled and loaded. The losses of these steps must agree.
      const { result: logps } = await reference();
      const ofBatch = [...logps.chosen.slice(0, batch), ...logps.rejected.slice(0, batch)];
      const first = await take(firstSteps);
      const gaps = {};
      for (const peer of peers) {
        const what = `${name}, ${peer.kind}`;
        const known = await peer.ask('reference');
        // Sums over completions, hundreds of nats: what is left of float32 there.
        if (known.logps !== undefined) mustAgree(what, ofBatch, known.logps, 100 * peer.tolerance);
        const { losses } = await peer.ask('steps', String(firstSteps));
        gaps[peer.kind] = mustAgree(what, first.losses, losses, peer.tolerance);
      }
      log(`${name}: losses agree`);
      const { ms, cpu } = await reference();
      const ours = { reference: { ms, cpu }, rounds: [] };
      for (const peer of peers) {
        const { ms, cpu } = await peer.ask('reference');
        peer.reference = { ms, cpu };
      }
      for (let part = 0; part < PARTS; part++) {
        ours.rounds.push(await take(steps));
        for (const peer of peers) {
          const isBeside = peer.kind === 'bf16' || peer.kind === 'compile';
          if (!isBeside || part < BESIDE) peer.rounds.push(await peer.ask('steps', String(steps)));
        }
        log(`${name}: part ${part + 1} of ${PARTS}`);
      }
      for (const peer of peers) peer.stop();
      return result(name, { spec, steps, ours, peers, gaps });
    });
  } finally {
    await trial.dispose();
  }
}

const trialPairs = ({ pairs }) => ({
  chosen: pairs.map(({ chosen }) => chosen),
  rejected: pairs.map(({ rejected }) => rejected),
});

function result(name, { spec, steps, ours, peers, gaps }) {
  // The reference pass counts once a pair.
  const share = (steps * spec.batch) / spec.pairs.length;
  const parts = (side, field, n, withReference = true) =>
    side.rounds
      .slice(0, n)
      .map((round) => round[field] + (withReference ? share * side.reference[field] : 0));
  const rounds = [['ours', ours], ...peers.map((peer) => [peer.kind, peer])].map(([key, side]) => [
    key,
    { reference: side.reference, ms: parts(side, 'ms', PARTS, false), cpu: parts(side, 'cpu', PARTS, false) },
  ]);
  return {
    name,
    steps: steps * PARTS,
    pairs: steps * PARTS * spec.batch,
    ours: { ms: sum(parts(ours, 'ms', PARTS)), cpu: sum(parts(ours, 'cpu', PARTS)) },
    peers: peers.map((peer) => {
      const n = peer.rounds.length;
      const ratio = (field, withReference) =>
        pairedRatio(
          parts(peer, field, n, withReference),
          parts(ours, field, n, withReference),
          ofSums,
          `${name} ${peer.kind}`,
        );
      return {
        kind: peer.kind,
        versions: peer.versions,
        wall: ratio('ms'),
        cpu: ratio('cpu'),
        stepsAlone: { wall: ratio('ms', false), cpu: ratio('cpu', false) },
        gap: gaps[peer.kind],
      };
    }),
    rounds: Object.fromEntries(rounds),
  };
}
