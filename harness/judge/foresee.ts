import type { DataRow } from '../store/data.js';
import type { LlmJudge } from '../store/experiment.js';
import type { RunSpec } from '../store/spec.js';
import { LETTERS_PER_TOKEN } from './spending.js';

/** What asking a judge will take, before anything was asked. */
export interface ForeseenJudging {
  readonly judge: string;
  /** One for each question; every retry is one more. */
  readonly calls: number;
  readonly tokens: number;
}

/** Letters of what is sent beside the rubric and the texts: instructions, fences, form. */
const FRAME = 1300;
/** Tokens of a verdict with its reason. */
const ANSWER = 60;

/**
 * By the plan: of every family and seed one configuration, or all, on so many test prompts, in both orders;
 * and labelled pairs. Texts are as long as those of the data on average, in its own tokens.
 * @param data what was counted; null: texts as long as their bounds are not known, and left out
 */
export function foreseeJudging(
  judge: LlmJudge,
  runs: readonly RunSpec[],
  data: DataRow | null,
): ForeseenJudging {
  const compared = runs.filter(
    ({ role, kind, inputs }) =>
      role === 'compared' && kind === 'train' && (inputs.start ?? inputs.measured ?? null) !== null,
  );
  const meetings =
    judge.policies === 'all'
      ? compared
      : [...new Map(compared.map((run) => [JSON.stringify([run.stage, run.seed]), run])).values()];
  const onPrompts = meetings.reduce(
    (sum, { evaluation: { testPrompts } }) => sum + Math.min(judge.prompts, testPrompts),
    0,
  );
  const there = data?.splits.find(({ split }) => split === 'heldout')?.given?.pairs ?? null;
  const heldout = runs.reduce(
    (sum, { collect }) => sum + Math.min(collect?.heldoutPairs ?? 0, there ?? Number.POSITIVE_INFINITY),
    0,
  );
  const calls = 2 * (onPrompts + Math.min(judge.labelledPairs, heldout));
  const frame = Math.ceil((judge.rubric.length + FRAME) / LETTERS_PER_TOKEN) + ANSWER;
  return { judge: judge.name, calls, tokens: calls * (frame + textTokens(data)) };
}

/** A prompt and two completions. */
function textTokens(data: DataRow | null): number {
  if (data === null) return 0;
  const split = data.splits.find((one) => one.split === 'test') ?? data.splits[0];
  const prompt = split?.promptTokens?.mean ?? data.bounds.prompt;
  const given = split?.given ?? null;
  const both = given === null ? 2 * data.bounds.completion : given.chosen.mean + given.rejected.mean;
  return Math.round(prompt + both);
}

/** A sentence, and one more where a limit is lower. */
export function judgingInWords(judge: LlmJudge, { calls, tokens }: ForeseenJudging): string[] {
  const { name, url, maxCalls, maxTokens } = judge;
  const about = `${calls.toLocaleString('en')} calls and about ${tokens.toLocaleString('en')} tokens`;
  const short = [
    ...(maxCalls !== null && maxCalls < calls ? [`maxCalls ${maxCalls.toLocaleString('en')}`] : []),
    ...(maxTokens !== null && maxTokens < tokens ? [`maxTokens ${maxTokens.toLocaleString('en')}`] : []),
  ];
  return [
    `judge ${name} at ${url}: ${about} once the runs have ended, retries aside; none is made now`,
    ...(short.length === 0
      ? []
      : [`warning: judge ${name} may spend less than that (${short.join(', ')}): the rest stays unjudged`]),
  ];
}
