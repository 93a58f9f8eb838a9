import type { Judgement } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import type { TokenRow } from '../policy/batch.js';
import type { PairRow } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import type { TokenData, TokenPairs } from './data.js';
import { ofHeldoutPart } from './inputs.js';

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
  const judged = given.filter(({ prompt }) => ofHeldoutPart(spec, prompt));
  if (judged.length === 0) {
    const message = `stage ${spec.stage}: there are no judged completions; give at least one`;
    throw new TiltyardError('empty-dataset', message);
  }
  return {
    rows: judged.map((row) => data.row(row.prompt, row.completion, row.id, row.closed)),
    labels: Float32Array.from(judged, ({ label }: Judgement) => (label ? 1 : 0)),
    fromPairs: false,
  };
}

/** Each pair gives two rows, as TRL's `unpair_preference_dataset` has them. */
function unpair(pairs: readonly PairRow[], data: TokenData): TokenJudgements {
  const sides = pairs.map((pair) => data.pair(pair));
  return unpaired({
    chosen: sides.map(({ chosen }) => chosen),
    rejected: sides.map(({ rejected }) => rejected),
  });
}

/** All chosen rows as good, then all rejected ones as bad. */
export const unpaired = ({ chosen, rejected }: Pick<TokenPairs, 'chosen' | 'rejected'>): TokenJudgements => ({
  rows: [...chosen, ...rejected],
  labels: Float32Array.from({ length: chosen.length + rejected.length }, (_, i) =>
    i < chosen.length ? 1 : 0,
  ),
  fromPairs: true,
});
