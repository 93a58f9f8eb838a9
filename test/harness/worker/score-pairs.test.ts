import { expect, test } from 'vitest';
import { Rng } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { transformer } from '../../../harness/policy/transformer.js';
import type { TokenData, TokenPairs } from '../../../harness/worker/data.js';
import { pairLogps, sequenceLogps } from '../../../harness/worker/reference-logps.js';
import { rankPairs, scoreMargins } from '../../../harness/worker/score-pairs.js';
import { traced } from '../engine/support.js';

const V = 40;
const shape = { time: 30, completion: 18, padId: 0 };
const rng = Rng.fromSeed('pairs');
const tokens = (n: number): number[] => Array.from({ length: n }, () => 2 + rng.int(V - 2));
const prompts = Array.from({ length: 150 }, () => tokens(2 + rng.int(9)));
const side = () => prompts.map((prompt) => ({ prompt, completion: tokens(1 + rng.int(18)) }));
const pairs: TokenPairs = { chosen: side(), rejected: side(), margins: new Float32Array(prompts.length) };
const data = { shape } as TokenData;

const engine = traced();
const its = transformer({ vocabSize: V, contextLength: shape.time, width: 16, layers: 2, heads: 2 });
const policy = (seed: string): NetworkModule => {
  const body = engine.variables(its.initialBody(Rng.fromSeed(seed)));
  return new NetworkModule('policy', engine, its, body, null, { ...shape, eosId: null }, new Meter(), false);
};

test('log-probabilities of pairs are those of their rows', async () => {
  const module = policy('start');
  const { chosen, rejected } = await pairLogps(module, pairs, shape);
  const apart = [
    await sequenceLogps(module, pairs.chosen, shape),
    await sequenceLogps(module, pairs.rejected, shape),
  ];
  [chosen, rejected].forEach((logps, i) => {
    logps.forEach((logp, j) => expect(Math.abs(logp - apart[i]![j]!)).toBeLessThan(1e-4));
  });
});
test('a policy that is still its start ranks no pair, to the last bit', async () => {
  const reference = await pairLogps(policy('start'), pairs, shape);
  const ranked = await rankPairs(policy('start'), reference, pairs, data);
  expect(Object.values(ranked)).toEqual([0.5, 150]);
  expect(Object.values(await scoreMargins(policy('start'), reference, pairs, data))).toEqual([0, 0, 0, 0]);
});
