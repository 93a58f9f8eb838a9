import { TiltyardError } from '../errors.js';
import { joined } from '../lazy-list.js';
import type { TokenRow } from '../policy/batch.js';
import type { PairRow } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import { type TokenData, tokenPairs, type TokenSides, tokensOf } from './data.js';
import { inHeldoutPart } from './inputs.js';
import { tokenList } from './token-list.js';

/** Judged completions as rows, checked: what a plugin trains on. */
export interface TokenJudgements {
  readonly rows: readonly TokenRow[];
  /** 1 for a completion that is judged good, 0 for one that is judged bad. */
  readonly labels: Float32Array;
  /** They are both sides of pairs: all chosen rows, then all rejected ones. */
  readonly fromPairs: boolean;
}

/**
 * What a run learns from that judges completions one by one: the dataset's own judgements, or else both sides
 * of its pairs. Labels that a reward has drawn anew are those of pairs.
 * @param pairs those of the run, relabelled where that was asked for; null without
 * @throws TiltyardError where there are neither
 */
export function judgedRows(
  spec: RunSpec,
  data: TokenData,
  pairs: readonly PairRow[] | null,
): TokenJudgements {
  const own = spec.inputs.relabel === undefined ? data.dataset.unpaired : undefined;
  if (own === undefined) {
    if (pairs !== null && pairs.length > 0) return unpair(pairs, data);
    const remedy = 'bring rows of completion and label, or add a collect section, whose pairs are unpaired';
    throw new TiltyardError('no-unpaired', `stage ${spec.stage}: there are no judged completions; ${remedy}`);
  }
  const given = own.call(data.dataset, spec.pairs === 'heldout' ? 'heldout' : 'train');
  const judged = inHeldoutPart(spec, given);
  if (judged.length === 0) {
    const message = `stage ${spec.stage}: there are no judged completions; give at least one`;
    throw new TiltyardError('empty-dataset', message);
  }
  const make = (i: number): TokenRow => {
    const { prompt, completion, id, closed } = judged[i]!;
    return data.row(prompt, completion, id, closed);
  };
  return {
    rows: tokenList(judged.length, { make, tokensOf }),
    labels: Float32Array.from({ length: judged.length }, (_, i) => (judged[i]!.label ? 1 : 0)),
    fromPairs: false,
  };
}

/** Each pair gives two rows, as TRL's `unpair_preference_dataset` has them. */
const unpair = (pairs: readonly PairRow[], data: TokenData): TokenJudgements =>
  unpaired(tokenPairs(data, pairs, 'pairs'));

/** All chosen rows as good, then all rejected ones as bad. */
export const unpaired = ({ chosen, rejected }: TokenSides): TokenJudgements => ({
  rows: joined(chosen, rejected),
  labels: Float32Array.from({ length: chosen.length + rejected.length }, (_, i) =>
    i < chosen.length ? 1 : 0,
  ),
  fromPairs: true,
});
