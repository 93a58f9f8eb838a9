import { number, signed } from '../report/format.js';
import type { Change, Direction } from './model.js';

/** How gold reward moved. @param sameBytes the weights agree in every seed that both have */
export function directionOf(gold: Change | null, sameBytes: boolean): Direction {
  if (sameBytes) return 'same bytes';
  if (gold === null || gold.ci === null) return 'unknown';
  if (gold.ci[0] > 0) return 'improved';
  return gold.ci[1] < 0 ? 'worse' : 'not told apart';
}

/**
 * What came out for one algorithm, as a sentence. @param unfinished the sides on which no run of it finished
 */
export function verdict(
  name: string,
  direction: Direction,
  gold: Change | null,
  unfinished: readonly string[],
): string {
  if (unfinished.length > 0) {
    return `${name} cannot be compared: no run of it finished in ${unfinished.join(' and ')}.`;
  }
  if (gold === null) {
    if (direction === 'same bytes') return `${name} is the same to the byte.`;
    return `${name} cannot be judged: there is no gold reward on both sides.`;
  }
  const amount = amountOf(gold);
  switch (direction) {
    case 'same bytes':
      return sameBytesVerdict(name, gold, amount);
    case 'improved':
      return `${name} improved: ${amount}.`;
    case 'worse':
      return `${name} is worse: ${amount}.`;
    case 'not told apart':
      return `${name} is not told apart: ${amount}.`;
    case 'unknown':
      return `${name} changed by ${amount}; too few seeds for an interval.`;
    default:
      return direction satisfies never;
  }
}

/** Equal weights can still be sampled or scored otherwise. */
function sameBytesVerdict(name: string, gold: Change, amount: string): string {
  if (gold.pairing === 'unpaired') {
    return `${name} has the same weights to the byte in the seeds that both have; over all, ${amount}.`;
  }
  if (gold.difference === 0) return `${name} is the same to the byte (${seeds(gold.seeds[0])}).`;
  return `${name} has the same weights to the byte, yet ${amount}: sampling or judging changed.`;
}

function amountOf(gold: Change): string {
  const interval = gold.ci === null ? '' : ` [${signed(gold.ci[0])}, ${signed(gold.ci[1])}]`;
  return `${signed(gold.difference!)}${interval} gold reward (${basisOf(gold)})`;
}

function basisOf({ pairing, seeds: [before, after] }: Change): string {
  if (pairing === 'unpaired') return `${before} against ${after} seeds, unpaired`;
  const limit = before === 1 ? '; the interval covers the choice of prompts only' : '';
  return `${seeds(before)}, paired by ${pairing}${limit}`;
}

const seeds = (n: number): string => `${number(n, 1)} seed${n === 1 ? '' : 's'}`;
