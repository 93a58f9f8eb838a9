import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { comparisons } from '../../../harness/judge/comparisons.js';
import { matchupsOf, questionsOf } from '../../../harness/judge/matchups.js';
import { runPaths } from '../../../harness/store/layout.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import type { SampleRow } from '../../../harness/store/records.js';
import { ruleOf } from '../../../reports/sections/answer.js';
import { gather } from '../../../reports/sections/gather.js';
import { tune } from '../../../reports/sections/tuned.js';
import { folderWith, judgeAt } from '../../bench/judge/folder.js';
import { type HandRun, handStore, START } from '../../reports/store.js';
import { temporary } from '../../support.js';

const root = temporary();
let n = 0;
const fresh = (): string => join(root, String(n++));

const point = (kl: number, proxy: number) => ({ kl, gold: 0, proxy });
const runs: HandRun[] = [0, 1, 2].flatMap((seed): HandRun[] => [
  { label: START, seed, gold: [0, 0, 0, 0], samples: 2 },
  ...[1, 2, 3].map(
    (k): HandRun => ({
      label: `mine[beta=${k}]`,
      stage: 'mine',
      seed,
      gold: [1, 1, 1, 1],
      samples: 2,
      reward: 'r',
      curve: [point(0, 0), point(k, (k * 7 + seed * 5) % 11)],
      chooser: [0, (k * 3 + seed * 4) % 7],
    }),
  ),
  { label: 'other', seed, gold: [0, 1, 0, 1], samples: 2, curve: [point(0, 0), point(1, 1)], reward: 'r' },
]);

describe('what language models judge', () => {
  test.each(['proxy', 'chooser'] as const)('is what the page’s tuning takes, by the %s', (by) => {
    const stored = handStore(fresh(), runs, { tuning: { equal: false, by } });
    const gathered = gather(stored);
    expect(ruleOf(gathered)).toBe(by);
    for (const family of gathered.families.filter(({ stage }) => stage === 'mine')) {
      const tuned = tune(family, by);
      if ('reason' in tuned) throw new Error(tuned.reason);
      const taken = comparisons(stored, 'chosen').found.filter(({ stage }) => stage === 'mine');
      expect(taken.map(({ run }) => run.spec.id)).toEqual(
        tuned.choices.map(({ entry }) => entry.run.spec.id),
      );
    }
  });
  test('of a family without a score is nothing, which is said; of all configurations is all', () => {
    const unscored = runs.map(({ chooser: _, ...run }) => run);
    const stored = handStore(fresh(), unscored, { tuning: { equal: false, by: 'chooser' } });
    const { found, missing } = comparisons(stored, 'chosen');
    expect(missing).toEqual(['mine: nothing could choose among its configurations']);
    expect(found.map(({ stage }) => stage)).toEqual(['other', 'other', 'other']);
    expect(comparisons(stored, 'all').found).toHaveLength(12);
  });
  test('are runs that finished, and no control', () => {
    const some = runs.map((run, i) => (i === 4 ? { ...run, role: 'control' as const } : run));
    const stored = handStore(
      fresh(),
      some.map((run, i) => (i === 9 ? { ...run, outcome: 'failed' as const } : run)),
      { tuning: { equal: false, by: 'proxy' } },
    );
    expect(comparisons(stored, 'all').found).toHaveLength(10);
  });
  test('is the first sample against the second of the start, which shares no stream with it', () => {
    const stored = handStore(fresh(), runs, { tuning: { equal: false, by: 'proxy' } });
    const judge = judgeAt('http://x/v1', { labelledPairs: 0 });
    for (const { dir, spec } of stored.runs) {
      const { samples } = runPaths(dir);
      const rows = readJsonl<SampleRow>(samples).map((row) => ({
        ...row,
        completion: `${spec.id} ${row.promptId} ${row.sample}`,
      }));
      writeFileSync(samples, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    }
    const { policies } = matchupsOf(stored, judge);
    expect(policies).toHaveLength(6);
    for (const { comparison, matchups } of policies) {
      expect(matchups.map(({ a, b }) => [a, b])).toEqual(
        ['p0', 'p1'].map((p) => [`${comparison.run.spec.id} ${p} 0`, `start-s${comparison.seed} ${p} 1`]),
      );
    }
    expect(questionsOf(matchupsOf(stored, { ...judge, prompts: 1 }))).toHaveLength(12);
  });
  test('are labelled pairs, alike many of each seed', () => {
    const judge = judgeAt('http://x/v1', { labelledPairs: 10 });
    const stored = folderWith(fresh(), { judges: [judge], seeds: 3, pairs: 30 });
    const { labelled } = matchupsOf(stored, judge);
    expect([0, 1, 2].map((seed) => labelled.filter((pair) => pair.seed === seed).length)).toEqual([3, 3, 4]);
    expect(matchupsOf(stored, { ...judge, labelledPairs: 0 }).labelled).toEqual([]);
  });
  test('every pair is asked about in both orders', () => {
    const judge = judgeAt('http://x/v1');
    const stored = folderWith(fresh(), { judges: [judge] });
    const questions = questionsOf(matchupsOf(stored, judge));
    const keys = new Set(questions.map(({ key }) => key));
    expect(keys.size).toBe(questions.length);
    for (let i = 0; i < questions.length; i += 2) {
      const [one, other] = [questions[i]!, questions[i + 1]!];
      expect([one.first, one.second, one.prompt]).toEqual([other.second, other.first, other.prompt]);
    }
  });
});
