import { DEFAULT_COMPARISON, RUNGS } from '../store/experiment.js';
import { COLLECTED } from '../store/spec.js';
import { MAX_NAME, MAX_RUNS, MAX_STAGES } from './size.js';

/** Names under which every JavaScript object has something; a stage so called could be mistaken for it. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

/**
 * The experiment file. Closed everywhere; defaults are filled by ajv. Published as
 * dist/schemas/experiment.json for editors.
 */
type Schema = Readonly<Record<string, unknown>>;

const nullable = (schema: Schema): Schema => ({ ...schema, type: [schema['type'], 'null'] });
const closed = (properties: Schema, required: readonly string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const text = (description: string): Schema => ({ type: 'string', minLength: 1, description });
/** Name of a stage; null where there is none. */
const stageName = (description: string): Schema => ({
  ...nullable({ type: 'string' }),
  default: null,
  description,
});
const whole = (minimum: number, fallback: number, description: string): Schema => ({
  type: 'integer',
  minimum,
  default: fallback,
  description,
});
const wholeOrAll = (minimum: number, fallback: number, description: string): Schema => ({
  oneOf: [{ type: 'integer', minimum }, { const: 'all' }],
  default: fallback,
  description,
});
const flag = (description: string): Schema => ({ type: 'boolean', default: false, description });
const positiveInteger = { type: 'integer', minimum: 1 };
const positiveNumber = { type: 'number', exclusiveMinimum: 0 };

const anyParams = {
  type: 'object',
  default: {},
  description: 'Parameters, checked against the schema of the plugin or dataset; see `tiltyard list`.',
};

const named = {
  $schema: { type: 'string', description: 'For editors.' },
  name: {
    type: 'string',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    maxLength: MAX_NAME,
    description: 'Names the output folder.',
  },
  description: { type: 'string', default: '' },
};

/** @param defaults the experiment's own section has them; a stage's overrides it and has none */
const evaluation = (defaults: boolean, experimentOnly: Schema = {}): Schema => {
  const own = (minimum: number, fallback: number, description: string): Schema =>
    defaults ? whole(minimum, fallback, description) : { type: 'integer', minimum, description };
  return closed({
    every: own(
      0,
      25,
      'Evaluate on validation prompts every this many steps; 0: only at the start and the end.',
    ),
    prompts: own(1, 128, 'Validation prompts in each evaluation.'),
    testPrompts: own(1, 256, 'Test prompts in the final evaluation.'),
    samplesPerPrompt: own(1, 2, 'Samples drawn for each test prompt; win rates are over all their pairs.'),
    ...experimentOnly,
  });
};
const proxy = stageName(
  'Stage whose reward scores the evaluations of every compared run that has no reward of its own, ' +
    'so that configurations can be chosen by it; no algorithm sees it. Null: the reward stage, ' +
    'where the experiment has exactly one and it is not swept; otherwise none.',
);
const positiveOrNone = (description: string): Schema => ({
  ...nullable(positiveInteger),
  default: null,
  description,
});
const bounded = (minimum: number, maximum: number, fallback: number, description: string): Schema => ({
  ...whole(minimum, fallback, description),
  maximum,
});

/** A language model as judge, docs/judges.md; `judge` below is where it stands. */
const llmJudge = closed(
  {
    url: text('Base of an OpenAI-compatible server, as http://localhost:8000/v1.'),
    model: text('The model, as its server names it.'),
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._:/ -]*$',
      maxLength: MAX_NAME,
      description: 'What reports call it. Default: its model.',
    },
    keyFrom: {
      type: ['string', 'null'],
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      default: null,
      description: 'Environment variable that holds its key, which is never stored. Null: it takes none.',
    },
    rubric: text(
      'Text file that says what the better answer is, relative to the experiment file. Default: built in.',
    ),
    policies: {
      type: 'string',
      enum: ['chosen', 'all'],
      default: 'chosen',
      description: 'What meets the start: what tuning chose of each family, or every configuration.',
    },
    prompts: whole(1, 64, 'Test prompts of each seed; on each, one sample meets one of the start, twice.'),
    labelledPairs: whole(
      0,
      100,
      'Held-out pairs, over all seeds, on which it is held to the labels of the data.',
    ),
    form: {
      type: 'string',
      enum: ['schema', 'plain'],
      default: 'schema',
      description:
        'Whether the server is asked to hold answers to a JSON schema (response_format); a server that ' +
        'refuses that is asked plainly.',
    },
    maxAnswerTokens: whole(16, 256, 'Tokens of one answer; a model that thinks aloud needs more.'),
    concurrency: bounded(1, 256, 4, 'Calls at a time.'),
    timeoutSeconds: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 280,
      default: 60,
      description: 'What one call may take, to the last byte.',
    },
    retries: bounded(0, 20, 5, 'Calls after the first, where one got no answer.'),
    maxCalls: positiveOrNone('All calls that may be made, retries included; null: no limit.'),
    maxTokens: positiveOrNone('All tokens that may be spent, of questions and answers; null: no limit.'),
  },
  ['url', 'model'],
);
const stageOrModel = { ...llmJudge, type: ['string', 'object'] };
const judge = {
  ...llmJudge,
  type: ['string', 'object', 'array', 'null'],
  items: stageOrModel,
  minItems: 1,
  default: null,
  description:
    'A stage whose reward judges every policy where the data has no gold reward of its own: ' +
    'give it `pairs: heldout`, so that it learns from pairs that no algorithm sees; ' +
    'its score then stands where the gold reward would. Or a language model that is asked, once the runs ' +
    'have ended, which of two answers is better: its verdicts stand beside. Or a list of both, ' +
    'at most one of them a stage.',
};
const budget = closed({
  maxSteps: { ...nullable(positiveInteger), default: null, description: 'Stop a run after this many steps.' },
  maxSeconds: {
    ...nullable(positiveNumber),
    default: null,
    description: 'Stop a run after this many seconds of wall clock.',
  },
});

