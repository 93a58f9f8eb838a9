import type { Dataset, Prompt, Split } from '../../../harness/contracts/dataset.js';
import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/rng.js';
import { type CorpusParams, writeCorpus } from './corpus.js';
import { type GoldParams, goldReward } from './gold.js';
import { everyString, letterTokenizer } from './letters.js';

export interface StringsParams extends GoldParams, CorpusParams {
  readonly promptLength: number;
  readonly prompts: number;
}

/** Strings that can be listed: K^T at the most. */
const LIMIT = 1_000_000;

/** Strings short enough to list every one, see README.md beside this file. */
export const strings: Dataset<StringsParams> = {
  name: 'strings',
  description:
    'strings over a small alphabet, few enough to list: ' +
    'KL, expected gold reward and the frontier are exact for a transformer',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      letters: {
        type: 'integer',
        minimum: 2,
        maximum: 26,
        default: 4,
        description: 'Size of the alphabet K.',
      },
      length: {
        type: 'integer',
        minimum: 1,
        maximum: 20,
        default: 6,
        description: 'Letters of a completion T; K^T strings, at most a million.',
      },
      promptLength: {
        type: 'integer',
        minimum: 1,
        maximum: 6,
        default: 1,
        description: 'Letters of a prompt; every such prompt is used.',
      },
      rewardSpread: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 2,
        description: 'Standard deviation of the gold reward over all strings.',
      },
      landscape: {
        type: 'string',
        enum: ['additive', 'random'],
        default: 'additive',
        description:
          "'additive': letters and neighbours are scored, so that a reward can be learned " +
          'from few strings; ' +
          "'random': every string has a score of its own, of which no other string tells anything.",
      },
      tilt: {
        type: 'number',
        default: 0,
        description:
          'The corpus is a random Markov chain times exp(tilt gold): ' +
          "above 0 the gold reward's optimum is common in it, below 0 rare.",
      },
      corpusSize: {
        type: 'integer',
        minimum: 1,
        default: 2000,
        description: 'Strings to fit the base policy on.',
      },
      prompts: { type: 'integer', minimum: 1, default: 512, description: 'Prompts per split; they repeat.' },
    },
  },
  open(params, seed) {
    const { letters, length, promptLength } = params;
    const count = letters ** length;
    if (count > LIMIT) throw tooManyStrings(params, count);
    const tokenizer = letterTokenizer(letters);
    const contexts = everyString(promptLength, letters);
    const score = goldReward(params, Rng.fromSeed(seed).split('strings', 'gold'));
    const gold = (prompt: string, completion: string): number =>
      score(tokenizer.encode(prompt), tokenizer.encode(completion));
    const prompts = (split: Split): Prompt[] =>
      Array.from({ length: params.prompts }, (_, i) => ({
        id: `${split}-${i}`,
        prompt: contexts[i % contexts.length]!,
      }));
    let all: readonly string[] | undefined;
    const enumerate = (): readonly string[] => (all ??= everyString(length, letters));
    return {
      tokenizer,
      maxPromptTokens: promptLength,
      maxCompletionTokens: length,
      endsWithEos: false,
      repeatsPrompts: true, // every split has the same contexts, all of them
      prompts,
      corpus: () => writeCorpus(params, contexts, { enumerate, gold }, corpusRng(seed)),
      gold,
      enumerate,
    };
  },
};

/** The generator that the corpus of a pipeline seed is drawn with. */
export const corpusRng = (seed: number): Rng => Rng.fromSeed(seed).split('strings', 'corpus');

const tooManyStrings = ({ letters, length }: StringsParams, count: number): TiltyardError =>
  new TiltyardError(
    'too-many-strings',
    `dataset strings: ${letters} letters and length ${length} make ${count.toLocaleString('en')} strings, ` +
      `at most ${LIMIT.toLocaleString('en')} can be listed; lower letters or length`,
  );

export default strings;
