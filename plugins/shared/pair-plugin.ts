import { type AlgorithmPlugin, definePlugin, ops, type Tensor } from '../../harness/index.js';
import { type OptimizerParams, optimizerOptions, optimizerProperties } from './optimizer.js';
import { type PairFeeds, type PairLogps, pairMetrics, splitPairs } from './pairs.js';
import { tokenCounter } from './tokens.js';

/** A batch of pairs as a loss sees it: completion sums of log-probabilities and completion lengths in tokens, [B] each. */
export interface PairExample extends PairLogps {
  readonly lengthChosen: Tensor;
  readonly lengthRejected: Tensor;
}

export interface PairParams extends OptimizerParams {
  readonly beta: number;
  readonly batchSize: number;
  readonly epochs: number;
}

export interface PairPluginSpec<P extends PairParams> extends Pick<AlgorithmPlugin<P>, 'name' | 'summary' | 'paper' | 'golden' | 'twoArms'> {
  /** What beta means and its default; other parameters of the loss. */
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> & { readonly beta: Readonly<Record<string, unknown>> };
  /** Per pair, [B]; the batch mean is minimised. */
  readonly loss: (x: PairExample, params: Readonly<P>) => Tensor;
  /** The loss of every pair while policy and reference are equal. */
  readonly lossAtStart: (params: Readonly<P>) => number;
  readonly learningRate?: number;
}

/** The algorithm around a loss on pairs: batch, log-probabilities, loss, update, one record. The loss is all that differs in the family. */
export function pairPlugin<P extends PairParams>({ properties, loss, lossAtStart, learningRate = 3e-4, ...about }: PairPluginSpec<P>): AlgorithmPlugin<P> {
  return definePlugin<P>({
    api: 1,
    ...about,
    needs: ['pairs', 'reference'],
    gives: 'policy',
    invariants: [{ kind: 'pair-order' }],
    params: {
      type: 'object',
      additionalProperties: false,
      properties: {
        ...properties,
        batchSize: { type: 'integer', minimum: 1, default: 16, description: 'Pairs per step' },
        epochs: { type: 'integer', minimum: 1, default: 2, description: 'Passes over the pairs' },
        ...optimizerProperties(learningRate),
      },
    },

    atStart: (params) => ({ loss: lossAtStart(params), 'rewards/margins': 0 }),

    async *train(ctx, params) {
      const pairs = ctx.pairs({ batchSize: params.batchSize, epochs: params.epochs });
      const trainer = ctx.trainer<PairFeeds, 'policy'>({
        modules: { policy: ctx.policy },
        optimizer: optimizerOptions(params, pairs.totalSteps),
        loss: ({ policy }, { tokens, refLogps }) => {
          const logps = splitPairs(ops.sum(policy.tokenLogps(tokens), 1), refLogps); //             [B] each
          const [lengthChosen, lengthRejected] = ops.halves(ops.sum(tokens.mask, 1)); //            [B], [B]
          // Rewards and log-probabilities are logged as sums whatever the loss uses, so that curves are comparable.
          return { loss: ops.mean(loss({ ...logps, lengthChosen, lengthRejected }, params)), metrics: pairMetrics(logps, params.beta) };
        },
      });
      const countTokens = tokenCounter(ctx);
      for await (const batch of pairs) {
        const metrics = await trainer.step({ tokens: batch.tokens, refLogps: batch.refLogps });
        yield { metrics: { ...metrics, num_tokens: countTokens(batch.tokens) } };
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
export const converging = { batchSize: 10, epochs: 600, learningRate: 0.05, schedule: 'cosine', maxGradNorm: null } as const;

const number = (rest: Record<string, unknown>) => ({ type: 'number', ...rest });
/** Schema of β for losses on β times a log-ratio. */
export const betaProperty = (description = 'β: temperature of the implicit reward', fallback = 0.1) => number({ exclusiveMinimum: 0, default: fallback, description });