const resources = {
  ...closed({
    gpus: { type: 'integer', minimum: 0, description: 'GPUs of a run (--gres=gpu:N).' },
    cpus: { ...positiveInteger, description: 'Cores of a run. Default: its threads.' },
    memory: {
      oneOf: [positiveInteger, { type: 'string', pattern: '^[1-9][0-9]*[KMGT]?$' }],
      description: "Memory of a run on its node, e.g. 16G; without a letter in MB, as Slurm's --mem.",
    },
    time: {
      oneOf: [positiveInteger, { type: 'string', pattern: '^([0-9]+-)?[0-9]+(:[0-9]+){0,2}$' }],
      description: "Longest time of a run, e.g. 30 (minutes), 04:00:00 or 1-12, as Slurm's --time.",
    },
    partition: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.,-]*$',
      description: 'Partition, or several with commas.',
    },
  }),
  description: 'What a run asks of a scheduler, and no part of its result: only --launcher slurm reads it.',
};

const stage = closed(
  {
    algorithm: text(
      'A built-in plugin, an npm package, or a path to a plugin file (relative to the experiment file).',
    ),
    start: stageName(
      'Stage whose policy this one starts from (and is measured against); ' +
        'null: fresh weights, or the table the dataset brings.',
    ),
    reward: stageName('Stage whose reward this one uses.'),
    checkpoint: text(
      "Of a stage that gives a reward: a sequence classifier with one label in Hugging Face's layout that " +
        'its reward model begins as, relative to the experiment file, instead of the start with a fresh ' +
        'head. The dataset must use its tokenizer.',
    ),
    completions: {
      type: 'string',
      enum: ['corpus', 'chosen', 'texts'],
      default: 'chosen',
      description:
        'What completions mean: the corpus of the dataset, the chosen side of the pairs, or all their ' +
        'texts, prompts and both sides, every token once, for a model that begins with nothing.',
    },
    pairs: {
      type: 'string',
      enum: ['train', 'heldout'],
      description:
        'Which of the collected pairs a stage learns from; heldout is for a judge or a chooser. ' +
        'Default: train.',
    },
    relabel: closed(
      {
        by: text('Stage whose reward labels the pairs, in place of the labels of the data.'),
        how: {
          type: 'string',
          enum: ['drawn', 'argmax', 'soft'],
          default: 'drawn',
          description:
            "'drawn': a wins with probability sigma(r_a - r_b) in the reward's raw units, its own " +
            "Bradley-Terry model; 'argmax': the one with the higher reward wins; 'soft': the loss is the " +
            'expectation over that draw, for plugins whose loss can be (`softLabels`).',
        },
      },
      ['by'],
    ),
    role: {
      type: 'string',
      enum: ['shared', 'compared'],
      description:
        'Shown as a compared algorithm or as a shared stage. ' +
        'Default: shared where another stage builds on it or it gives a reward.',
    },
    params: anyParams,
    sweep: {
      default: {},
      oneOf: [
        { type: 'object', additionalProperties: { type: 'array', minItems: 1 } },
        { type: 'array', minItems: 1, items: { type: 'object', minProperties: 1 } },
      ],
      description:
        'Parameter -> values, one run for each combination; or a list of configurations, each with the ' +
        'same parameters, e.g. a star: one in the middle, others that differ from it in one parameter.',
    },
    control: flag(
      'Run every configuration once more with other randomness in training and the same data, start and ' +
        'evaluation (A/A): how often the report sees a difference where there is none. Compared stages only.',
    ),
    evaluation: evaluation(false),
    budget: closed({ maxSteps: nullable(positiveInteger), maxSeconds: nullable(positiveNumber) }),
    resources,
  },
  ['algorithm'],
);

