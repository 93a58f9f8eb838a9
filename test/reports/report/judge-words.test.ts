import { expect, test } from 'vitest';
import { figures } from '../../../reports/figures/figures.js';
import { toHtml } from '../../../reports/html/html.js';
import { toLatex } from '../../../reports/export/latex.js';
import { toMarkdown } from '../../../reports/text/markdown.js';
import { inJudgeWords } from '../../../reports/report/judge-words.js';
import type { Report } from '../../../reports/report/model.js';
import { fixture } from '../fixture.js';

const whole = fixture();
const judge = { name: 'judge', accuracy: { mean: 0.7, ci: [0.68, 0.74] as const, n: 10 }, canJudge: true };
/** With texts that are not ours. */
const judged: Report = {
  ...whole,
  judge,
  description: 'about gold rewards of miners',
  answer: { ...whole.answer, sentence: 'RL is ahead by 1 reward by judge.', details: [] },
};

test('what is shown of a judge is nowhere called gold reward; what others wrote stays', async () => {
  const drawn = await figures(judged);
  const outputs = [
    toHtml(judged, drawn),
    toMarkdown(judged),
    toLatex(judged, true),
    ...[...drawn.values()].flatMap(({ title, reading, panels }) => [
      title,
      reading,
      ...panels.map(({ svg }) => svg),
    ]),
  ];
  for (const output of outputs) {
    const ours = output.replaceAll('about gold rewards of miners', '');
    expect(ours.match(/.{0,60}gold rewards?.{0,40}/i)?.[0]).toBeUndefined();
    expect(output).not.toContain('\u{e000}');
  }
  expect(outputs[0]).toContain('about gold rewards of miners');
  expect(outputs[0]).toContain('judge’s score');
}, 60_000);
test('without a judge nothing is worded anew', () => {
  expect(toMarkdown(whole)).toContain('gold reward');
  expect(inJudgeWords(whole, (report) => report)).toBe(whole);
});
