import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/rng.js';
import type { Dataset, Prompt } from '../../../harness/contracts/dataset.js';
import type { Tokenizer } from '../../../harness/contracts/tokenizer.js';

export interface BanditParams {
  readonly arms: number;
  readonly contexts: number;
  readonly rewards: readonly number[] | null;
  readonly reference: readonly number[] | null;
  readonly rewardSpread: number;
  readonly referenceSpread: number;
  readonly prompts: number;
}

/**
 * K arms in X contexts with known rewards and a known reference policy: everything about it can be
 * enumerated. A prompt is the one token `K + context` (text `x3`), a completion the one token of its arm
 * (text `a0`).
 */
export const bandit: Dataset<BanditParams> = {
  name: 'bandit',
  description: 'K arms with gold rewards and a tabular reference policy; KL and optimum are exact',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      arms: { type: 'integer', minimum: 2, maximum: 4096, default: 8, description: 'Arms K.' },
      contexts: { type: 'integer', minimum: 1, maximum: 4096, default: 4, description: 'Contexts X.' },
      rewards: {
        type: ['array', 'null'],
        items: { type: 'number' },
        default: null,
        description:
          'Gold rewards of the arms, the same in every context; null draws N(0, rewardSpread^2) per context.',
      },
      reference: {
        type: ['array', 'null'],
        items: { type: 'number' },
        default: null,
        description:
          'Reference logits of the arms, the same in every context; null draws N(0, referenceSpread^2).',
      },
      rewardSpread: {
        type: 'number',
        minimum: 0,
        default: 1,
        description: 'Standard deviation of drawn rewards.',
      },
      referenceSpread: {
        type: 'number',
        minimum: 0,
        default: 0,
        description: 'Standard deviation of drawn reference logits; 0 is uniform.',
      },
      prompts: {
        type: 'integer',
        minimum: 1,
        default: 256,
        description: 'Prompts per split; contexts repeat.',
      },
    },
  },
  open(params, seed) {
    const { arms, contexts } = params;
    for (const name of ['rewards', 'reference'] as const) {
      const given = params[name]?.length ?? arms;
      if (given !== arms) throw notOneEach(name, given, arms);
    }
    const rng = Rng.fromSeed(seed).split('bandit');
    /** Row-major [contexts, arms]. */
    const table = (given: readonly number[] | null, spread: number, own: Rng): Float32Array =>
      Float32Array.from({ length: contexts * arms }, (_, i) => given?.[i % arms] ?? own.normal() * spread);
    const gold = table(params.rewards, params.rewardSpread, rng.split('rewards'));
    const logits = table(params.reference, params.referenceSpread, rng.split('reference'));
    const tokenizer = armTokenizer(arms, contexts);
    const tokenOf = (text: string): number => tokenizer.encode(text)[0]!;
    return {
      tokenizer,
      maxPromptTokens: 1,
      maxCompletionTokens: 1,
      endsWithEos: false,
      repeatsPrompts: true, // every split has the same contexts, all of them
      prompts: (split): Prompt[] =>
        Array.from({ length: params.prompts }, (_, i) => ({
          id: `${split}-${i}`,
          prompt: `x${i % contexts}`,
        })),
      gold: (prompt, completion) => gold[(tokenOf(prompt) - arms) * arms + tokenOf(completion)]!,
      initialTable: { contexts, actions: arms, logits },
      enumerate: () => Array.from({ length: arms }, (_, arm) => `a${arm}`),
    };
  },
};

const notOneEach = (name: string, given: number, arms: number): TiltyardError =>
  new TiltyardError(
    'bandit-arms',
    `dataset bandit: ${name} has ${given} numbers for ${arms} arms; give one for each`,
  );

/**
 * Tokens: the arms from 0, the contexts behind them, then the padding and an end token that is never drawn.
 */
function armTokenizer(arms: number, contexts: number): Tokenizer {
  const encodeWord = (word: string): number => {
    const [kind, place] = [word[0], Number(word.slice(1))];
    const isPlace = Number.isInteger(place) && place >= 0;
    if (isPlace && kind === 'a' && place < arms) return place;
    if (isPlace && kind === 'x' && place < contexts) return arms + place;
    throw new TiltyardError(
      'unknown-word',
      `dataset bandit: '${word}' is neither an arm a0..a${arms - 1} nor a context x0..x${contexts - 1}`,
    );
  };
  const decodeId = (id: number): string[] => {
    if (id < arms) return [`a${id}`];
    return id < arms + contexts ? [`x${id - arms}`] : [];
  };
  return {
    vocabSize: arms + contexts + 2,
    padId: arms + contexts,
    eosId: arms + contexts + 1,
    encode: (text) => text.split(' ').map(encodeWord),
    decode: (ids) => Array.from(ids).flatMap(decodeId).join(' '),
    toJSON: () => ({ type: 'tiltyard-arms', arms, contexts }),
  };
}

export default bandit;