const policy = {
  ...closed({
    kind: { type: 'string', enum: ['transformer', 'tabular'], default: 'transformer' },
    width: whole(1, 64, 'D of a fresh transformer.'),
    layers: whole(1, 2, 'L of a fresh transformer.'),
    heads: whole(1, 2, 'H of a fresh transformer; divides the width.'),
    checkpoint: text(
      "Model folder in Hugging Face's layout (gpt2, llama, qwen2) that policies begin with, " +
        'relative to the experiment file, instead of width, layers and heads. ' +
        'The dataset must use its tokenizer. A folder of PEFT is merged into the model that it names.',
    ),
    lora: closed({
      rank: whole(1, 8, 'r: rank of each adapter.'),
      alpha: {
        ...positiveNumber,
        default: 16,
        description: 'What adapters add is scaled by alpha / rank; with rslora by alpha / sqrt(rank).',
      },
      targets: {
        oneOf: [
          { const: 'all-linear' },
          { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', minLength: 1 } },
        ],
        default: 'all-linear',
        description:
          "Modules that get an adapter, as PEFT's target_modules: names, or how they end (q_proj, c_attn); " +
          'or all that are linear but the output.',
      },
      rslora: flag('Scale by alpha / sqrt(rank), so that a larger rank may learn more.'),
    }),
  }),
  default: {},
};

const chooser = stageName(
  'Stage whose reward scores the evaluations of every compared run, so that configurations are chosen by ' +
    'a reward that nothing was trained against: give it `pairs: heldout`. Null: none.',
);
const tuning = {
  ...closed({
    equal: flag('Refuse compared stages with different numbers of configurations.'),
    by: {
      type: 'string',
      enum: ['chooser', 'proxy', 'pairs'],
      description:
        "What chooses a configuration, on validation prompts. 'chooser': the reward of tuning.chooser; " +
        "'proxy': the reward of training; 'pairs': how held-out pairs are ranked. " +
        'Default: chooser where there is one, otherwise proxy.',
    },
    chooser,
  }),
  default: {},
  description: 'How much each compared stage may be tuned, and by what.',
};

const comparison = {
  ...closed({
    budgets: {
      type: 'array',
      items: positiveNumber,
      minItems: 1,
      default: DEFAULT_COMPARISON.budgets,
      description: 'KL budgets at which policies are compared, nats per sequence, rising.',
    },
    maxKl: {
      ...nullable(positiveNumber),
      default: DEFAULT_COMPARISON.maxKl,
      description:
        'The primary figure is the mean over budgets from 0 to this many nats. ' +
        'Null: to the largest KL that both sides reach.',
    },
    margin: {
      type: 'number',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      default: DEFAULT_COMPARISON.margin,
      description: 'Two match where they differ by less than this share of the best gain over the start.',
    },
  }),
  default: {},
  description: 'At what budgets policies are compared, and what counts as a match.',
};

const RUNG: Readonly<Record<(typeof RUNGS)[number], string>> = {
  offline: 'Labels and completions of the data.',
  relabelled: 'The same with labels of the learned reward: a stage with `relabel`.',
  'on-policy': "The same on the policy's own completions.",
  rl: 'The learned reward itself in the loss.',
  optimum: 'What RL looks for, without training, as a sampler.',
};
const ladder = {
  ...closed(Object.fromEntries(RUNGS.map((rung) => [rung, text(RUNG[rung])]))),
  default: {},
  description:
    'Rung -> compared stage. Each rung differs from the one before in one thing, so that the report can ' +
    'say what parts RL from offline learning. Rungs may be missing.',
};

const labels = {
  ...closed({
    temperature: {
      type: 'number',
      minimum: 0,
      default: 1,
      description: 'Bradley-Terry temperature of the labels; 0: the better one always wins.',
    },
    noise: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 0.5,
      default: 0,
      description: 'Chance that a label is flipped.',
    },
    labelsPerPair: whole(1, 1, 'Labels per pair; the majority decides.'),
  }),
  default: {},
};

