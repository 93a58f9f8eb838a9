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
  readonly heldoutPrompts: number;
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
      heldoutPrompts: {
        type: 'integer',
        minimum: 0,
        default: 256,
        description: 'Prompts for the pairs that no algorithm sees; 0: there are none.',
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
    const prompts = splitPrompts(shuffled, {
      train: params.trainPrompts,
      test: params.testPrompts,
      validation: params.validationPrompts,
      heldout: params.heldoutPrompts,
    });
    let written: readonly Demonstration[] | undefined;
    return {
      tokenizer: wordTokenizer(VOCABULARY),
      maxPromptTokens: PROMPT_TOKENS,
      maxCompletionTokens: params.maxCompletionTokens,
      endsWithEos: true,
      prompts: (split) => prompts[split],
      corpus: () => (written ??= corpus(prompts.train, params, rng.split('corpus'))),
      gold: (prompt, completion) => goldReward(prompt, completion, params),
    };
  },
};

/** Where in the shuffled prompts each split begins, as a share of them. */
const BEGINS: Readonly<Record<Split, number>> = { train: 0, validation: 0.6, heldout: 0.7, test: 0.85 };

/**
 * Each split takes the next prompts that are free from a place of its own on, and round to the first: another
 * size of one leaves the others as they are while there is room between them.
 * @param sizes in the order in which the splits take theirs
 */
function splitPrompts(
  shuffled: readonly string[],
  sizes: Readonly<Record<Split, number>>,
): Record<Split, readonly Prompt[]> {
  const wanted = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  if (wanted > shuffled.length) throw tooManyPrompts(wanted, shuffled.length);
  const taken = new Set<string>();
  const take = (split: Split): Prompt[] => {
    const from = Math.floor(BEGINS[split] * shuffled.length);
    const free = [...shuffled.slice(from), ...shuffled.slice(0, from)].filter((x) => !taken.has(x));
    const own = free.slice(0, sizes[split]);
    for (const prompt of own) taken.add(prompt);
    return own.map((prompt, i) => ({ id: `${split}-${i}`, prompt }));
  };
  const splits = Object.keys(sizes) as Split[];
  return Object.fromEntries(splits.map((split) => [split, take(split)])) as Record<Split, Prompt[]>;
}

const tooManyPrompts = (wanted: number, there: number): TiltyardError =>
  new TiltyardError(
    'too-many-prompts',
    `dataset reviews: trainPrompts + validationPrompts + testPrompts + heldoutPrompts is ${wanted}, ` +
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
