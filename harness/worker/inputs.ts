import { createHash } from 'node:crypto';
import { TiltyardError } from '../errors.js';
import { normalisedPrompt } from '../prompt-splits.js';
import type { TokenRow } from '../policy/batch.js';
import { readJsonl } from '../store/jsonl.js';
import type { RunPaths } from '../store/layout.js';
import type { PairRow } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import type { TokenData } from './data.js';
import { checkLeft } from './shared-file.js';
import { textRows } from './text-rows.js';

/**
 * Collected pairs of a run: those that it learns from, or the other side, on which it is measured. Null
 * without.
 */
export function collectedPairs(
  { inputs, pairs, heldoutPart, stage }: RunSpec,
  runs: (id: string) => RunPaths,
  side: 'own' | 'other',
): PairRow[] | null {
  if (inputs.pairs === null) return null;
  const collected = runs(inputs.pairs);
  const heldout = (pairs === 'heldout') === (side === 'own');
  const path = heldout ? collected.heldout : collected.pairs;
  checkLeft(collected, path, stage);
  const rows = readJsonl<PairRow>(path);
  return side === 'other' ? rows : rows.filter(({ prompt }) => ofHeldoutPart({ heldoutPart }, prompt));
}

/** Whether a run learns from rows of this prompt: all, or those of its half of the held-out ones. */
export const ofHeldoutPart = (
  { heldoutPart }: { readonly heldoutPart?: RunSpec['heldoutPart'] },
  prompt: string,
): boolean => heldoutPart === undefined || partOf(prompt) === heldoutPart;

/** Half of the held-out prompts each, by a hash of their text: every pair of a prompt is on one side. */
function partOf(prompt: string): NonNullable<RunSpec['heldoutPart']> {
  const digest = createHash('sha256')
    .update(`part\0${normalisedPrompt(prompt)}`)
    .digest();
  return digest[0]! % 2 === 0 ? 'judge' : 'chooser';
}

/** What `completions` are to a run: the chosen side of its pairs, all their texts, or the data's corpus. */
export function completionRows(spec: RunSpec, data: TokenData, pairs: readonly PairRow[] | null): TokenRow[] {
  if (spec.completions !== 'corpus') {
    if (pairs !== null)
      return spec.completions === 'texts'
        ? textRows(
            pairs.map((pair) => data.pair(pair)),
            data.shape.completion,
          )
        : pairs.map((p) => data.row(p.prompt, p.chosen, p.id, p.closed));
    const message = `completions '${spec.completions}' needs pairs; add a collect section to the experiment`;
    throw new TiltyardError('no-pairs', `stage ${spec.stage}: ${message}`);
  }
  const corpus = data.dataset.corpus?.();
  if (corpus !== undefined) return corpus.map((d) => data.row(d.prompt, d.completion, d.id, d.closed));
  const problem = `dataset ${spec.dataset.name} has no corpus`;
  throw new TiltyardError('no-corpus', `stage ${spec.stage}: ${problem}; use completions: chosen`);
}
