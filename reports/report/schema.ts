import { REPORT_VERSION } from './model.js';

const figure = { type: 'object', additionalProperties: false, required: ['mean', 'ci', 'n'], properties: { mean: { type: 'number' }, ci: { anyOf: [{ type: 'null' }, { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 }], description: '95 % interval.' }, n: { type: 'integer', minimum: 1, description: 'Pipeline seeds.' } } };
const maybe = { anyOf: [{ type: 'null' }, figure] };
const closed = (properties: Record<string, unknown>): Record<string, unknown> => ({ type: 'object', additionalProperties: false, required: Object.keys(properties), properties });
const list = (items: unknown): Record<string, unknown> => ({ type: 'array', items });
const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const open = { type: 'object' };
const nats = { type: 'number', description: 'Nats per sequence.' };
const interval = { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 };
const maybeNumber = { type: ['number', 'null'] };
const stageCost = { stage: text, flops: maybe, seconds: maybe };

/** Schema of report.json; rewards in the world's units, KL in nats per sequence, sizes in bytes. */
export const reportSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Tiltyard report',
  ...closed({
    schemaVersion: { const: REPORT_VERSION },
    name: text,
    description: text,
    experimentHash: text,
    seeds: list({ type: 'integer' }),
    dataset: closed({ name: text, params: open }),
    policy: open,
    environment: { anyOf: [{ type: 'null' }, open] },
    verdicts: list(text),
    judge: { anyOf: [{ type: 'null' }, closed({ name: text, accuracy: maybe })] },
    reference: { anyOf: [{ type: 'null' }, closed({ name: text, goldReward: maybe, proxyReward: maybe, length: maybe })] },
    chosen: { anyOf: [{ type: 'null' }, closed({ goldReward: maybe })] },
    algorithms: list(
      closed({
        name: text,
        family: text,
        algorithm: text,
        params: open,
        runs: count,
        completed: count,
        device: text,
        goldReward: maybe,
        goldDifference: maybe,
        winRate: closed({ vsReference: maybe, vsChosen: maybe, lengthControlled: maybe }),
        aggregate: closed({ interquartileMean: maybe, improvement: maybe, optimalityGap: maybe }),
        kl: closed({ sequence: maybe, estimator: { type: ['string', 'null'] } }),
        proxyReward: maybe,
        proxyDifference: maybe,
        length: maybe,
        exact: closed({ goldReward: maybe, frontierEfficiency: maybe, regret: maybe }),
        compute: closed({ flops: maybe, seconds: maybe, peakMemoryBytes: maybe, tokensTrained: maybe, tokensGenerated: maybe, modelCopies: maybeNumber, stages: list(closed(stageCost)) }),
        missing: list(text),
      }),
    ),
    headToHead: list(closed({ a: text, b: text, winRate: maybe, softWinRate: maybe, goldDifference: maybe, adjustedP: maybeNumber })),
    families: list(
      closed({
        name: text,
        algorithm: text,
        device: text,
        variants: list(text),
        tuned: { anyOf: [{ type: 'null' }, closed({ choices: list(closed({ seed: { type: 'integer' }, variant: text })), goldReward: maybe, goldDifference: maybe, winRate: maybe, kl: maybe })] },
        bestOf: list(closed({ k: count, goldReward: figure })),
        tuningFlops: maybe,
        frontier: list(closed({ kl: nats, goldReward: figure, winRate: maybe, proxyReward: maybe })),
        area: { anyOf: [{ type: 'null' }, closed({ kl: nats, gain: figure })] },
        dominated: maybe,
        missing: list(text),
      }),
    ),
    matchedKl: list(
      closed({
        a: text,
        b: text,
        kl: nats,
        goldDifference: maybe,
        winRateDifference: maybe,
        areaDifference: maybe,
        match: { anyOf: [{ type: 'null' }, closed({ margin: { type: 'number' }, p: { type: 'number' }, equivalent: { type: 'boolean' } })] },
        adjustedP: maybeNumber,
        curve: list(closed({ kl: nats, goldDifference: figure })),
      }),
    ),
    matchedCompute: list(
      closed({
        a: text,
        b: text,
        adjustedP: maybeNumber,
        budgets: list(closed({ flops: { type: 'number' }, goldDifference: figure })),
        atCheaper: { anyOf: [{ type: 'null' }, closed({ flops: { type: 'number' }, seconds: { type: 'number' }, cheaper: text, goldDifference: figure, winRateDifference: maybe, goldDifferenceAtSeconds: figure, winRateDifferenceAtSeconds: maybe })] },
        crossover: closed({ dearer: text, multiple: maybeNumber, ci: { anyOf: [{ type: 'null' }, { type: 'array', items: maybeNumber, minItems: 2, maxItems: 2 }] }, upTo: { type: 'number' } }),
      }),
    ),
    ranking: list(closed({ rank: count, name: text, theta: figure })),
    control: closed({
      pairs: list(closed({ name: text, goldDifference: maybe, alarm: { type: 'boolean' } })),
      falseAlarms: { anyOf: [{ type: 'null' }, closed({ rate: { type: 'number' }, ci: interval, n: count })] },
      reason: { type: ['string', 'null'] },
    }),
    power: closed({ delta: { type: 'number' }, seeds: maybeNumber, prompts: maybeNumber, deviation: maybeNumber, correlation: maybeNumber }),
    profiles: list(closed({ name: text, thresholds: list({ type: 'number' }), share: list({ type: 'number' }), lo: list({ type: 'number' }), hi: list({ type: 'number' }) })),
    curves: list(closed({ name: text, step: count, goldReward: maybeNumber, proxyReward: maybeNumber, winRate: maybeNumber, kl: maybeNumber, length: maybeNumber, goldCi: { anyOf: [{ type: 'null' }, interval] }, flops: { type: 'number' }, seconds: { type: 'number' }, seeds: count })),
    rewardModels: list(closed({ name: text, runs: count, figures: { type: 'object', additionalProperties: figure } })),
    sharedStages: list(closed({ ...stageCost, runs: count })),
    samples: list(closed({ prompt: text, completions: list(closed({ name: text, text, gold: maybeNumber })) })),
    failures: list(closed({ run: text, label: text, seed: { type: 'integer' }, outcome: text, cause: text })),
    deviations: list(text),
    notes: list(text),
  }),
} as const;
