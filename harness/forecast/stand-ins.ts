import type { TokenRow } from '../policy/batch.js';
import { Rng } from '../rng.js';
import type { RunSpec } from '../store/spec.js';
import type { TokenData, TokenPairs } from '../worker/data.js';

/** Texts as long as those that a run will read, where no run has made those yet. */
export interface StandIns {
  readonly train: TokenPairs;
  readonly heldout: TokenPairs;
  readonly corpus: readonly TokenRow[];
  /** Tokens of a completion, on average. */
  readonly meanLength: number;
}

/** Rows of which lengths are read, at most. */
const READ = 512;

/**
 * Pairs that the data brings are taken as they are, as many as are collected. Those that will be sampled have
 * completions of the corpus, or of a world's own list, in their place; without either, completions of every
 * length up to the bound.
 * @param collect what the experiment collects; null where it collects nothing
 */
export function standIns(data: TokenData, collect: RunSpec['collect'], seed: number): StandIns {
  const { dataset, shape } = data;
  const rng = Rng.fromSeed(seed).split('stand-ins');
  const corpus = (dataset.corpus?.() ?? []).map((d) => data.row(d.prompt, d.completion, d.id, d.closed));
  const prompts = dataset.prompts('train').slice(0, READ);
  const first = prompts[0];
  const listed = first === undefined ? [] : (dataset.enumerate?.(first.prompt) ?? []);
  const likely =
    corpus.length > 0
      ? corpus.slice(0, READ).map(({ completion }) => completion)
      : listed.length > 0
        ? listed.slice(0, READ).map((text) => data.row(first!.prompt, text, first!.id).completion)
        : Array.from({ length: shape.completion }, (_, i) => Array.from({ length: i + 1 }, () => 0));
  const pairsOf = (split: 'train' | 'heldout', wanted: number): TokenPairs => {
    const given = dataset.pairs?.(split);
    const sides =
      given !== undefined && given.length > 0
        ? given.slice(0, wanted).map((pair) => data.pair(pair))
        : sampled(wanted);
    return {
      chosen: sides.map(({ chosen }) => chosen),
      rejected: sides.map(({ rejected }) => rejected),
      margins: new Float32Array(sides.length),
    };
  };
  const sampled = (wanted: number): { chosen: TokenRow; rejected: TokenRow }[] => {
    if (prompts.length === 0) return [];
    const ids = prompts.map(({ id, prompt }) => data.prompt(id, prompt).ids);
    const draw = (): readonly number[] => likely[rng.int(likely.length)]!;
    return Array.from({ length: wanted }, (_, i) => {
      const prompt = ids[i % ids.length]!;
      return { chosen: { prompt, completion: draw() }, rejected: { prompt, completion: draw() } };
    });
  };
  const train = pairsOf('train', collect?.pairs ?? 0);
  const heldout = pairsOf('heldout', collect?.heldoutPairs ?? 0);
  const known = train.chosen.length > 0 ? train.chosen.map(({ completion }) => completion) : likely;
  const meanLength = known.reduce((sum, { length }) => sum + length, 0) / Math.max(1, known.length);
  return { train, heldout, corpus, meanLength };
}
