/**
 * How often each kind of judge is recognised, and how often a good one is called what it is not:
 * `node dist/test/bench/judge/recognised.js [PAGES]`, so many pages of three seeds, three families, 64
 * prompts and 100 labelled pairs, of which nothing was run.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchupsOf, questionsOf } from '../../../harness/judge/matchups.js';
import { storePaths } from '../../../harness/store/layout.js';
import { sealed } from '../../../harness/store/seal.js';
import type { VerdictRow } from '../../../harness/store/verdicts.js';
import { judging } from '../../../reports/sections/judging.js';
import { verdictRow } from '../../harness/store/verdict-row.js';
import { chance, folderWith, judgeAt, words } from './folder.js';

type Says = (first: string, second: string, prompt: string) => VerdictRow['outcome'];

const better = (a: number, b: number): VerdictRow['outcome'] => (a > b ? 'first' : a < b ? 'second' : 'tie');

/** Judges of one page. */
function judgesOf(page: number, worth: (text: string) => number): Readonly<Record<string, Says>> {
  const drawn = (what: string, ...texts: readonly string[]): number => chance(page, what, ...texts);
  const good: Says = (first, second) => better(worth(first), worth(second));
  const noisy: Says = (first, second, prompt) => {
    if (drawn('noise', first, second, prompt) >= 0.25) return good(first, second, prompt);
    return drawn('side', first, second, prompt) < 0.5 ? 'first' : 'second';
  };
  const long: Says = (first, second) => better(first.length, second.length);
  return {
    good,
    'wrong one time in eight': noisy,
    'at random': (...texts) =>
      (['first', 'second', 'tie'] as const)[Math.floor(3 * drawn('coin', ...texts))]!,
    'first shown': () => 'first',
    'first shown one time in five': (...texts) => (drawn('lean', ...texts) < 0.2 ? 'first' : noisy(...texts)),
    longer: long,
    'longer three times in ten': (...texts) => (drawn('long', ...texts) < 0.3 ? long : noisy)(...texts),
  };
}

const SENTENCES = {
  place: /prefers the answer shown/,
  length: /prefers (longer|shorter) answers/,
  random: /answers at random/,
  follows: /follow the place/,
  guess: /not told apart from a guess/,
} as const;

const found: Record<string, Record<string, number>> = {};
const pages = Number(process.argv[2] ?? 20);
for (let page = 0; page < pages; page++) {
  const dir = mkdtempSync(join(tmpdir(), 'tiltyard-judges-'));
  try {
    for (const { name, sentences } of pageOf(dir, page)) {
      const row = (found[name] ??= Object.fromEntries(Object.keys(SENTENCES).map((what) => [what, 0])));
      for (const [what, pattern] of Object.entries(SENTENCES))
        if (pattern.test(sentences.join('\n'))) row[what]!++;
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
console.table(found);

function pageOf(dir: string, page: number) {
  const worth = (text: string): number => chance('worth', page, text);
  const says = judgesOf(page, worth);
  const judges = Object.keys(says).map((name) => judgeAt('http://127.0.0.1:1/v1', { name }));
  const stored = folderWith(dir, {
    judges,
    seeds: 3,
    prompts: 64,
    families: ['one', 'two', 'three'],
    pairs: 34,
    answer: (who, seed, prompt) => {
      const text = words(who, seed, prompt, page);
      return { text, gold: worth(text) };
    },
    pair: (seed, at) => {
      const [x, y] = [words('x', seed, at, page), words('y', seed, at, page)];
      return worth(x) > worth(y) ? { chosen: x, rejected: y } : { chosen: y, rejected: x };
    },
  });
  const rows = judges.flatMap((judge) =>
    questionsOf(matchupsOf(stored, judge)).map(({ key, first, second, prompt, about }) =>
      sealed(
        verdictRow(key, { judge: judge.name, outcome: says[judge.name]!(first, second, prompt), about }),
      ),
    ),
  );
  writeFileSync(storePaths(dir).verdicts, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return judging(stored, null)!.judges;
}
