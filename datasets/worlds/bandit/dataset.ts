import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/rng.js';
import type { Dataset, Prompt, Split } from '../../../harness/contracts/dataset.js';
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
 * K arms in X contexts with known rewards and a known reference policy: everything about it can be enumerated.
 * A prompt is the one token `K + context` (text `x3`), a completion the one token of its arm (text `a0`).
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
      rewards: { type: ['array', 'null'], items: { type: 'number' }, default: null, description: 'Gold rewards of the arms, the same in every context; null draws N(0, rewardSpread^2) per context.' },
      reference: { type: ['array', 'null'], items: { type: 'number' }, default: null, description: 'Reference logits of the arms, the same in every context; null draws N(0, referenceSpread^2).' },
      rewardSpread: { type: 'number', minimum: 0, default: 1, description: 'Standard deviation of drawn rewards.' },
      referenceSpread: { type: 'number', minimum: 0, default: 0, description: 'Standard deviation of drawn reference logits; 0 is uniform.' },
      prompts: { type: 'integer', minimum: 1, default: 256, description: 'Prompts per split; contexts repeat.' },
    },
  },
  open({ arms: K, contexts: X, rewards, reference, rewardSpread, referenceSpread, prompts }, seed) {
    for (const [name, list] of [['rewards', rewards], ['reference', reference]] as const) {
      if (list !== null && list.length !== K) throw new TiltyardError('bandit-arms', `dataset bandit: ${name} has ${list.length} numbers for ${K} arms; give one for each`);
    }
    const rng = Rng.fromSeed(seed).split('bandit');
    const table = (list: readonly number[] | null, spread: number, label: string): Float32Array => {
      const own = rng.split(label);
      return Float32Array.from({ length: X * K }, (_, i) => list?.[i % K] ?? own.normal() * spread);
    };
    const gold = table(rewards, rewardSpread, 'rewards');
    const logits = table(reference, referenceSpread, 'reference');
    const rows = (split: Split): Prompt[] => Array.from({ length: prompts }, (_, i) => ({ id: `${split}-${i}`, prompt: `x${i % X}` }));
    const tokenizer = armTokenizer(K, X);
    return {
      tokenizer,
      maxPromptTokens: 1,
      maxCompletionTokens: 1,
      endsWithEos: false,
      prompts: rows,
      gold: (prompt, completion) => gold[(tokenizer.encode(prompt)[0]! - K) * K + tokenizer.encode(completion)[0]!]!,
      initialTable: { contexts: X, actions: K, logits },
      enumerate: () => Array.from({ length: K }, (_, arm) => `a${arm}`),
    };
  },
};

function armTokenizer(K: number, X: number): Tokenizer {
  return {
    vocabSize: K + X + 2,
    padId: K + X,
    eosId: K + X + 1,
    encode: (text) =>
      text.split(' ').map((word) => {
        const n = Number(word.slice(1));
        const valid = Number.isInteger(n) && n >= 0 && ((word[0] === 'a' && n < K) || (word[0] === 'x' && n < X));
        if (!valid) throw new TiltyardError('unknown-word', `dataset bandit: '${word}' is neither an arm a0..a${K - 1} nor a context x0..x${X - 1}`);
        return word[0] === 'a' ? n : K + n;
      }),
    decode: (ids) => Array.from(ids).flatMap((id) => (id < K ? [`a${id}`] : id < K + X ? [`x${id - K}`] : [])).join(' '),
    toJSON: () => ({ type: 'tiltyard-arms', arms: K, contexts: X }),
  };
}

export default bandit;
