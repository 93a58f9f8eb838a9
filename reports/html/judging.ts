import { escapeHtml } from '../report/escape.js';
import type { LlmJudgeReport } from '../report/judging.js';
import type { Report } from '../report/model.js';
import { aboutJudging, AGREEMENT, JUDGED, spentInWords, UNDER_JUDGES } from '../report/tables/judging.js';
import { name } from './cells.js';
import { htmlColumns } from './columns.js';
import { details, hint, list, section } from './section.js';
import { table } from './table.js';

/** What language models say of the policies, and what is to be thought of what they say. */
export function judging({ judging: found }: Report): string {
  if (found === undefined) return '';
  const { judges, agreement } = found;
  const several =
    judges.length < 2
      ? ''
      : `<h3>Judge against judge</h3>${table('judges-table', judges, htmlColumns(UNDER_JUDGES))}` +
        table('judges-agreement', agreement, htmlColumns(AGREEMENT));
  return section(
    'judging',
    judges.length === 1 ? 'What a language model says' : 'What language models say',
    hint(escapeHtml(aboutJudging(found))),
    several,
    ...judges.map((judge, at) => (judges.length === 1 ? opened(judge, at) : folded(judge, at))),
  );
}

const opened = (judge: LlmJudgeReport, at: number): string =>
  `<h3>Judge ${name(judge.name)}</h3>\n${ofJudge(judge, at)}`;

/** Of several the first sentence, which is the gravest, stands for the rest. */
const folded = (judge: LlmJudgeReport, at: number): string => {
  const [first = ''] = judge.sentences;
  return details(`Judge ${name(judge.name)}: ${escapeHtml(first)}`, ofJudge(judge, at));
};

function ofJudge(judge: LlmJudgeReport, at: number): string {
  const { policies, sentences, missing, model, url, rubric } = judge;
  const rows = policies.length === 0 ? '' : table(`judge-${at}`, policies, htmlColumns(JUDGED));
  const asked = `<p>${name(model)} at ${name(url)}. ${escapeHtml(spentInWords(judge))}</p>`;
  const text = `<p style="white-space:pre-wrap">${escapeHtml(rubric)}</p>`;
  return [
    list(sentences.map(escapeHtml)),
    rows,
    missing.length === 0 ? '' : list(missing.map(escapeHtml)),
    details('What it was told', `${asked}${text}`),
  ].join('\n');
}
