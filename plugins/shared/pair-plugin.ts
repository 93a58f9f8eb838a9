import {
  type AlgorithmPlugin,
  definePlugin,
  integer,
  number,
  ops,
  type Parameter,
  type ParamsOf,
  type ParamsSchema,
  type PluginChecks,
  parameters,
  type Tensor,
} from '../../harness/index.js';
import { type OptimizerParams, optimizerOptions, optimizerProperties } from './optimizer.js';
import { type PairExample, type PairLogps, pairFeeds, pairMetrics, splitPairs } from './pairs.js';
import { overLabels } from './soft-labels.js';
import { tokenCounter } from './tokens.js';

/** Parameters of a loss on pairs: β and whatever else it has. */
export type PairProperties = Readonly<Record<string, Parameter<unknown>>> & {
  readonly beta: Parameter<number>;
};

/** Parameters of whoever goes through pairs: how many at a time, and how often. */
export const epochProperties = {
  batchSize: integer({ min: 1, default: 16, description: 'Pairs per step' }),
  epochs: integer({ min: 1, default: 2, description: 'Passes over the pairs' }),
};

/** The loss's own parameters, batch size and epochs, and the optimiser's. */
export type PairParams<S extends PairProperties> = ParamsOf<S> &
  ParamsOf<typeof epochProperties> &
  OptimizerParams;

/** What differs between algorithms that minimise a loss on pairs. */
export interface PairPluginSpec<S extends PairProperties>
  extends Pick<AlgorithmPlugin, 'name' | 'summary' | 'paper'> {
  /** What beta means and its default; other parameters of the loss. */
  readonly properties: S;
  /** Per pair, [B]; the batch mean is minimised. */
  readonly loss: (x: PairExample, params: Readonly<PairParams<S>>) => Tensor;
  /** The loss of a pair hangs on the other pairs of its batch, so that soft labels are refused. */
  readonly couplesPairs?: true;
  /** The loss of every pair while policy and reference are equal. */
  readonly lossAtStart: (params: Readonly<PairParams<S>>) => number;
  readonly checks?: Pick<PluginChecks, 'golden' | 'twoArms'>;
  /** Default of that parameter; 3e-4 unless given. */
  readonly learningRate?: number;
}

/** The algorithm around a loss on pairs: batch, log-probabilities, loss, update, one record. */
export function pairPlugin<const S extends PairProperties>({
  properties,
  loss,
  lossAtStart,
  couplesPairs,
  checks = {},
  learningRate = 3e-4,
  ...about
}: PairPluginSpec<S>): AlgorithmPlugin<PairParams<S>> {
  return definePlugin<PairParams<S>>({
    api: 2,
    ...about,
    needs: ['pairs', 'reference'],
    gives: 'policy',
    ...(couplesPairs === true ? {} : { softLabels: true as const }),
    params: parameters({
      ...properties,
      ...epochProperties,
      ...optimizerProperties(learningRate),
    }) as ParamsSchema as ParamsSchema<PairParams<S>>,
    checks: {
      ...checks,
      invariants: [{ kind: 'pair-order' }],
      atStart: (params) => ({ loss: lossAtStart(params), 'rewards/margins': 0 }),
    },

    async *train(ctx, params) {
      const pairs = ctx.pairs({ batchSize: params.batchSize, epochs: params.epochs });
      const beta = params.beta as number;
      const ofLabels = (x: PairExample): Tensor => loss(x, params);
      const trainer = ctx.trainer({
        modules: { policy: ctx.policy },
        optimizer: optimizerOptions(params, pairs.totalSteps),
        feeds: ctx.softLabels ? { ...pairFeeds, chances: 'tensor' } : pairFeeds,
        loss: ({ policy }, feeds) => {
          const { tokens, refLogps } = feeds;
          const logps = splitPairs(ops.sum(policy.tokenLogps(tokens), 1), refLogps); //             [B] each
          const [lengthChosen, lengthRejected] = ops.halves(ops.sum(tokens.mask, 1)); //            [B], [B]
          const x = { ...logps, lengthChosen, lengthRejected };
          // Rewards and log-probabilities are logged as sums whatever the loss uses, so that curves are
          // comparable.
          return {
            loss: ops.mean('chances' in feeds ? overLabels(ofLabels, x, feeds.chances) : ofLabels(x)),
            metrics: pairMetrics(logps, beta),
          };
        },
      });
      const countTokens = tokenCounter(ctx);
      for await (const batch of pairs) {
        const { tokens, refLogps, chances } = batch;
        const metrics = await trainer.step({ tokens, refLogps, ...(chances && { chances }) });
        yield { metrics: { ...metrics, num_tokens: countTokens(tokens) } };
      }
    },
  });
}

/** a = log π_θ(y|x) − log π_ref(y|x) of both sides, and their difference: [B] each. */
export function logRatios(x: PairLogps): { chosen: Tensor; rejected: Tensor; difference: Tensor } {
  const chosen = ops.sub(x.policyChosen, x.referenceChosen); //          [B]
  const rejected = ops.sub(x.policyRejected, x.referenceRejected); //    [B]
  return { chosen, rejected, difference: ops.sub(chosen, rejected) };
}

/** Parameters with which AdamW ends within 1e-3 of a population optimum on ten pairs of two arms. */
export const converging = {
  batchSize: 10,
  epochs: 600,
  learningRate: 0.05,
  schedule: 'cosine',
  maxGradNorm: null,
} as const;

/** β of a loss on β times a log-ratio: the strength that a comparison sweeps, and larger holds back. */
export const betaProperty = (
  description = 'β: temperature of the implicit reward',
  fallback = 0.1,
): Parameter<number> =>
  number({ above: 0, default: fallback, role: { kind: 'strength', holdsBack: 'larger' }, description });
