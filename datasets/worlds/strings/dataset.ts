import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/rng.js';
import { mean } from '../../../harness/stats/moments.js';
import type { Dataset, Demonstration, OpenDataset, Prompt, Split } from '../../../harness/contracts/dataset.js';
import type { Tokenizer } from '../../../harness/contracts/tokenizer.js';

export interface StringsParams {
  readonly letters: number;
  readonly length: number;
  readonly promptLength: number;
  readonly rewardSpread: number;
  readonly landscape: 'additive' | 'random';
  readonly tilt: number;
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
      landscape: { type: 'string', enum: ['additive', 'random'], default: 'additive', description: "'additive': letters and neighbours are scored, so that a reward can be learned from few strings; 'random': every string has a score of its own, of which no other string tells anything." },
      tilt: { type: 'number', default: 0, description: "The corpus is a random Markov chain times exp(tilt gold): above 0 the gold reward's optimum is common in it, below 0 rare." },
      corpusSize: { type: 'integer', minimum: 1, default: 2000, description: 'Strings to fit the base policy on.' },
      prompts: { type: 'integer', minimum: 1, default: 512, description: 'Prompts per split; they repeat.' },
    },
  },
  open(params, seed) {
    const { letters: K, length: T, promptLength, prompts } = params;
    const count = K ** T;
    if (count > LIMIT) throw new TiltyardError('too-many-strings', `dataset strings: ${K} letters and length ${T} make ${count.toLocaleString('en')} strings, at most ${LIMIT.toLocaleString('en')} can be listed; lower letters or length`);
    const rng = Rng.fromSeed(seed).split('strings');
    const tokenizer = letterTokenizer(K);
    const every = (n: number): string[] => Array.from({ length: K ** n }, (_, i) => written(i, n, K));
    const contexts = every(promptLength);
    const gold = goldReward(params, rng.split('gold'));
    const rows = (split: Split): Prompt[] => Array.from({ length: prompts }, (_, i) => ({ id: `${split}-${i}`, prompt: contexts[i % contexts.length]! }));
    let all: readonly string[] | undefined;
    const listed = (): readonly string[] => (all ??= every(T));
    const read = (prompt: string, completion: string): number => gold(tokenizer.encode(prompt), tokenizer.encode(completion));
    return {
      tokenizer,
      maxPromptTokens: promptLength,
      maxCompletionTokens: T,
      endsWithEos: false,
      prompts: rows,
      corpus: () => corpus(params, contexts, listed, read, rng.split('corpus')),
      gold: read,
      enumerate: listed,
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

/**
 * Scores of letters by place, of neighbours, and of letters after the prompt's last one; independent normals, so each sum has a known
 * variance. Or, at random, one normal for each string after each last letter.
 */
function goldReward({ letters: K, length: T, rewardSpread: spread, landscape }: StringsParams, rng: Rng): (prompt: readonly number[], completion: readonly number[]) => number {
  if (landscape === 'random') return (prompt, completion) => spread * rng.split('random', prompt.at(-1)!, completion.join()).normal();
  const place = normals(T * K, rng.split('place'));
  const pair = normals(K * K, rng.split('pair'));
  const context = normals(K * K, rng.split('context'));
  const scale = spread / Math.sqrt(3 * T);
  return (prompt, completion) => {
    let sum = 0;
    completion.forEach((c, t) => {
      sum += place[t * K + c]! + context[prompt.at(-1)! * K + c]! + (t === 0 ? 0 : pair[completion[t - 1]! * K + c]!);
    });
    return sum * scale;
  };
}

const normals = (n: number, rng: Rng): Float64Array => Float64Array.from({ length: n }, () => rng.normal());

/** Probabilities of the corpus over all strings after a prompt: the chain from the prompt's last letter, times exp(tilt gold). */
function tilted({ tilt }: StringsParams, weights: readonly Float64Array[], all: () => readonly string[], gold: (prompt: string, completion: string) => number): (prompt: string) => Float64Array {
  const steps = weights.map((row) => row.map((w) => Math.log(w / row.reduce((a, b) => a + b))));
  const index = (c: string): number => c.charCodeAt(0) - 97;
  return (prompt) => {
    const logs = Float64Array.from(all(), (text) => {
      let last = index(prompt.at(-1)!);
      let sum = tilt * gold(prompt, text);
      for (const c of text) sum += steps[last]![(last = index(c))]!;
      return sum;
    });
    const top = logs.reduce((a, b) => Math.max(a, b));
    const p = logs.map((x) => Math.exp(x - top));
    const total = p.reduce((a, b) => a + b);
    return p.map((x) => x / total);
  };
}

function chainWeights(K: number, rng: Rng): Float64Array[] {
  const chain = rng.split('chain');
  return Array.from({ length: K }, () => Float64Array.from({ length: K }, () => Math.exp(chain.normal())));
}

/** How rare the optimum is: log10 of the corpus's probability of the best string, averaged over prompts. */
export function peakRarity(params: StringsParams, seed: number): number {
  const { letters: K, promptLength } = params;
  const { gold, enumerate } = strings.open(params, seed, '') as Required<Pick<OpenDataset, 'gold' | 'enumerate'>>;
  const chances = tilted(params, chainWeights(K, Rng.fromSeed(seed).split('strings', 'corpus')), () => enumerate(''), gold);
  return mean(Array.from({ length: K ** promptLength }, (_, i) => {
    const prompt = written(i, promptLength, K);
    const rewards = enumerate(prompt).map((text) => gold(prompt, text));
    return Math.log10(chances(prompt)[rewards.indexOf(rewards.reduce((a, b) => Math.max(a, b)))]!);
  }));
}

/** Strings after every prompt in turn. */
function corpus(params: StringsParams, contexts: readonly string[], all: () => readonly string[], gold: (prompt: string, completion: string) => number, rng: Rng): Demonstration[] {
  const { letters: K, length: T, corpusSize, tilt } = params;
  const weights = chainWeights(K, rng);
  const step = (prompt: string, own: Rng): string => {
    let last = prompt.charCodeAt(prompt.length - 1) - 97;
    return Array.from({ length: T }, () => letter((last = own.categorical(weights[last]!)))).join('');
  };
  const chances = tilt === 0 ? null : contexts.map(tilted(params, weights, all, gold));
  return Array.from({ length: corpusSize }, (_, i) => {
    const own = rng.split(i);
    const at = i % contexts.length;
    const prompt = contexts[at]!;
    return { id: `corpus-${i}`, prompt, completion: chances === null ? step(prompt, own) : all()[own.categorical(chances[at]!)]! };
  });
}

export default strings;
