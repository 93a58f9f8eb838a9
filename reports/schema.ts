const figure = { type: 'object', additionalProperties: false, required: ['mean', 'ci', 'n'], properties: { mean: { type: 'number' }, ci: { anyOf: [{ type: 'null' }, { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 }], description: '95 % interval.' }, n: { type: 'integer', minimum: 1, description: 'Pipeline seeds.' } } };
const maybe = { anyOf: [{ type: 'null' }, figure] };
const closed = (properties: Record<string, unknown>): Record<string, unknown> => ({ type: 'object', additionalProperties: false, required: Object.keys(properties), properties });
const list = (items: unknown): Record<string, unknown> => ({ type: 'array', items });
const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const open = { type: 'object' };
const maybeNumber = { type: ['number', 'null'] };
const stageCost = { stage: text, flops: maybe, seconds: maybe };

/** Schema of report.json; rewards in the world's units, KL in nats per sequence, sizes in bytes. */
export const reportSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Tiltyard report',
  ...closed({
    schemaVersion: { const: 1 },
    name: text,
    description: text,
    experimentHash: text,
    seeds: list({ type: 'integer' }),
    dataset: closed({ name: text, params: open }),
    policy: open,
    environment: { anyOf: [{ type: 'null' }, open] },
    verdicts: list(text),
    reference: { anyOf: [{ type: 'null' }, closed({ name: text, goldReward: maybe, proxyReward: maybe, length: maybe })] },
    chosen: { anyOf: [{ type: 'null' }, closed({ goldReward: maybe })] },
    algorithms: list(
      closed({
        name: text,
        algorithm: text,
        params: open,
        runs: count,
        completed: count,
        device: text,
        goldReward: maybe,
        goldDifference: maybe,
        winRate: closed({ vsReference: maybe, vsChosen: maybe }),
        kl: closed({ sequence: maybe, estimator: { type: ['string', 'null'] } }),
        proxyReward: maybe,
        proxyDifference: maybe,
        length: maybe,
        exact: closed({ goldReward: maybe, frontierEfficiency: maybe, regret: maybe }),
        compute: closed({ flops: maybe, seconds: maybe, peakMemoryBytes: maybe, tokensTrained: maybe, tokensGenerated: maybe, modelCopies: maybeNumber, stages: list(closed(stageCost)) }),
        missing: list(text),
      }),
    ),
    headToHead: list(closed({ a: text, b: text, winRate: maybe, softWinRate: maybe, goldDifference: maybe })),
    matchedKl: list(closed({ a: text, b: text, kl: { type: 'number', description: 'Nats per sequence.' }, goldDifference: maybe, areaDifference: maybe })),
    curves: list(closed({ name: text, step: count, goldReward: maybeNumber, proxyReward: maybeNumber, kl: maybeNumber, flops: { type: 'number' }, seeds: count })),
    rewardModels: list(closed({ name: text, runs: count, figures: { type: 'object', additionalProperties: figure } })),
    sharedStages: list(closed({ ...stageCost, runs: count })),
    samples: list(closed({ prompt: text, completions: list(closed({ name: text, text, gold: maybeNumber })) })),
    failures: list(closed({ run: text, label: text, seed: { type: 'integer' }, outcome: text, cause: text })),
    notes: list(text),
  }),
} as const;
