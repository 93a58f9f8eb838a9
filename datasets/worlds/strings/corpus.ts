import type { Demonstration } from '../../../harness/contracts/dataset.js';
import type { Rng } from '../../../harness/rng.js';
import { idOf, letter } from './letters.js';

export interface CorpusParams {
  readonly letters: number;
  readonly length: number;
  readonly tilt: number;
  readonly corpusSize: number;
}

/** What the corpus needs to know of the world: every completion, and the gold reward. */
interface World {
  readonly enumerate: () => readonly string[];
  readonly gold: (prompt: string, completion: string) => number;
}

/** Strings after every prompt in turn. @param rng of the corpus */
export function writeCorpus(
  params: CorpusParams,
  prompts: readonly string[],
  world: World,
  rng: Rng,
): Demonstration[] {
  const weights = chainWeights(params.letters, rng);
  const chances = params.tilt === 0 ? null : prompts.map(chancesAfter(params, world, rng));
  return Array.from({ length: params.corpusSize }, (_, i) => {
    const own = rng.split(i);
    const place = i % prompts.length;
    const prompt = prompts[place]!;
    const completion =
      chances === null
        ? walk(weights, prompt, params.length, own)
        : world.enumerate()[own.categorical(chances[place]!)]!;
    return { id: `corpus-${i}`, prompt, completion };
  });
}

/** A string from the chain, from the prompt's last letter on. */
function walk(weights: readonly Float64Array[], prompt: string, length: number, rng: Rng): string {
  let last = idOf(prompt.at(-1)!);
  const letters = Array.from({ length }, () => {
    last = rng.categorical(weights[last]!);
    return letter(last);
  });
  return letters.join('');
}

/**
 * The corpus's probabilities of all strings after a prompt: the chain from the prompt's last letter, times
 * exp(tilt gold). @param rng of the corpus @returns in the order of `enumerate`
 */
export function chancesAfter(
  { letters, tilt }: Pick<CorpusParams, 'letters' | 'tilt'>,
  { enumerate, gold }: World,
  rng: Rng,
): (prompt: string) => Float64Array {
  const weights = chainWeights(letters, rng);
  const steps = weights.map((row) => row.map((weight) => Math.log(weight / row.reduce((a, b) => a + b))));
  return (prompt) => {
    const logs = Float64Array.from(enumerate(), (text) => {
      let last = idOf(prompt.at(-1)!);
      let sum = tilt * gold(prompt, text);
      for (const c of text) {
        const next = idOf(c);
        sum += steps[last]![next]!;
        last = next;
      }
      return sum;
    });
    const top = logs.reduce((a, b) => Math.max(a, b));
    const scaled = logs.map((log) => Math.exp(log - top));
    const total = scaled.reduce((a, b) => a + b);
    return scaled.map((x) => x / total);
  };
}

/** How the chain goes from one letter (row) to the next (column), not normalised. */
function chainWeights(letters: number, rng: Rng): Float64Array[] {
  const chain = rng.split('chain');
  return Array.from({ length: letters }, () =>
    Float64Array.from({ length: letters }, () => Math.exp(chain.normal())),
  );
}
