import type { DataRow, JudgedRow, PairsRow, SplitRow } from '../store/data.js';
import { COLLECTED } from '../store/spec.js';

/** From this share of pairs on, that the chosen completion is the longer one is worth knowing. */
const BIASED = 0.75;

/**
 * What a reader of results should know of the data before anything else, a sentence each. Prompts that a
 * world's splits share are no fault of it: it draws them so.
 */
export function warnings(row: DataRow): string[] {
  return [
    ...row.sources.flatMap(({ file, rows, kept }) =>
      kept === rows ? [] : [`${file}: ${rows - kept} of ${counted(rows, 'row')} left out`],
    ),
    ...row.sources.flatMap((source) => {
      const { file, truncated } = source;
      return truncated.prompts + truncated.completions === 0
        ? []
        : [`${file}: ${cut(source)} cut to their bound`];
    }),
    ...(isWorld(row) ? [] : row.shared.map(sharedPrompts)),
    ...fewer(row),
    ...row.splits.flatMap((split) => ofSplit(split).map((what) => `${split.split}: ${what}`)),
  ];
}

/** Whether pairs are made by sampling. */
export const isWorld = ({ splits }: DataRow): boolean =>
  splits.every(({ given, unpaired }) => given === null && unpaired === undefined);

export const cut = ({ truncated: { prompts, completions } }: DataRow['sources'][number]): string =>
  `${counted(prompts, 'prompt')} and ${counted(completions, 'completion')}`;

export function sharedPrompts({ splits: [a, b], prompts, first }: DataRow['shared'][number]): string {
  const are = prompts === 1 ? 'is' : 'are';
  return `${counted(prompts, 'prompt')} of ${b} ${are} in ${a} too (the first: row ${first})`;
}

/** Pairs that somebody asked for and are not there, and pairs that nobody asked to leave unused. */
function fewer({ asked }: DataRow): string[] {
  if (asked === null) return [];
  return (['pairs', 'heldoutPairs'] as const).flatMap((which) => {
    const { asked: wanted, there } = asked[which];
    const byDefault = wanted === COLLECTED[which];
    if (byDefault) {
      return there > wanted ? [`collect.${which}: ${wanted} of ${there} are used, the default`] : [];
    }
    if (there >= wanted) return [];
    return [`collect.${which}: ${wanted} asked, ${there} given; there are no more`];
  });
}

function ofSplit({ given, unpaired = null, unknownTokens }: SplitRow): string[] {
  return [
    ...(unpaired === null ? [] : ofJudged(unpaired)),
    ...(given === null ? [] : ofPairs(given)),
    ...(unknownTokens === 0 ? [] : [`${counted(unknownTokens, 'token')} of unknown text`]),
  ];
}

const SEVERAL_ENDS = 'completions have more than one end token; a sample stops at the first';

function ofPairs(given: PairsRow): string[] {
  const { pairs, withoutEnd, severalEnds, margins } = given;
  const found: [n: number, what: string][] = [
    [given.duplicates, 'have the prompt and both completions of an earlier one'],
    [given.equalSides, 'have two completions of the same tokens'],
    [given.conflicting, 'prefer the completion that an earlier one rejects to the one it prefers'],
    [margins.negative, 'have a negative margin'],
  ];
  const completions = 2 * pairs;
  return [
    ...found.flatMap(([n, what]) => (n === 0 ? [] : [`${n} of ${counted(pairs, 'pair')} ${what}`])),
    ...(severalEnds === 0 ? [] : [`${severalEnds} of ${completions} ${SEVERAL_ENDS}`]),
    ...(withoutEnd === 0 ? [] : [`${withoutEnd} of ${completions} completions have no end token`]),
    ...longer(given),
    ...given.answers.flatMap(({ text, chosen, rejected }) => {
      const [most, n] = chosen > rejected ? ['chosen', chosen] : ['rejected', rejected];
      const all = chosen + rejected;
      return n / all < BIASED
        ? []
        : [`the completion ${JSON.stringify(text)} is ${most} ${n} of ${all} times`];
    }),
  ];
}

function ofJudged({ rows, good, duplicates, conflicting, ...ends }: JudgedRow): string[] {
  const [label, most] = 2 * good >= rows ? [true, good] : [false, rows - good];
  const found: [n: number, what: string][] = [
    [duplicates, 'have the prompt, completion and label of an earlier one'],
    [conflicting, 'have the prompt and completion of an earlier one and the other label'],
    [ends.severalEnds, 'have more than one end token; a sample stops at the first'],
    [ends.withoutEnd, 'have no end token'],
    [most / rows < BIASED ? 0 : most, `are labelled ${label}`],
  ];
  return found.flatMap(([n, what]) => (n === 0 ? [] : [`${n} of ${counted(rows, 'completion')} ${what}`]));
}

function longer({ chosenLonger, rejectedLonger, lengthDifference }: PairsRow): string[] {
  const side = chosenLonger >= BIASED ? 'chosen' : 'rejected';
  const share = Math.max(chosenLonger, rejectedLonger);
  if (share < BIASED) return [];
  const by = Math.abs(lengthDifference).toFixed(1);
  return [
    `in ${percent(share)} of pairs the ${side} completion is the longer one, by ${by} tokens on average`,
  ];
}

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** `1 row`, `2 rows`. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
