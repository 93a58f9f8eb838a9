import type { ParamsSchema } from '../../harness/contracts/params.js';
import { BYTES_AND_END } from '../../harness/policy/tokenizers/train-bpe.js';
import type { Columns } from './layout.js';
import type { ImplicitPrompt } from './preference-row.js';

/** Parameters of every loader of pairs. */
export interface PairsParams {
  readonly file: string;
  readonly testFile: string | null;
  readonly testShare: number;
  readonly validationShare: number;
  readonly heldoutShare: number;
  readonly allowSharedPrompts: boolean;
  readonly columns: Columns;
  readonly implicitPrompt: ImplicitPrompt;
  readonly tokenizer: string;
  readonly vocabulary: number;
  readonly maxPromptTokens: number;
  readonly maxCompletionTokens: number;
  readonly truncate: boolean;
  readonly unusable: 'refuse' | 'drop';
}

const share = (description: string, byDefault: number) =>
  ({ type: 'number', exclusiveMinimum: 0, maximum: 0.5, default: byDefault, description }) as const;

const bound = (description: string, byDefault: number) =>
  ({ type: 'integer', minimum: 1, default: byDefault, description }) as const;

const column = { type: 'string', minLength: 1 } as const;

/** @param file what `file` names */
export const pairsSchema = (file: string): ParamsSchema => ({
  type: 'object',
  additionalProperties: false,
  required: ['file'],
  properties: {
    file: {
      type: 'string',
      minLength: 1,
      description:
        `${file}: prompt, chosen, rejected as strings or message lists; prompt may be implicit. ` +
        'Or completions judged one by one: prompt, completion, label.',
    },
    testFile: {
      type: ['string', 'null'],
      default: null,
      description: 'Rows kept for testing; null: a share of the file.',
    },
    testShare: share('Share of the prompts kept for testing where there is no testFile.', 0.1),
    validationShare: share('Share of the other prompts that are used for evaluation during training.', 0.05),
    heldoutShare: {
      type: 'number',
      minimum: 0,
      maximum: 0.5,
      default: 0.1,
      description:
        'Share of the prompts left whose pairs no algorithm sees: collect.heldoutPairs are of them, ' +
        'for a judge, a chooser, and figures of reward models. 0: none.',
    },
    allowSharedPrompts: {
      type: 'boolean',
      default: false,
      description:
        'Keep prompts of testFile that are training prompts too, and say so, instead of refusing them.',
    },
    columns: {
      type: 'object',
      additionalProperties: false,
      properties: {
        prompt: column,
        chosen: column,
        rejected: column,
        margin: column,
        completion: column,
        label: column,
      },
      default: {},
      description: 'Names of the columns, where they are others: { prompt: question, chosen: good }.',
    },
    implicitPrompt: {
      type: 'string',
      enum: ['transcript', 'common'],
      default: 'common',
      description:
        'Where the prompt of texts without one ends: with the longest common beginning, as in TRL, or, ' +
        'in HH transcripts, after the last Assistant: that they share.',
    },
    tokenizer: {
      type: 'string',
      default: 'bytes',
      description:
        "'bytes'; 'bpe', a byte-level BPE that is trained on the texts of `file`; or a Hugging Face model " +
        'folder whose tokenizer and chat template are used.',
    },
    vocabulary: {
      type: 'integer',
      minimum: BYTES_AND_END,
      maximum: 32_768,
      default: 2048,
      description: "Tokens of the tokenizer 'bpe' at most.",
    },
    maxPromptTokens: bound('Longest prompt in tokens.', 256),
    maxCompletionTokens: bound('Longest completion in tokens, end token included.', 128),
    truncate: {
      type: 'boolean',
      default: false,
      description:
        'Cut rows over a bound instead of refusing or dropping them: prompts keep their end, completions ' +
        'their start and get no end token.',
    },
    unusable: {
      type: 'string',
      enum: ['refuse', 'drop'],
      default: 'refuse',
      description:
        'Rows over a bound, with an empty prompt, an empty completion or two equal ones, or that the chat ' +
        'template refuses, stop the run, or are left out and counted.',
    },
  },
});

/** Whether the tokenizer is one of these, without a folder: dialogues are then written as plain text. */
export const isBuiltInTokenizer = (tokenizer: string): boolean =>
  tokenizer === 'bytes' || tokenizer === 'bpe';
