import { resampledTilt } from '../../harness/metrics/resampled-tilt.js';
import { mean, variance } from '../../harness/stats/moments.js';
import type { DrawGoldsRow } from '../../harness/store/shared.js';
import { goldByPrompt } from './by-prompt.js';
import type { Gathered } from './gather.js';
import type { SeedPool } from './pools.js';
import { readDrawGolds } from './rows.js';

/** Strengths of the tilt: from this many standard deviations of the gold reward, halved every few. */
const [LARGEST_BETA, SMALLEST_BETA, PER_OCTAVE] = [32, 1 / 64, 4];

/**
 * The sampler that a family is, with the gold reward in place of the learned one, on the same draws: as
 * validation prompts see it, which sets its strength at a budget, and as test prompts see it, which report.
 * Null where the family's runs chose among no stored draws of its start's own prompts.
 */
export function drawnTruth(
  { entries, values }: SeedPool,
  { stored, startOf }: Gathered,
): { readonly pool: SeedPool; readonly n: number } | null {
  const entry = entries.find((one) => one !== null);
  const drawn = stored.runs.find(({ spec }) => spec.id === entry?.run.spec.inputs.drawn);
  const samples = entry == null ? null : startOf(entry)?.samples;
  const prompts = samples == null ? null : goldByPrompt(samples);
  if (drawn === undefined || prompts === null) return null;
  const rows = readDrawGolds(drawn);
  const validation = setsByPrompt(rows, 'validation');
  const test = setsByPrompt(rows, 'test');
  const onTest = [...prompts.keys()].map((prompt) => test.get(prompt));
  const known = onTest.filter((sets) => sets !== undefined);
  if (validation.size === 0 || known.length < onTest.length || values[0]!.length !== known.length)
    return null;
  const onValidation = [...validation.values()];
  const all = onValidation.flat(2);
  const spread = Math.sqrt(variance(all));
  const octaves = Math.log2(LARGEST_BETA / SMALLEST_BETA);
  const betas = Array.from(
    { length: octaves * PER_OCTAVE + 1 },
    (_, i) => spread * LARGEST_BETA * 2 ** (-i / PER_OCTAVE),
  );
  const strengths = spread === 0 ? [] : [...betas, 0];
  const chosen = strengths.map((beta) => onValidation.map((sets) => tiltOf(sets, beta)));
  const reported = strengths.map((beta) => known.map((sets) => tiltOf(sets, beta)));
  const start = { kl: 0, score: mean(all) };
  return {
    n: rows[0]!.n,
    pool: {
      candidates: [
        start,
        ...chosen.map((each) => ({
          kl: mean(each.map(({ kl }) => kl)),
          score: mean(each.map(({ reward }) => reward)),
        })),
      ],
      entries: [null, ...strengths.map(() => null)],
      values: [values[0]!, ...reported.map((each) => Float64Array.from(each, ({ reward }) => reward))],
      wins: null,
      kl: [0, ...reported.map((each) => mean(each.map(({ kl }) => kl)))],
    },
  };
}

/** Of a prompt: the mean over its sets of draws. */
function tiltOf(sets: readonly (readonly number[])[], beta: number): { reward: number; kl: number } {
  const each = sets.map((golds) => resampledTilt(golds, beta));
  return { reward: mean(each.map(({ reward }) => reward)), kl: mean(each.map(({ kl }) => kl)) };
}

/** Gold rewards of every set of draws of each prompt of a split. */
function setsByPrompt(
  rows: readonly DrawGoldsRow[],
  split: DrawGoldsRow['split'],
): ReadonlyMap<string, readonly (readonly number[])[]> {
  const found = new Map<string, number[][]>();
  for (const { promptIds, n, golds } of rows.filter((row) => row.split === split)) {
    promptIds.forEach((id, p) => {
      const set = Array.from({ length: n }, (_, r) => golds[r * promptIds.length + p]!);
      found.set(id, [...(found.get(id) ?? []), set]);
    });
  }
  return found;
}
