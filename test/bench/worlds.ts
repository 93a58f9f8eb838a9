import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reviews, type ReviewsParams } from '../../datasets/worlds/reviews/dataset.js';
import type { World } from '../../harness/conformance/bench.js';
import type { OpenDataset } from '../../harness/contracts/dataset.js';
import type { HostTensor } from '../../harness/engine/tensor.js';
import { packageRoot } from '../../harness/environment.js';
import type { Architecture } from '../../harness/policy/architecture.js';
import type { TokenRow } from '../../harness/policy/batch.js';
import { Rng } from '../../harness/rng.js';
import { TokenData } from '../../harness/worker/data.js';
import { architectureOf, type ModelSize, nameOf } from './sizes.js';

/** Rows to train on, with a fresh network whose policy and reference are the same. */
export interface BenchWorld extends World {
  readonly name: 'reviews' | 'hh';
  readonly weights: NonNullable<World['weights']>;
  readonly pairs: NonNullable<World['pairs']>;
  readonly completions: NonNullable<World['completions']>;
}

/** Tokens of a review in the mean: as long samples of a fresh network are made. */
const REVIEW_TOKENS = 13;

let opened: OpenDataset | undefined;
/** The world `reviews` as experiments have it, of seed 0. */
export function reviewsDataset(): OpenDataset {
  const { properties } = reviews.params as unknown as {
    properties: Record<string, { default: number }>;
  };
  const defaults = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, schema.default]),
  ) as unknown as ReviewsParams;
  return (opened ??= reviews.open(defaults, 0, '.') as OpenDataset);
}

/**
 * 2,000 pairs of reviews from the world's own corpus, which has two of each prompt; the better one by gold is
 * chosen.
 */
export function reviewsWorld(model: ModelSize): BenchWorld {
  const dataset = reviewsDataset();
  const data = new TokenData(dataset);
  const written = dataset.corpus!();
  const rows = written.map(({ id, prompt, completion }) => data.row(prompt, completion, id));
  const golds = written.map(({ prompt, completion }) => dataset.gold!(prompt, completion));
  const half = written.length / 2;
  const pairs = Array.from({ length: half }, (_, i) => {
    const isFirst = golds[i]! >= golds[i + half]!;
    return { chosen: rows[isFirst ? i : i + half]!, rejected: rows[isFirst ? i + half : i]! };
  });
  const { tokenizer, maxPromptTokens, maxCompletionTokens } = dataset;
  const architecture = architectureOf(model, tokenizer.vocabSize, maxPromptTokens + maxCompletionTokens);
  const body = endingAfter(REVIEW_TOKENS, tokenizer.eosId, architecture, model);
  return {
    name: 'reviews',
    architecture,
    dataset,
    prompts: dataset.prompts('train').map(({ id, prompt }) => data.prompt(id, prompt).ids),
    pairs,
    completions: rows,
    weights: { policy: body, reference: body },
  };
}

/** Numbers of tokens of real pairs, made by test/peers/make_lengths.py. */
interface Lengths {
  readonly vocabulary: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt, chosen, rejected. */
  readonly pairs: readonly (readonly [number, number, number])[];
}

const lengths = (): Lengths =>
  JSON.parse(readFileSync(join(packageRoot(), 'test', 'bench', 'hh-lengths.json'), 'utf8')) as Lengths;

/** 500 pairs as long as those of HH-RLHF, of random tokens. */
export function hhWorld(model: ModelSize): BenchWorld {
  const { vocabulary, promptTokens, completionTokens, pairs: counts } = lengths();
  const [eosId, padId] = [vocabulary - 2, vocabulary - 1];
  const rng = Rng.fromSeed('bench').split('hh');
  const tokens = (n: number): number[] => Array.from({ length: n }, () => rng.int(eosId));
  const pairs = counts.map(([ofPrompt, ofChosen, ofRejected]) => {
    const prompt = tokens(ofPrompt);
    const row = (n: number): TokenRow => ({ prompt, completion: [...tokens(n - 1), eosId] });
    return { chosen: row(ofChosen), rejected: row(ofRejected) };
  });
  const architecture = architectureOf(model, vocabulary, promptTokens + completionTokens);
  const body = architecture.initialBody(weightsRng(model));
  return {
    name: 'hh',
    architecture,
    dataset: {
      maxPromptTokens: promptTokens,
      maxCompletionTokens: completionTokens,
      endsWithEos: true,
      tokenizer: { vocabSize: vocabulary, padId, eosId } as OpenDataset['tokenizer'],
    },
    prompts: pairs.map(({ chosen }) => chosen.prompt),
    pairs,
    completions: pairs.map(({ chosen }) => chosen),
    weights: { policy: body, reference: body },
  };
}

export const WORLDS = { reviews: reviewsWorld, hh: hhWorld } as const;

const weightsRng = (model: ModelSize): Rng => Rng.fromSeed('bench').split(nameOf(model));

/**
 * Fresh weights under which each token ends a row with a chance of 1 in `tokens`. The output embedding is the
 * input's, so a bias of the last norm along the end token's embedding raises its logit and hardly another's.
 */
function endingAfter(
  tokens: number,
  eosId: number,
  architecture: Architecture,
  model: ModelSize,
): Map<string, HostTensor> {
  const body = new Map(architecture.initialBody(weightsRng(model)));
  const { width } = model;
  const embedding = Array.from(body.get('wte.weight')!.data.subarray(eosId * width, (eosId + 1) * width));
  const square = embedding.reduce((sum, x) => sum + x * x, 0);
  const raise = Math.log((architecture.vocabSize - 1) / (tokens - 1));
  const data = Float32Array.from(embedding, (x) => (raise * x) / square);
  return body.set('ln_f.bias', { shape: [width], data });
}
