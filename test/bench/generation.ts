import type { Samples, TokenPrompt } from '../../harness/contracts/batches.js';
import type { Engine } from '../../harness/engine/engine.js';
import { OnnxEngine, type OnnxOptions } from '../../harness/engine/onnx/engine.js';
import type { HostTensor } from '../../harness/engine/tensor.js';
import { Meter } from '../../harness/metrics/meter.js';
import { NetworkModule } from '../../harness/policy/module.js';
import { transformer } from '../../harness/policy/transformer.js';
import { Rng } from '../../harness/rng.js';

/** One size of generation that is timed here and against transformers (test/peers). */
export interface GenerationSize {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocab: number;
  /** Prompts have half as many tokens to as many. */
  readonly prompt: number;
  readonly completion: number;
}

export const ROWS = 64;

export const SIZES: readonly GenerationSize[] = [
  { width: 64, layers: 2, heads: 2, vocab: 128, prompt: 8, completion: 24 },
  { width: 128, layers: 4, heads: 4, vocab: 256, prompt: 16, completion: 48 },
  { width: 256, layers: 4, heads: 4, vocab: 512, prompt: 16, completion: 48 },
  { width: 512, layers: 6, heads: 8, vocab: 1024, prompt: 32, completion: 96 },
];

export const nameOf = (s: GenerationSize): string => `D${s.width}/L${s.layers}/V${s.vocab}/C${s.completion}`;

export interface PreparedGeneration {
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly prompts: readonly (readonly number[])[];
  /** Tokens that end a row: none, or so many that half the bound is a row's mean length. */
  readonly ends: readonly number[];
  generate(seed: number): Promise<Samples>;
  dispose(): void;
}

/** Completions of ROWS prompts at temperature 1, of a fresh network. */
export function prepareGeneration(
  size: GenerationSize,
  isRagged: boolean,
  threads: number,
  options: Partial<OnnxOptions> = {},
): PreparedGeneration {
  const engine: Engine = new OnnxEngine({ device: 'cpu', threads, reason: 'benchmark', ...options });
  const rng = Rng.fromSeed('generation').split(nameOf(size));
  const { vocab, width, layers, heads, prompt, completion } = size;
  const time = prompt + completion;
  const architecture = transformer({ vocabSize: vocab, contextLength: time, width, layers, heads });
  const weights = architecture.initialBody(rng.split('weights'));
  // Fresh weights are close to uniform over the vocabulary.
  const ends = Array.from({ length: isRagged ? Math.round((1.6 * vocab) / completion) : 0 }, (_, i) => i);
  const prompts: TokenPrompt[] = Array.from({ length: ROWS }, (_, i) => ({
    id: String(i),
    ids: Array.from({ length: prompt / 2 + rng.int(prompt / 2 + 1) }, () => rng.int(vocab)),
  }));
  const module = new NetworkModule(
    'policy',
    engine,
    architecture,
    engine.variables(weights),
    null,
    { time, completion, padId: 0, eosId: ends[0] ?? null, endIds: ends },
    new Meter(),
    false,
  );
  return {
    weights,
    prompts: prompts.map(({ ids }) => ids),
    ends,
    generate: (seed) => module.generate(prompts, { rng: Rng.fromSeed(seed) }),
    dispose: () => engine.dispose(),
  };
}
