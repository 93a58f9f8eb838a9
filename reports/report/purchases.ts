import type { BreakEvenRow, ComputeComparison } from './answer.js';
import { flops } from './format.js';

// What compute buys, in words. No word of a verdict: these are figures, not tests.

/** From which budget on the dearer one of a comparison is higher in the mean. */
export function crossoverWords({ crossover }: ComputeComparison): string {
  if (crossover === null) return '–';
  const { after, from } = crossover;
  if (from === null) return after === null ? '–' : `not up to ${flops(after)}`;
  return after === null ? `already at ${flops(from)}` : `between ${flops(after)} and ${flops(from)}`;
}

/** After how many answers training has paid for itself. */
export function breakEvenSentence(row: BreakEvenRow): string {
  const { sampler, trained, perAnswer, perTrainedAnswer, training, answers } = row;
  const [drawn, other] = [flops(perAnswer), flops(perTrainedAnswer)];
  const each = `an answer of ${sampler} costs ${drawn}, one of ${trained} ${other}`;
  if (answers === null) return `${sampler} stays the cheaper one: ${each}.`;
  const many = Math.ceil(answers).toLocaleString('en');
  const before = training <= 0 ? '' : ` and ${flops(training)} before the first`;
  return `${trained} is cheaper than ${sampler} after ${many} answers: ${each}${before}.`;
}
