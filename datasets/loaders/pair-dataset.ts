import { resolve } from 'node:path';
import type { Dataset, Pair } from '../../harness/contracts/dataset.js';
import type { ParamsSchema } from '../../harness/contracts/params.js';
import type { Tokenizer } from '../../harness/contracts/tokenizer.js';
import { TiltyardError } from '../../harness/errors.js';
import { openPairs } from '../../harness/open-pairs.js';
import { byteTokenizer } from '../../harness/policy/tokenizers/bytes.js';
import { chatTemplate, type Template } from '../../harness/policy/tokenizers/chat.js';
import { huggingFaceTokenizer } from '../../harness/policy/tokenizers/huggingface.js';
import { dialogue, type RawPair } from './preference-row.js';

export interface PairsParams {
  readonly file: string;
  readonly testFile: string | null;
  readonly testShare: number;
  readonly validationShare: number;
  readonly tokenizer: string;
  readonly maxPromptTokens: number;
  readonly maxCompletionTokens: number;
  readonly unusable: 'refuse' | 'drop';
}

/** A file format that holds preference pairs. */
interface PairFormat {
  readonly name: string;
  readonly description: string;
  /** What `file` names, for the schema. */
  readonly file: string;
  readonly read: (path: string, template: Template, dropEmpty: boolean) => RawPair[] | Promise<RawPair[]>;
}

/**
 * Preference pairs of your own, in Hugging Face's layout. There is no gold reward: reports show KL, proxy
 * reward and compute.
 */
export const pairDataset = (format: PairFormat): Dataset<PairsParams> => ({
  name: format.name,
  description: format.description,
  params: schema(format.file),
  async open(params, seed, baseDir) {
    const folder = params.tokenizer === 'bytes' ? null : resolve(baseDir, params.tokenizer);
    const tokenizer = folder === null ? byteTokenizer() : huggingFaceTokenizer(folder);
    const template = folder === null ? dialogue : (chatTemplate(folder) ?? dialogue);
    const readAll = async (file: string): Promise<Pair[]> => {
      const path = resolve(baseDir, file);
      const rows = await format.read(path, template, params.unusable === 'drop');
      const usable = rows.filter((row) => fits(row, tokenizer, params));
      if (usable.length === 0) throw everyRowTooLong(path, params);
      return usable.map(({ at: _, ...pair }) => pair);
    };
    const rows = await readAll(params.file);
    const { maxPromptTokens, maxCompletionTokens, testShare, validationShare, testFile } = params;
    return openPairs(rows, seed, {
      where: `dataset ${format.name}: ${params.file}`,
      tokenizer,
      maxPromptTokens,
      maxCompletionTokens,
      testShare,
      validationShare,
      ...(testFile === null ? {} : { test: await readAll(testFile) }),
    });
  },
});

const share = (description: string, byDefault: number) =>
  ({ type: 'number', exclusiveMinimum: 0, maximum: 0.5, default: byDefault, description }) as const;

const schema = (file: string): ParamsSchema => ({
  type: 'object',
  additionalProperties: false,
  required: ['file'],
  properties: {
    file: {
      type: 'string',
      minLength: 1,
      description: `${file}: prompt, chosen, rejected as strings or message lists; prompt may be implicit.`,
    },
    testFile: {
      type: ['string', 'null'],
      default: null,
      description: 'Rows kept for testing; null: a share of the file.',
    },
    testShare: share('Share of the file kept for testing where there is no testFile.', 0.1),
    validationShare: share('Share of the rest whose prompts are used for evaluation during training.', 0.05),
    tokenizer: {
      type: 'string',
      default: 'bytes',
      description: "'bytes', or a Hugging Face model folder whose tokenizer and chat template are used.",
    },
    maxPromptTokens: {
      type: 'integer',
      minimum: 1,
      default: 256,
      description: 'Longest prompt in tokens.',
    },
    maxCompletionTokens: {
      type: 'integer',
      minimum: 1,
      default: 128,
      description: 'Longest completion in tokens, end token included.',
    },
    unusable: {
      type: 'string',
      enum: ['refuse', 'drop'],
      default: 'refuse',
      description:
        'Rows over either bound, or with an empty prompt, an empty completion or two equal ones, ' +
        'stop the run or are left out.',
    },
  },
});

const everyRowTooLong = (
  path: string,
  { maxPromptTokens, maxCompletionTokens }: PairsParams,
): TiltyardError =>
  new TiltyardError(
    'empty-dataset',
    `${path}: every row is over maxPromptTokens ${maxPromptTokens} ` +
      `or maxCompletionTokens ${maxCompletionTokens}; raise them`,
  );

/**
 * Whether a row is within both bounds. @throws TiltyardError for one that is not, unless such rows are
 * dropped
 */
function fits(
  { at, prompt, chosen, rejected }: RawPair,
  tokenizer: Tokenizer,
  { maxPromptTokens, maxCompletionTokens, unusable }: PairsParams,
): boolean {
  const lengths = [
    ['prompt', tokenizer.encode(prompt).length, maxPromptTokens],
    ['chosen', tokenizer.encode(chosen).length + 1, maxCompletionTokens],
    ['rejected', tokenizer.encode(rejected).length + 1, maxCompletionTokens],
  ] as const;
  for (const [text, tokens, limit] of lengths) {
    if (tokens <= limit) continue;
    if (unusable === 'drop') return false;
    const bound = text === 'prompt' ? 'maxPromptTokens' : 'maxCompletionTokens';
    throw new TiltyardError(
      'row-too-long',
      `${at}: ${text} has ${tokens} tokens, ${bound} is ${limit}; ` +
        `raise ${bound}, or set unusable: drop to leave such rows out`,
    );
  }
  return true;
}
