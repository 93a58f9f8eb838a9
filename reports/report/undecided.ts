import type { Answer, Comparison } from './answer.js';
import { number, signed, withInterval } from './format.js';

/** What was tested and came out neither way, a sentence each. */
export function undecided({ primary, secondary }: Answer): readonly string[] {
  const tested = [...(primary === null ? [] : [primary]), ...(secondary.open ? secondary.comparisons : [])];
  return tested.flatMap((comparison) =>
    comparison.verdict === 'not told apart' || comparison.verdict === 'unknown' ? [sentence(comparison)] : [],
  );
}

function sentence({ a, b, difference, verdict, detectable }: Comparison): string {
  const found = difference === null ? '' : `: ${withInterval(difference, signed)}`;
  if (verdict === 'unknown') return `${a} and ${b}${found}; too few seeds for a test.`;
  const could =
    detectable === null ? '' : `; ${number(detectable)} or more would have been found, four times in five`;
  return `${a} and ${b}${found}${could}.`;
}
