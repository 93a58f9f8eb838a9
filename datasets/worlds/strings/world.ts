import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/rng.js';
import type { Dataset, Demonstration, Prompt, Split, Tokenizer } from '../../schema.js';

export interface StringsParams {
  readonly letters: number;
  readonly length: number;
  readonly promptLength: number;
  readonly rewardSpread: number;
  readonly corpusSize: number;
  readonly prompts: number;
}

const LIMIT = 1_000_000;

/** Strings short enough to list every one, see README.md beside this file. */
export const strings: Dataset<StringsParams> = {
  name: 'strings',
  description: 'strings over a small alphabet, few enough to list: KL, expected gold reward and the frontier are exact for a transformer',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      letters: { type: 'integer', minimum: 2, maximum: 26, default: 4, description: 'Size of the alphabet K.' },
      length: { type: 'integer', minimum: 1, maximum: 20, default: 6, description: 'Letters of a completion T; K^T strings, at most a million.' },
      promptLength: { type: 'integer', minimum: 1, maximum: 6, default: 1, description: 'Letters of a prompt; every such prompt is used.' },
      rewardSpread: { type: 'number', exclusiveMinimum: 0, default: 2, description: 'Standard deviation of the gold reward over all strings.' },
      corpusSize: { type: 'integer', minimum: 1, default: 2000, description: 'Strings to fit the base policy on.' },
      prompts: { type: 'integer', minimum: 1, default: 512, description: 'Prompts per split; they repeat.' },
    },
  },
  open({ letters: K, length: T, promptLength, rewardSpread, corpusSize, prompts }, seed) {
    const count = K ** T;
    if (count > LIMIT) throw new TiltyardError('too-many-strings', `dataset strings: ${K} letters and length ${T} make ${count.toLocaleString('en')} strings, at most ${LIMIT.toLocaleString('en')} can be listed; lower letters or length`);
    const rng = Rng.fromSeed(seed).split('strings');
    const tokenizer = letterTokenizer(K);
    const every = (n: number): string[] => Array.from({ length: K ** n }, (_, i) => written(i, n, K));
    const contexts = every(promptLength);
    const gold = goldReward(K, T, rewardSpread, rng.split('gold'));
    const rows = (split: Split): Prompt[] => Array.from({ length: prompts }, (_, i) => ({ id: `${split}-${i}`, prompt: contexts[i % contexts.length]! }));
    let all: readonly string[] | undefined;
    return {
      tokenizer,
      maxPromptTokens: promptLength,
      maxCompletionTokens: T,
      endsWithEos: false,
      prompts: rows,
      corpus: () => corpus(corpusSize, contexts, K, T, rng.split('corpus')),
      gold: (prompt, completion) => gold(tokenizer.encode(prompt), tokenizer.encode(completion)),
      enumerate: () => (all ??= every(T)),
    };
  },
};

const letter = (i: number): string => String.fromCharCode(97 + i);
const written = (index: number, n: number, K: number): string => Array.from({ length: n }, (_, i) => letter(Math.floor(index / K ** (n - 1 - i)) % K)).join('');

/** One token a letter and nothing else, so that every sequence of tokens is a string. Rows have one length: padding is never read. */
function letterTokenizer(K: number): Tokenizer {
  return {
    vocabSize: K,
    padId: 0,
    eosId: 1, // never sampled as an end: completions have a fixed length
    encode: (text) =>
      [...text].map((c) => {
        const id = c.charCodeAt(0) - 97;
        if (c.length !== 1 || id < 0 || id >= K) throw new TiltyardError('unknown-letter', `dataset strings: '${c}' is not one of the letters a..${letter(K - 1)}`);
        return id;
      }),
    decode: (ids) => Array.from(ids, letter).join(''),
    toJSON: () => ({ type: 'tiltyard-letters', letters: K }),
  };
}

/** Scores of letters by place, of neighbours, and of letters after the prompt's last one; independent normals, so each sum has a known variance. */
function goldReward(K: number, T: number, spread: number, rng: Rng): (prompt: readonly number[], completion: readonly number[]) => number {
  const table = (n: number, label: string): Float64Array => {
    const own = rng.split(label);
    return Float64Array.from({ length: n }, () => own.normal());
  };
  const place = table(T * K, 'place');
  const pair = table(K * K, 'pair');
  const context = table(K * K, 'context');
  const scale = spread / Math.sqrt(3 * T);
  return (prompt, completion) => {
    let sum = 0;
    completion.forEach((c, t) => {
      sum += place[t * K + c]! + context[prompt.at(-1)! * K + c]! + (t === 0 ? 0 : pair[completion[t - 1]! * K + c]!);
    });
    return sum * scale;
  };
}

/** A random Markov chain that starts from the prompt's last letter. */
function corpus(n: number, contexts: readonly string[], K: number, T: number, rng: Rng): Demonstration[] {
  const chain = rng.split('chain');
  const weights = Array.from({ length: K }, () => Float64Array.from({ length: K }, () => Math.exp(chain.normal())));
  return Array.from({ length: n }, (_, i) => {
    const own = rng.split(i);
    const prompt = contexts[i % contexts.length]!;
    let last = prompt.charCodeAt(prompt.length - 1) - 97;
    const completion = Array.from({ length: T }, () => letter((last = own.categorical(weights[last]!)))).join('');
    return { id: `corpus-${i}`, prompt, completion };
  });
}
