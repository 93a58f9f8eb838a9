import { expect, test } from 'vitest';
import {
  type AnalysisRow,
  byteTokenizer,
  type Dataset,
  decided,
  defineAnalysis,
  defineDataset,
  defineSuite,
  type EvalRow,
  type OpenDataset,
  type ParamsSchema,
  readJsonl,
  runPaths,
  type StoredRun,
} from '../../harness/index.js';

/**
 * What third parties write, in plain literals: `npm run check` holds the types, this that nothing is changed.
 */

interface Repeats {
  readonly times: number;
}
const open = ({ times }: Repeats): OpenDataset => ({
  tokenizer: byteTokenizer(),
  maxPromptTokens: 1,
  maxCompletionTokens: times,
  endsWithEos: false,
  prompts: (split) => [{ id: `${split}-0`, prompt: 'a' }],
  gold: (prompt, completion) => (completion === prompt.repeat(times) ? 1 : 0),
});
const dataset = defineDataset({
  name: 'repeats',
  description: 'say it again',
  params: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: {
      times: { type: 'integer', minimum: 1, default: 2, description: 'How often.' },
      letters: { type: ['array', 'null'], items: { type: 'string' }, default: null, description: 'Which.' },
    },
  },
  open: (params: Repeats) => open(params),
});
const params: ParamsSchema = { type: 'object', additionalProperties: false, properties: {} };
const claim = (value: number, n: number): AnalysisRow => ({
  type: 'claim',
  id: 'M1',
  claim: 'It is small.',
  scenario: 'none',
  statistic: 'a number',
  value,
  ci: null,
  threshold: 'at most 1',
  n,
  verdict: decided('below', 1, value),
  reported: null,
  figure: null,
});
const analysis = defineAnalysis({ parts: [{ id: 'one', run: (rng) => [claim(rng.uniform(), 1)] }] });
const lastGold = ({ dir }: StoredRun): number | null =>
  readJsonl<EvalRow>(runPaths(dir).evals).at(-1)?.goldReward?.mean ?? null;
const suite = defineSuite({
  profiles: ['quick'],
  members: () => ({ only: { dataset: { name: 'repeats' }, stages: { a: { algorithm: 'x' } } } }),
  decide(runs) {
    const values = [...runs.values()].flat().flatMap((run) => lastGold(run) ?? []);
    return values.map((value) => claim(value, values.length));
  },
});

test('a dataset knows its parameters, and can stand where any dataset is wanted', () => {
  const any: Dataset = { ...dataset, params };
  expect(dataset.open({ times: 3 }, 0, '/')).toMatchObject({ maxCompletionTokens: 3 });
  expect(any.params.properties).toEqual({});
});

test('an analysis and a suite are what was given', () => {
  expect(analysis.parts.map((part) => part.id)).toEqual(['one']);
  expect(suite.decide(new Map([['only', []]]))).toEqual([]);
  expect(suite.members('quick')['only']).toMatchObject({ dataset: { name: 'repeats' } });
});
