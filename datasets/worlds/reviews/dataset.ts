import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/rng.js';
import type { Dataset, Demonstration, Prompt, Split } from '../../../harness/contracts/dataset.js';
import { wordTokenizer } from '../../../harness/policy/tokenizers/words.js';
import { goldReward } from './gold.js';
import { allPrompts, aspectOf, PROMPT_TOKENS, VOCABULARY, writeReview } from './grammar.js';

export interface ReviewsParams {
  readonly corpusSize: number;
  readonly trainPrompts: number;
  readonly validationPrompts: number;
  readonly testPrompts: number;
  readonly positiveShare: number;
  readonly slips: number;
  readonly maxCompletionTokens: number;
  readonly limit: number;
  readonly slipPenalty: number;
}

/** Short film reviews with a known gold reward, see README.md beside this file. */
export const reviews: Dataset<ReviewsParams> = {
  name: 'reviews',
  description:
    'short film reviews from a grammar; ' +
    'gold reward = latent sentiment with negation and contrast, minus ungrammaticality',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      corpusSize: {
        type: 'integer',
        minimum: 1,
        default: 4000,
        description: 'Reviews written to fit the base policy on.',
      },
      trainPrompts: {
        type: 'integer',
        minimum: 1,
        default: 2000,
        description: 'Prompts for training and for pairs.',
      },
      validationPrompts: {
        type: 'integer',
        minimum: 1,
        default: 256,
        description: 'Prompts for the evaluations during training.',
      },
      testPrompts: {
        type: 'integer',
        minimum: 1,
        default: 512,
        description: 'Prompts for the final evaluation.',
      },
      positiveShare: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.45,
        description:
          'Share of evaluative words in the corpus that praise: the smaller, the rarer the optimum.',
      },
      slips: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.005,
        description: 'Chance that a word of the corpus is replaced by a random one.',
      },
      maxCompletionTokens: {
        type: 'integer',
        minimum: 6,
        maximum: 128,
        default: 26,
        description: 'Longest review in tokens, end token included.',
      },
      limit: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 8,
        description: 'Where praise saturates, in units of gold reward.',
      },
      slipPenalty: {
        type: 'number',
        minimum: 0,
        default: 0.4,
        description: 'Gold reward lost for each word that fits no sentence.',
      },
    },
  },
  open(params, seed) {
    const rng = Rng.fromSeed(seed).split('reviews');
    const shuffled = rng.split('prompts').shuffle(allPrompts());
    const { trainPrompts, validationPrompts, testPrompts } = params;
    const wanted = trainPrompts + validationPrompts + testPrompts;
    if (wanted > shuffled.length) throw tooManyPrompts(wanted, shuffled.length);
    const cut = (split: Split, from: number, count: number): Prompt[] =>
      shuffled.slice(from, from + count).map((prompt, i) => ({ id: `${split}-${i}`, prompt }));
    const prompts: Record<Split, readonly Prompt[]> = {
      train: cut('train', 0, trainPrompts),
      validation: cut('validation', trainPrompts, validationPrompts),
      test: cut('test', trainPrompts + validationPrompts, testPrompts),
    };
    return {
      tokenizer: wordTokenizer(VOCABULARY),
      maxPromptTokens: PROMPT_TOKENS,
      maxCompletionTokens: params.maxCompletionTokens,
      endsWithEos: true,
      prompts: (split) => prompts[split],
      corpus: () => corpus(prompts.train, params, rng.split('corpus')),
      gold: (prompt, completion) => goldReward(prompt, completion, params),
    };
  },
};

const tooManyPrompts = (wanted: number, there: number): TiltyardError =>
  new TiltyardError(
    'too-many-prompts',
    `dataset reviews: trainPrompts + validationPrompts + testPrompts is ${wanted}, ` +
      `there are ${there} prompts; lower one of them`,
  );

/** Reviews that fit the length bound, end token included; longer ones are written again rather than cut. */
function corpus(prompts: readonly Prompt[], params: ReviewsParams, rng: Rng): Demonstration[] {
  return Array.from({ length: params.corpusSize }, (_, i) => {
    const { prompt } = prompts[i % prompts.length]!;
    const own = rng.split(i);
    for (;;) {
      const completion = writeReview(aspectOf(prompt)!, params, own);
      if (completion.split(' ').length < params.maxCompletionTokens)
        return { id: `corpus-${i}`, prompt, completion };
    }
  });
}

export default reviews;
