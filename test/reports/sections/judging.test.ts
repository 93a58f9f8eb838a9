import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { matchupsOf, questionsOf } from '../../../harness/judge/matchups.js';
import type { LlmJudge } from '../../../harness/store/experiment.js';
import type { StoredExperiment } from '../../../harness/store/read.js';
import { storePaths } from '../../../harness/store/layout.js';
import { sealed } from '../../../harness/store/seal.js';
import { readVerdicts, type VerdictOutcome } from '../../../harness/store/verdicts.js';
import type { Judging, LlmJudgeReport } from '../../../reports/report/judging.js';
import { judging } from '../../../reports/sections/judging.js';
import { chance, folderWith, type FolderOptions, judgeAt, words } from '../../bench/judge/folder.js';
import { verdictRow } from '../../harness/store/verdict-row.js';
import { temporary } from '../../support.js';

const root = temporary();
let folders = 0;

/** What a judge says of two answers as they are shown. */
type Says = (first: string, second: string, prompt: string) => VerdictOutcome | null;

/** How good an answer is: what good judges see. */
const worth = (text: string): number => chance('worth', text);
const better = (a: number, b: number): VerdictOutcome => (a > b ? 'first' : a < b ? 'second' : 'tie');

const COIN: Says = (first, second, prompt) =>
  (['first', 'second', 'tie'] as const)[Math.floor(3 * chance('coin', first, second, prompt))]!;
const GOOD: Says = (first, second) => better(worth(first), worth(second));
const LONG: Says = (first, second) => better(first.length, second.length);
const PLACE: Says = () => 'first';
/** Sees what is better, four times in five, and else takes the first. */
const LEANING: Says = (first, second, prompt) =>
  chance('lean', first, second, prompt) < 0.3 ? 'first' : GOOD(first, second, prompt);

/** What judges are asked about. */
const WORLD: Partial<FolderOptions> = {
  seeds: 3,
  prompts: 40,
  pairs: 34,
  answer: (who, seed, prompt) => {
    const text = words(who, seed, prompt);
    return { text, gold: worth(text) };
  },
  pair: (seed, at) => {
    const two = [words('x', seed, at), words('y', seed, at)];
    const [chosen, rejected] = worth(two[0]!) > worth(two[1]!) ? two : two.reverse();
    return { chosen: chosen!, rejected: rejected! };
  },
};

/** Reports of a folder whose judges said so; every question is asked but those that give null. */
function reported(
  judges: Readonly<Record<string, Says>>,
  options: Partial<FolderOptions> = {},
): { report: Judging; stored: StoredExperiment } {
  const dir = join(root, String(folders++));
  const settings = Object.keys(judges).map((name) => judgeAt('http://127.0.0.1:1/v1', { name }));
  const stored = folderWith(dir, {
    judges: settings,
    ...WORLD,
    ...options,
  });
  const rows = settings.flatMap((judge) => answers(stored, judge, judges[judge.name]!));
  write(dir, rows);
  return { report: judging(stored, null)!, stored };
}

/** As `Verdicts` writes them, but for waiting for the disk after each. */
const write = (dir: string, rows: readonly object[]): void =>
  writeFileSync(storePaths(dir).verdicts, rows.map((row) => `${JSON.stringify(sealed(row))}\n`).join(''));

const answers = (stored: StoredExperiment, judge: LlmJudge, says: Says): object[] =>
  questionsOf(matchupsOf(stored, judge)).flatMap(({ key, first, second, prompt, about }) => {
    const outcome = says(first, second, prompt);
    if (outcome === null) return [];
    const tokens = { prompt: 10, completion: 1, estimated: false };
    return [verdictRow(key, { judge: judge.name, outcome, tokens, about })];
  });

const one = (says: Says, options: Partial<FolderOptions> = {}): LlmJudgeReport =>
  reported({ j: says }, options).report.judges[0]!;
const all = ({ sentences }: LlmJudgeReport): string => sentences.join('\n');

