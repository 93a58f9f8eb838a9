import type { Report } from './model.js';

/** Parts the word in texts that are not ours, so that it is not met there; no text has it. */
const PARTED = 'g\u{e000}old';

/** What is written of gold rewards, and what of the scores of a judge. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/gold rewards?/g, 'judge’s score'],
  [/Gold rewards?/g, 'Judge’s score'],
  [/gold differences?/g, 'judge’s difference'],
  [/ranks as gold/g, 'ranks as the judge'],
  [/Proxy, gold and/g, 'Proxy, judge’s score and'],
];

/**
 * Writes a report whose gold rewards are a judge's scores in words that say so: what Tiltyard's own text
 * calls gold reward is then the judge's score. Samples, names and sentences of the report stay as they are.
 * @param write from a report to text, or to what holds texts
 */
export function inJudgeWords<T>(report: Report, write: (report: Report) => T): T {
  if (report.judge === null) return write(report);
  const ours = (text: string): string =>
    WORDS.reduce((done, [gold, judge]) => done.replace(gold, judge), text);
  const written = write(eachText(report, (text) => text.replaceAll('gold', PARTED)));
  return eachText(written, (text) => ours(text).replaceAll(PARTED, 'gold'));
}

/** Every text within, names of fields aside. */
function eachText<T>(value: T, of: (text: string) => string): T {
  if (typeof value === 'string') return of(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => eachText(item, of)) as T;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, eachText(item, of)])) as T;
}
