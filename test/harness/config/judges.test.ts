import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveExperiment } from '../../../harness/config/resolve.js';
import type { Overrides } from '../../../harness/config/overrides.js';
import { makePlan } from '../../../harness/config/plan.js';
import { DEFAULT_RUBRIC } from '../../../harness/judge/rubric.js';
import type { Experiment } from '../../../harness/store/experiment.js';
import { blinded } from '../../../harness/tune/round.js';
import { temporary } from '../../support.js';

const dir = temporary();
const model = { url: 'http://localhost:8000/v1', model: 'some-model' };

const draft = (judge?: unknown): object => ({
  name: 'judged',
  seeds: 1,
  dataset: { name: 'reviews' },
  collect: { from: 'sft' },
  stages: {
    sft: { algorithm: 'sft', completions: 'corpus' },
    reward: { algorithm: 'bt-reward', start: 'sft' },
    mine: { algorithm: 'dpo', start: 'sft' },
  },
  evaluation: judge === undefined ? {} : { judge },
});
const evaluation = (judge?: unknown, overrides: Overrides = {}): Experiment['evaluation'] =>
  resolveExperiment(draft(judge), 'file.yaml', overrides, dir).evaluation;

describe('evaluation.judge', () => {
  test('is a stage, a language model, or a list of both', () => {
    expect(evaluation()).toMatchObject({ judge: null });
    expect(evaluation()).not.toHaveProperty('judges');
    expect(evaluation('reward')).toMatchObject({ judge: 'reward' });
    expect(evaluation(model)).toMatchObject({ judge: null, judges: [{ name: 'some-model', ...model }] });
    const both = evaluation(['reward', model, { ...model, name: 'second', keyFrom: 'KEY' }]);
    expect(both.judge).toBe('reward');
    expect(both.judges!.map(({ name, keyFrom }) => [name, keyFrom])).toEqual([
      ['some-model', null],
      ['second', 'KEY'],
    ]);
  });
  test('has its defaults filled, in a list too', () => {
    const filled = {
      rubric: DEFAULT_RUBRIC,
      policies: 'chosen',
      prompts: 64,
      labelledPairs: 100,
      form: 'schema',
      maxAnswerTokens: 256,
      concurrency: 4,
      timeoutSeconds: 60,
      retries: 5,
      maxCalls: null,
      maxTokens: null,
    };
    expect(evaluation(model).judges![0]).toMatchObject(filled);
    expect(evaluation([model]).judges![0]).toMatchObject(filled);
  });
  test('brings its rubric as a file, of which the text is kept', () => {
    writeFileSync(join(dir, 'rubric.txt'), '  The shorter the better.\n');
    expect(evaluation({ ...model, rubric: 'rubric.txt' }).judges![0]!.rubric).toBe('The shorter the better.');
  });

  test.each([
    ['http://localhost:8000', 'http://localhost:8000/v1'],
    ['http://localhost:8000/', 'http://localhost:8000/v1'],
    ['https://example.org/api/v2/', 'https://example.org/api/v2'],
    ['http://localhost:1/v1/chat/completions', 'http://localhost:1/v1'],
  ])('has a base: %s', (url, base) => expect(evaluation({ ...model, url }).judges![0]!.url).toBe(base));

  test.each([
    ['two stages', ['reward', 'sft'], /names the stages reward and sft; one reward at most/],
    ['two of one name', [model, model], /two are called 'some-model'/],
    ['no model', { url: model.url }, /key 'model' is missing/],
    ['an unknown key', { ...model, modle: 'x' }, /unknown key 'evaluation\.judge\.modle'/],
    ['a key itself', { ...model, keyFrom: 'sk-12 34' }, /keyFrom/],
    ['no address', { ...model, url: 'localhost' }, /is no address/],
    ['another protocol', { ...model, url: 'ftp://x' }, /is not http or https/],
    [
      'a rubric that is not there',
      { ...model, rubric: 'none.txt' },
      /evaluation\.judge\.rubric: .*none\.txt/,
    ],
    ['an empty list', [], /must NOT have fewer than 1 items/],
    ['a number', 3, /should be string or object or array or null/],
    ['an impossible limit', { ...model, maxCalls: 0 }, /maxCalls/],
  ])('refuses %s', (_, judge, message) => expect(() => evaluation(judge)).toThrow(message));
  test('refuses a password in an address, and does not repeat it', () => {
    const tried = (url: string) => () => evaluation({ ...model, url });
    expect(tried('http://me:hunter2@host/v1')).toThrow(/has a password in it; .*keyFrom/);
    for (const url of ['http://me:hunter2@host/v1', 'http://host/v1?key=hunter2']) {
      expect(tried(url)).toThrow(expect.not.stringContaining('hunter2') as unknown as string);
      try {
        tried(url)();
      } catch (error) {
        expect((error as Error).message).not.toContain('hunter2');
      }
    }
  });
});

describe('--judge', () => {
  const flags = { judge: model.url, judgeModel: 'other' };
  test('is one more judge beside those of the file', () => {
    expect(evaluation(undefined, flags).judges!.map(({ name }) => name)).toEqual(['other']);
    const beside = evaluation('reward', { ...flags, judgeKey: 'KEY' });
    expect(beside).toMatchObject({ judge: 'reward', judges: [{ name: 'other', keyFrom: 'KEY' }] });
  });
  test('can be set further, by its place', () =>
    expect(
      evaluation('reward', { ...flags, set: ['evaluation.judge.1.prompts=4'] }).judges![0]!.prompts,
    ).toBe(4));
  test.each([
    [{ judge: model.url }, /--judge .*: which model\? name it with --judge-model/],
    [{ judgeModel: 'x' }, /--judge-model: of which server\?/],
    [{ judgeKey: 'X' }, /--judge-key: of which server\?/],
    [
      { ...flags, set: ['evaluation.judge.3.prompts=4'] },
      /is a list, whose entries are called 0; '3' is none/,
    ],
    [{ ...flags, set: ['evaluation.judge.name=x'] }, /is a list/],
  ])('%o is refused', (overrides, message) =>
    expect(() => evaluation(undefined, overrides)).toThrow(message),
  );
});

describe('what trains and what chooses', () => {
  const planned = async (judge?: unknown) =>
    (await makePlan(resolveExperiment(draft(judge), 'test'), '/', 'test')).runs;
  test('is the same run, to its id, whatever language model judges', async () =>
    expect(await planned(model)).toEqual(await planned()));
  test('tuning knows of none', () => {
    const { evaluation: left } = blinded(resolveExperiment(draft(model), 'test'), [0]);
    expect(left).not.toHaveProperty('judges');
    expect(left.judge).toBeNull();
  });
});