describe('each kind of judge is recognised by its figures', () => {
  test('one that takes the answer shown first', () => {
    const found = one(PLACE);
    expect(found.ways.firstShown!.mean).toBe(1);
    expect(found.sentences[0]).toMatch(/follow the place in which an answer is shown and not the answer/);
    expect(all(found)).toMatch(/It prefers the answer shown first: 100\.0%/);
    // It is kept out of the rates: every policy wins half.
    for (const { winRate } of found.policies) expect(winRate!.mean).toBe(0.5);
    expect(found.ways.sameBothWays!.mean).toBe(0);
  });
  test('one that takes the longer answer', () => {
    const found = one(LONG);
    expect(found.ways.longerWins!.mean).toBe(1);
    expect(found.lengthSlope!.ci![0]).toBeGreaterThan(0);
    expect(all(found)).toMatch(/It prefers longer answers: the longer answer wins 100\.0%/);
    expect(all(found)).toMatch(/No preference for a place is told/);
    expect(all(found)).not.toMatch(/at random/);
  });
  test('one that takes the shorter answer', () =>
    expect(all(one((first, second) => better(second.length, first.length)))).toMatch(
      /It prefers shorter answers/,
    ));
  test('one that answers at random', () => {
    const found = one(COIN);
    expect(found.sentences[0]).toMatch(/Nothing tells it from a judge that answers at random/);
    expect(found.kappaBothWays!.ci![0]).toBeLessThan(0);
    expect(all(found)).toMatch(/not told apart from a guess/);
    expect(all(found)).toMatch(/No preference for length is told/);
  });
  test('one that sees what is better', () => {
    const found = one(GOOD);
    expect(found.labels.agreement!.mean).toBe(1);
    expect(found.ways.likeGold!.mean).toBe(1);
    expect(found.kappaBothWays!.mean).toBe(1);
    expect(all(found)).not.toMatch(/at random|It prefers|guess/);
    // Its rates are those of gold.
    for (const { winRate, byGold } of found.policies) expect(winRate!.mean).toBeCloseTo(byGold!.mean, 12);
  });
  test('one that sees it and leans to the first answer', () => {
    const found = one(LEANING);
    expect(all(found)).toMatch(/It prefers the answer shown first/);
    expect(all(found)).not.toMatch(/say nothing/);
    expect(found.labels.agreement!.ci![0]).toBeGreaterThan(0.5);
  });
  test('in four of five repetitions and more, and a good one is called biased in one at most', () => {
    const again = (says: Says, what: RegExp): number =>
      Array.from({ length: 5 }, (_, i) =>
        one((first, second, prompt) => says(first, second, `${prompt}${i}`), {
          answer: (who, seed, prompt) => {
            const text = words(who, seed, prompt, i);
            return { text, gold: worth(text) };
          },
          pair: (seed, at) => {
            const two = [words('x', seed, at, i), words('y', seed, at, i)];
            const [chosen, rejected] = worth(two[0]!) > worth(two[1]!) ? two : two.reverse();
            return { chosen: chosen!, rejected: rejected! };
          },
        }),
      ).filter((found) => what.test(all(found))).length;
    expect(again(COIN, /answers at random/)).toBeGreaterThanOrEqual(4);
    expect(again(LEANING, /prefers the answer shown first/)).toBeGreaterThanOrEqual(4);
    expect(again(GOOD, /It prefers|at random|guess/)).toBeLessThanOrEqual(1);
  });
});

describe('what no verdict came of', () => {
  const failing: Says = (first, second, prompt) => {
    const at = chance('fails', first, second);
    if (at < 0.1) return 'unreadable';
    if (at < 0.2) return 'refused';
    if (at < 0.25) return 'empty';
    if (at < 0.3) return 'no-answer';
    return at < 0.4 ? null : GOOD(first, second, prompt);
  };
  test('is counted, said, and never a loss', () => {
    const found = one(failing);
    const { questions, verdicts, refused, empty, unreadable, noAnswer, notAsked } = found.counts;
    expect(questions).toBe(2 * 2 * 3 * 40);
    expect(verdicts + refused + empty + unreadable + noAnswer + notAsked).toBe(questions);
    expect(Math.min(refused, empty, unreadable, noAnswer, notAsked)).toBeGreaterThan(0);
    expect(all(found)).toMatch(/refused; .*nothing; .*unreadably; .*every retry; .*not asked yet/);
    expect(all(found)).toMatch(/None of these counts as a loss/);
    for (const { judged, pairs, winRate, byGold } of found.policies) {
      expect(judged).toBeLessThan(pairs);
      expect(judged).toBeGreaterThan(0);
      // What is lacking lacks on both sides, so that the rate is still that of what is there.
      expect(winRate!.mean).toBeCloseTo(byGold!.mean, 12);
    }
  });
  test('a policy that always wins wins all of what could be read', () => {
    const found = one(
      (first, second, prompt) => {
        if (chance('fails', first, second) < 0.3) return 'unreadable';
        return first.startsWith('policy') === second.startsWith('policy')
          ? GOOD(first, second, prompt)
          : better(Number(first.startsWith('policy')), Number(second.startsWith('policy')));
      },
      {
        answer: (who, seed, prompt) => ({
          text: `${who === 'start' ? 'start' : 'policy'} ${words(who, seed, prompt)}`,
          gold: null,
        }),
      },
    );
    for (const { winRate } of found.policies) expect(winRate!.mean).toBe(1);
  });
  test('where nothing was asked, nothing is said but that', () => {
    const found = one(() => null);
    expect(found.sentences).toEqual([expect.stringMatching(/^0 verdicts on 680 questions: 680 not asked/)]);
    expect(found.policies.map(({ winRate }) => winRate)).toEqual([null, null]);
  });
  test('two answers of one text are a tie that nobody is asked about', () => {
    const found = one(GOOD, { answer: (_, seed, prompt) => ({ text: words(seed, prompt), gold: 1 }) });
    expect(found.counts.questions).toBe(0);
    expect(found.policies.map(({ identical, judged }) => [identical, judged])).toEqual([
      [120, 120],
      [120, 120],
    ]);
    expect(found.policies[0]!.winRate!.mean).toBe(0.5);
  });
});

