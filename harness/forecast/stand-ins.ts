import type { TokenRow } from '../policy/batch.js';
import { Rng } from '../rng.js';
import type { RunSpec } from '../store/spec.js';
import type { TokenPrompt } from '../contracts/batches.js';
import { mapped, sliced } from '../lazy-list.js';
import { pairMaking, sidesOf, type TokenData, type TokenPairs } from '../worker/data.js';
import { corpusMaking } from '../worker/inputs.js';
import { lateTokenList } from '../worker/token-list.js';

/** Texts as long as those that a run will read, where no run has made those yet. */
export interface StandIns {
  readonly train: TokenPairs;
  readonly heldout: TokenPairs;
  readonly corpus: readonly TokenRow[];
  readonly prompts: readonly TokenPrompt[];
  /** Tokens of a completion, on average. */
  readonly meanLength: number;
}

/** Rows of which lengths are read, at most. */
const READ = 512;
/** Pairs that say how long completions are, at most, evenly apart. */
const MEASURED = 4096;

/**
 * Pairs that the data brings are taken as they are, as many as are collected. Those that will be sampled have
 * completions of the corpus, or of a world's own list, in their place; without either, completions of every
 * length up to the bound.
 * @param collect what the experiment collects; null where it collects nothing
 */
export function standIns(data: TokenData, collect: RunSpec['collect'], seed: number): StandIns {
  const { dataset, shape } = data;
  const rng = Rng.fromSeed(seed).split('stand-ins');
  const said = dataset.corpus?.() ?? [];
  const corpus = lateTokenList(said.length, corpusMaking(data, said));
  const all = dataset.prompts('train');
  const prompts = all.slice(0, READ);
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
    const own = given === undefined ? [] : sliced(given, 0, wanted);
    const sides = own.length > 0 ? lateTokenList(own.length, pairMaking(data, own)) : sampled(wanted);
    return { ...sidesOf(sides), margins: new Float32Array(sides.length) };
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
  const known = train.chosen.length > 0 ? mapped(train.chosen, ({ completion }) => completion) : likely;
  const measured = Math.min(known.length, MEASURED);
  const lengths = Array.from(
    { length: measured },
    (_, i) => known[Math.floor((i * known.length) / measured)]!,
  );
  const meanLength = lengths.reduce((sum, { length }) => sum + length, 0) / Math.max(1, measured);
  const prompt = (i: number): TokenPrompt => data.prompt(all[i]!.id, all[i]!.prompt);
  return {
    train,
    heldout,
    corpus,
    prompts: lateTokenList(all.length, { make: prompt, tokensOf: ({ ids }) => ids.length }),
    meanLength,
  };
}
