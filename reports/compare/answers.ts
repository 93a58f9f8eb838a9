import type { StoredExperiment } from '../../harness/store/read.js';
import type { Report } from '../report/model.js';
import { assemble } from '../sections/assemble.js';
import type { AnswerChange } from './model.js';

/** What the reports of two folders answer, beside one another; levels, no test of one against the other. */
export function answers(a: StoredExperiment, b: StoredExperiment): AnswerChange {
  const [before, after] = [assemble(a), assemble(b)];
  return { a: side(before), b: side(after), figures: [...primary(before, after), ...means(before, after)] };
}

const side = ({ answer: { sentence, budget, by } }: Report): AnswerChange['a'] => ({ sentence, budget, by });

function primary({ answer: a }: Report, { answer: b }: Report): AnswerChange['figures'] {
  const known = b.primary ?? a.primary;
  if (known === null) return [];
  const name = `${known.a} − ${known.b}`;
  return [{ name, a: a.primary?.difference ?? null, b: b.primary?.difference ?? null }];
}

/** The gain of every union and family of either, mean over KL budgets. */
function means(before: Report, after: Report): AnswerChange['figures'] {
  const of = ({ frontiers }: Report, name: string) =>
    frontiers.find((row) => row.name === name)?.mean ?? null;
  const names = [...before.frontiers, ...after.frontiers].map(({ name }) => name);
  return [...new Set(names)].map((name) => ({ name, a: of(before, name), b: of(after, name) }));
}
