import { streamJsonl } from '../store/jsonl.js';
import type { LlmJudge } from '../store/experiment.js';
import { runPaths } from '../store/layout.js';
import { finished, type StoredExperiment, type StoredRun } from '../store/read.js';
import type { PairRow, SampleRow } from '../store/records.js';
import { type Comparison, type Comparisons, comparisons } from './comparisons.js';
import { type Asked, keyOf } from './question.js';

/** Two answers to one prompt of which a judge is asked, shown once in each order. */
export interface Matchup {
  readonly seed: number;
  readonly promptId: string;
  readonly prompt: string;
  /** A policy's and its start's; of a labelled pair the chosen and the rejected one. */
  readonly a: string;
  readonly b: string;
  /** Gold reward of a minus that of b, by the dataset's gold or by the reward that stands for it. */
  readonly gold: number | null;
  /** Of the question with a first, and with b first; null where both are one text, which is a tie. */
  readonly keys: readonly [aFirst: string, bFirst: string] | null;
  readonly about: readonly [a: string, b: string];
}

/** What one judge is asked about one policy, or about pairs with labels. */
export interface PolicyMatchups {
  readonly comparison: Comparison;
  readonly matchups: readonly Matchup[];
}

/** All that one judge is asked: the same for whoever asks it and for whoever reads the verdicts. */
export interface JudgeMatchups extends Pick<Comparisons, 'missing'> {
  readonly policies: readonly PolicyMatchups[];
  readonly labelled: readonly Matchup[];
}

/** Reads samples of ended runs, and held-out pairs; writes nothing. */
export function matchupsOf(stored: StoredExperiment, judge: LlmJudge): JudgeMatchups {
  const { found, missing } = comparisons(stored, judge.policies);
  const samples = sampleReader();
  const lacking = new Set(missing);
  const policies = found.flatMap((comparison): PolicyMatchups[] => {
    const matchups = againstStart(comparison, judge, samples);
    if (matchups.length > 0) return [{ comparison, matchups }];
    lacking.add(`${comparison.stage}: no test prompt on which it and its start have samples`);
    return [];
  });
  return { policies, labelled: labelledPairs(stored, judge), missing: [...lacking] };
}

/** The questions of matchups, the two orders of each one after the other. */
export const questionsOf = ({ policies, labelled }: JudgeMatchups): Asked[] =>
  [...policies.flatMap(({ matchups }) => matchups), ...labelled].flatMap(
    ({ prompt, promptId, a, b, keys, about: [ofA, ofB] }): Asked[] =>
      keys === null
        ? []
        : [
            {
              key: keys[0],
              prompt,
              first: a,
              second: b,
              about: { prompt: promptId, first: ofA, second: ofB },
            },
            {
              key: keys[1],
              prompt,
              first: b,
              second: a,
              about: { prompt: promptId, first: ofB, second: ofA },
            },
          ],
  );

type ByPrompt = ReadonlyMap<string, readonly SampleRow[]>;

/** A run's samples by prompt, read once. */
function sampleReader(): (run: StoredRun) => ByPrompt {
  const known = new Map<string, ByPrompt>();
  return ({ spec: { id }, dir }) => {
    let found = known.get(id);
    if (found !== undefined) return found;
    const rows = new Map<string, SampleRow[]>();
    for (const row of streamJsonl<SampleRow>(runPaths(dir).samples)) {
      const own = rows.get(row.promptId);
      if (own === undefined) rows.set(row.promptId, [row]);
      else own.push(row);
    }
    found = rows;
    known.set(id, found);
    return found;
  };
}

/**
 * One pair of samples on each of the first test prompts: the policy's first and the start's second, since
 * samples with one index share their decoding stream; where there is one a side, nothing else is left.
 */
function againstStart(
  { run, start, seed }: Comparison,
  judge: LlmJudge,
  samples: (run: StoredRun) => ByPrompt,
): Matchup[] {
  const [own, others] = [samples(run), samples(start)];
  const prompts = [...own.keys()].filter((prompt) => others.has(prompt)).slice(0, judge.prompts);
  return prompts.map((promptId) => {
    const [a] = own.get(promptId)!;
    const theirs = others.get(promptId)!;
    const b = theirs[1] ?? theirs[0]!;
    return matchup(judge, {
      seed,
      promptId,
      prompt: a!.prompt,
      a: a!.completion,
      b: b.completion,
      gold: a!.gold === null || b.gold === null ? null : a!.gold - b.gold,
      about: [`${run.spec.id} sample ${a!.sample}`, `${start.spec.id} sample ${b.sample}`],
    });
  });
}

/** Held-out pairs, as many of each seed as of another, in the order in which they were collected. */
function labelledPairs({ runs }: StoredExperiment, judge: LlmJudge): Matchup[] {
  const collected = runs.filter((run) => run.spec.kind === 'collect' && finished(run));
  return collected.flatMap((run, i) => {
    const share = Math.floor((judge.labelledPairs + i) / collected.length);
    const found: Matchup[] = [];
    if (share === 0) return found;
    for (const row of streamJsonl<PairRow>(runPaths(run.dir).heldout)) {
      if (row.chosen === row.rejected) continue;
      found.push(
        matchup(judge, {
          seed: run.spec.seed,
          promptId: row.id,
          prompt: row.prompt,
          a: row.chosen,
          b: row.rejected,
          gold:
            row.goldChosen === null || row.goldRejected === null ? null : row.goldChosen - row.goldRejected,
          about: [`${run.spec.id} ${row.id} chosen`, `${run.spec.id} ${row.id} rejected`],
        }),
      );
      if (found.length === share) break;
    }
    return found;
  });
}

function matchup(judge: LlmJudge, of: Omit<Matchup, 'keys'>): Matchup {
  const { prompt, a, b } = of;
  const keys =
    a === b
      ? null
      : ([
          keyOf(judge, { prompt, first: a, second: b }),
          keyOf(judge, { prompt, first: b, second: a }),
        ] as const);
  return { ...of, keys };
}
