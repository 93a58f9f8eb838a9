import { escapeMarkdown } from '../report/escape.js';
import type { LlmJudgeReport } from '../report/judging.js';
import type { Report } from '../report/model.js';
import { aboutJudging, AGREEMENT, JUDGED, spentInWords, UNDER_JUDGES } from '../report/tables/judging.js';
import { tableOf } from './table.js';

/** What language models say of the policies. */
export function judging({ judging: found }: Report): string[] {
  if (found === undefined) return [];
  const { judges, agreement } = found;
  return [
    '## What language models say',
    escapeMarkdown(aboutJudging(found)),
    ...(judges.length < 2 ? [] : [tableOf(judges, UNDER_JUDGES), tableOf(agreement, AGREEMENT)]),
    ...judges.flatMap(ofJudge),
  ];
}

function ofJudge(judge: LlmJudgeReport): string[] {
  const { policies, sentences, missing } = judge;
  return [
    `### Judge ${escapeMarkdown(judge.name)}`,
    [...sentences, ...missing, spentInWords(judge)].map((item) => `- ${escapeMarkdown(item)}`).join('\n'),
    policies.length === 0 ? '' : tableOf(policies, JUDGED),
  ];
}