describe('several judges', () => {
  let report: Judging;
  beforeAll(() => {
    ({ report } = reported({ good: GOOD, long: LONG, coin: COIN }));
  });
  test('are held against each other, pair by pair', () => {
    expect(report.agreement.map(({ a, b }) => `${a} ${b}`)).toEqual(['good long', 'good coin', 'long coin']);
    for (const { kappa } of report.agreement) {
      expect(kappa!.ci![0]).toBeLessThan(0.2);
      expect(kappa!.mean).toBeLessThan(0.3);
    }
    expect(reported({ good: GOOD, same: GOOD }).report.agreement[0]!.kappa!.mean).toBe(1);
  });
  test('each has the page’s question', () => {
    for (const { question } of report.judges) {
      expect(question).toMatchObject({ a: 'RL', b: 'offline', verdict: expect.any(String) as string });
    }
  });
  test('a side that is always better is ahead under a judge that sees it', () => {
    const found = one((first, second, prompt) => GOOD(first, second, prompt), {
      answer: (who, seed, prompt) => {
        // Of some tries, RL has the best, the other the worst.
        const tries = Array.from({ length: 12 }, (_, i) => words(who, seed, prompt, i));
        const sorted = tries.sort((x, y) => worth(x) - worth(y));
        const text = who === 'one' ? sorted.at(-1)! : who === 'start' ? sorted[6]! : sorted[0]!;
        return { text, gold: worth(text) };
      },
    });
    expect(found.question).toMatchObject({ a: 'RL', b: 'offline', verdict: 'ahead' });
    expect(all(found)).toMatch(/Under this judge RL minus offline, in win rate over the start: .*: ahead/);
  });
});

describe('the section', () => {
  test('is nothing without a judge', () =>
    expect(judging(folderWith(join(root, 'none'), { judges: [] }), null)).toBeNull());
  test('follows from the stored rows, to the byte, whatever their order', () => {
    const { report, stored } = reported({ j: LEANING });
    const dir = join(root, 'shuffled');
    const judge = stored.experiment.evaluation.judges![0]!;
    const other = folderWith(dir, {
      judges: [judge],
      ...WORLD,
    });
    write(dir, readVerdicts(stored.dir).reverse());
    expect(JSON.stringify(judging(other, null))).toBe(JSON.stringify(report));
  });
  test('length is counted of the raw rate by one that likes it', () => {
    // The policies are longer and no better: a judge of length lets them win, at equal length it does not.
    const found = one(
      (first, second) => better(first.length + 8 * chance(first), second.length + 8 * chance(second)),
      {
        answer: (who, seed, prompt) => {
          const text = words(who, seed, prompt) + (who === 'start' ? '' : ' and so on and on and on');
          return { text, gold: null };
        },
      },
    );
    for (const { winRate, lengthControlled } of found.policies) {
      expect(winRate!.mean).toBeGreaterThan(0.6);
      expect(lengthControlled!.mean).toBeLessThan(winRate!.mean - 0.1);
    }
  });
});
