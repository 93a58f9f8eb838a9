import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_RUBRIC } from '../../../harness/judge/rubric.js';
import type { LlmJudge } from '../../../harness/store/experiment.js';
import { runPaths } from '../../../harness/store/layout.js';
import type { StoredExperiment, StoredRun } from '../../../harness/store/read.js';
import type { OutcomeRow, PairRow, SampleRow } from '../../../harness/store/records.js';
import type { RunSpec } from '../../../harness/store/spec.js';

/** A judge with nothing in it that waits for long. */
export const judgeAt = (url: string, more: Partial<LlmJudge> = {}): LlmJudge => ({
  name: 'judge',
  url,
  model: 'some-model',
  keyFrom: null,
  rubric: DEFAULT_RUBRIC,
  policies: 'chosen',
  prompts: 1000,
  labelledPairs: 100,
  form: 'schema',
  maxAnswerTokens: 256,
  concurrency: 8,
  timeoutSeconds: 0.5,
  retries: 5,
  maxCalls: null,
  maxTokens: null,
  ...more,
});

/** An answer of a policy to a prompt. */
export interface Answer {
  readonly text: string;
  readonly gold: number | null;
}

/** What a folder is made of. */
export interface FolderOptions {
  readonly judges: readonly LlmJudge[];
  readonly seeds?: number;
  readonly prompts?: number;
  readonly families?: readonly string[];
  readonly pairs?: number;
  /** Of `start` or a family, to a prompt of a seed. */
  readonly answer?: (who: string, seed: number, prompt: number) => Answer;
  readonly pair?: (seed: number, at: number) => { readonly chosen: string; readonly rejected: string };
  /** What the policies of a family learn from. */
  readonly learnsFrom?: (family: string) => 'pairs' | 'own-samples';
}

/** A number in [0, 1) that follows from words. */
export const chance = (...words: readonly (string | number)[]): number =>
  createHash('sha256').update(words.join('/')).digest().readUInt32LE(0) / 2 ** 32;

/** Words as many as a chance wants. */
export const words = (...seed: readonly (string | number)[]): string =>
  Array.from({ length: 3 + Math.floor(20 * chance(...seed, 'n')) }, (_, i) =>
    Math.floor(1e6 * chance(...seed, i)).toString(36),
  ).join(' ');

/**
 * Ended runs of a comparison by formula, with samples and held-out pairs: what a judge is asked about.
 * Nothing in it was run.
 */
export function folderWith(dir: string, options: FolderOptions): StoredExperiment {
  const { judges, seeds = 2, prompts = 20, families = ['one', 'two'], pairs = 10 } = options;
  const {
    answer = (who, seed, prompt) => ({
      text: words(who, seed, prompt),
      gold: chance('gold', who, seed, prompt),
    }),
    pair = (seed, at) => ({ chosen: words('chosen', seed, at), rejected: words('rejected', seed, at) }),
    learnsFrom = (family) => (family === 'one' ? 'own-samples' : 'pairs'),
  } = options;
  const runs = Array.from({ length: seeds }, (_, seed) => [
    collected(dir, seed, pairs, pair),
    ...['start', ...families].map((who) => policy(dir, who, seed, prompts, answer)),
  ]).flat();
  const experiment = {
    name: 'by formula',
    seeds: Array.from({ length: seeds }, (_, seed) => seed),
    evaluation: { judges },
    tuning: { by: 'proxy' },
  } as unknown as StoredExperiment['experiment'];
  return {
    dir,
    experiment,
    hash: '',
    source: { name: '', fileHash: '', overrides: [] },
    tiltyard: { version: '', commit: null },
    data: null,
    stages: Object.fromEntries(families.map((name) => [name, { learnsFrom: learnsFrom(name), roles: {} }])),
    runs,
  };
}

function stored(dir: string, spec: Partial<RunSpec>): StoredRun {
  const at = join(dir, 'runs', spec.id!);
  mkdirSync(at, { recursive: true });
  const outcome = { outcome: 'completed', cause: null, summary: {} } as unknown as OutcomeRow;
  return { spec: spec as RunSpec, outcome, dir: at };
}

const lines = (path: string, rows: readonly object[]): void =>
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

function policy(
  dir: string,
  who: string,
  seed: number,
  prompts: number,
  answer: NonNullable<FolderOptions['answer']>,
): StoredRun {
  const isStart = who === 'start';
  const run = stored(dir, {
    id: `${who}-s${seed}`,
    kind: 'train',
    stage: who,
    label: who,
    role: isStart ? 'shared' : 'compared',
    seed,
    inputs: { start: isStart ? null : `start-s${seed}`, pairs: null, reward: null, proxy: null },
  });
  const row = (prompt: number): SampleRow => {
    const { text, gold } = answer(who, seed, prompt);
    return {
      promptId: `test-${prompt}`,
      prompt: `Prompt ${prompt} of seed ${seed}?`,
      sample: 0,
      completion: text,
      tokens: text.length,
      finished: true,
      gold,
      proxy: null,
      logp: null,
      refLogp: null,
      klRaoBlackwell: null,
    };
  };
  lines(
    runPaths(run.dir).samples,
    Array.from({ length: prompts }, (_, prompt) => row(prompt)),
  );
  lines(runPaths(run.dir).evals, [
    { step: 1, split: 'validation', proxyReward: { mean: chance(who, seed), se: null, n: 1 } },
  ]);
  return run;
}

function collected(
  dir: string,
  seed: number,
  pairs: number,
  pair: NonNullable<FolderOptions['pair']>,
): StoredRun {
  const run = stored(dir, {
    id: `collect-s${seed}`,
    kind: 'collect',
    stage: 'collect',
    label: 'collect',
    role: 'shared',
    seed,
    inputs: { start: null, pairs: null, reward: null, proxy: null },
  });
  const row = (at: number): PairRow => ({
    id: `heldout-${at}`,
    prompt: `Held-out ${at} of seed ${seed}?`,
    ...pair(seed, at),
    margin: null,
    goldChosen: null,
    goldRejected: null,
  });
  lines(
    runPaths(run.dir).heldout,
    Array.from({ length: pairs }, (_, at) => row(at)),
  );
  return run;
}