const collect = {
  ...closed({
    from: stageName(
      'Stage whose policy is sampled for pairs; ' +
        'null: the dataset brings its own pairs, or its own starting table is sampled.',
    ),
    pairs: wholeOrAll(1, COLLECTED.pairs, "Training pairs; 'all': as many as the data brings."),
    heldoutPairs: wholeOrAll(
      0,
      COLLECTED.heldoutPairs,
      'Pairs on prompts of their own that no algorithm sees: for a judge, a chooser, and figures of rewards.',
    ),
    temperature: { type: 'number', exclusiveMinimum: 0, default: 1, description: 'Sampling temperature.' },
    labels,
  }),
  description: 'How preference pairs come about.',
};

const engine = {
  ...closed({
    name: { type: 'string', enum: ['auto', 'onnxruntime', 'tensorflow', 'reference'], default: 'auto' },
    device: {
      type: ['string', 'null'],
      enum: ['cpu', 'webgpu', 'cuda', 'gpu', null],
      default: null,
      description: 'Null: what the engine prefers.',
    },
    threads: whole(1, 1, 'Threads of one run.'),
    precision: {
      type: 'string',
      enum: ['float32', 'tf32', 'bfloat16'],
      description: 'What operands of matrix products are rounded to: default float32; others on cuda alone.',
    },
    microBatchRows: {
      ...positiveInteger,
      description:
        'Gradient accumulation: rows of a training batch that networks take at once (a pair has two), to ' +
        'the gradient of the whole batch in less memory; one forward pass more. Default: all rows.',
    },
  }),
  default: {},
};

const SCHEMA = 'http://json-schema.org/draft-07/schema#';

export const experimentSchema = {
  $schema: SCHEMA,
  title: 'Tiltyard experiment',
  ...closed(
    {
      ...named,
      seeds: {
        oneOf: [
          { ...positiveInteger, maximum: MAX_RUNS },
          {
            type: 'array',
            items: { type: 'integer', minimum: 0 },
            minItems: 1,
            maxItems: MAX_RUNS,
            uniqueItems: true,
          },
        ],
        default: 5,
        description:
          'Pipeline seeds: a count (0..n-1) or a list. ' +
          'Everything is drawn anew for each: data, weights, samples.',
      },
      dataset: closed({ name: text('A built-in dataset, an npm package, or a path.'), params: anyParams }, [
        'name',
      ]),
      policy,
      collect,
      stages: {
        type: 'object',
        minProperties: 1,
        maxProperties: MAX_STAGES,
        propertyNames: {
          pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$',
          maxLength: MAX_NAME,
          not: { enum: INHERITED },
        },
        additionalProperties: stage,
        description: 'Id -> stage. Stages that others start from run first.',
      },
      evaluation: { ...evaluation(true, { proxy, judge }), default: {} },
      tuning,
      comparison,
      ladder,
      withModel: {
        type: 'object',
        description:
          'What changes where --model names a Hugging Face folder to begin with, as a JSON merge patch: ' +
          'stages that it makes superfluous (null), learning rates that suit it.',
      },
      budget: { ...budget, default: {} },
      resources,
      checkpointEvery: whole(
        0,
        50,
        'Checkpoint every this many steps, so that a killed run resumes; 0: never.',
      ),
      engine,
    },
    ['name', 'dataset', 'stages'],
  ),
} as const;

/** An experiment that computes rows instead of training runs. */
export const analysisSchema = {
  $schema: SCHEMA,
  title: 'Tiltyard analysis',
  ...closed(
    {
      ...named,
      analysis: text('A built-in analysis, or a path to a module whose default export is one.'),
    },
    ['name', 'analysis'],
  ),
} as const;

/** Experiments that are run together, and what their runs decide. */
export const suiteSchema = {
  $schema: SCHEMA,
  title: 'Tiltyard suite',
  ...closed(
    { ...named, suite: text('A built-in suite, or a path to a module whose default export is one.') },
    ['name', 'suite'],
  ),
} as const;
