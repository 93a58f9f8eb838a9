import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../harness/environment.js';
import { matchupsOf, questionsOf } from '../../../harness/judge/matchups.js';
import { settles } from '../../../harness/judge/pass.js';
import { judgeRequest } from '../../../harness/judge/request.js';
import { storePaths } from '../../../harness/store/layout.js';
import { readVerdicts, verdictDamages } from '../../../harness/store/verdicts.js';
import { chance, folderWith, judgeAt } from './folder.js';
import { FAULTS, judgeServer } from './server.js';

/** How large, and how often it is killed. */
export interface KilledOptions {
  readonly seeds: number;
  readonly prompts: number;
  readonly pairs: number;
  readonly kills: number;
  /** Milliseconds within which a kill comes. */
  readonly within: number;
}

/** What came of a judging that was killed again and again, and gone on with each time. */
export interface Killed {
  readonly kills: number;
  /** Questions that the server saw, and rows that settle one. */
  readonly questions: number;
  readonly rows: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Calls that the server failed, by how. */
  readonly faults: Readonly<Record<string, number>>;
  /** Questions whose verdict was on the disk when they were asked once more: none may be. */
  readonly askedAgain: number;
  /** Calls whose whole answer was sent, of a question that had one: at a kill as many as were under way. */
  readonly answeredAgain: number;
  /** Keys that two settling rows have: none may. */
  readonly twice: number;
  /** Questions without a settling row: none may be. */
  readonly missing: number;
  readonly calls: number;
  readonly damages: readonly string[];
}

/** Share of first and second calls of a question that fail, one way or another. */
const FAULTY = 0.3;

/** A judge that fails in all eight ways is asked by a process that is killed at random moments. */
export async function judgeKilled(dir: string, options: KilledOptions, seed: string): Promise<Killed> {
  const { seeds, prompts, pairs } = options;
  const faults: Record<string, number> = {};
  const settled = new Set<string>();
  let askedAgain = 0;
  const server = await judgeServer({
    winner: ({ a, b }) => (chance(a, b) < 0.1 ? 'tie' : chance(a) > chance(b) ? 'A' : 'B'),
    fault: ({ shown, before }) => {
      if (settled.has(shown.fence)) askedAgain++;
      if (before > 1 || chance('fails', seed, shown.fence, before) > FAULTY) return null;
      const fault = FAULTS[Math.floor(FAULTS.length * chance('how', seed, shown.fence, before))]!;
      faults[fault] = (faults[fault] ?? 0) + 1;
      return fault;
    },
  });
  const judge = judgeAt(server.url, { labelledPairs: pairs });
  const stored = folderWith(dir, { judges: [judge], seeds, prompts, pairs: Math.ceil(pairs / seeds) });
  const questions = questionsOf(matchupsOf(stored, judge));
  const fences = new Map(
    questions.map((question) => [question.key, judgeRequest(judge, question, question.key, 'schema').fence]),
  );
  try {
    let kills = 0;
    for (;;) {
      // What is on the disk before a process begins is not to be asked again by it.
      for (const row of readVerdicts(dir)) if (settles(row)) settled.add(fences.get(row.key)!);
      const after = kills < options.kills ? options.within * chance('kill', seed, kills) : null;
      const code = await asked([dir, server.url, seeds, prompts, pairs].map(String), after);
      if (code === 0) break;
      if (after === null) throw new Error(`the judging ended with ${code}`);
      kills++;
    }
    const rows = readVerdicts(dir);
    const settling = rows.filter((row) => settles(row));
    const outcomes: Record<string, number> = {};
    for (const { outcome } of settling) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    return {
      kills,
      questions: fences.size,
      rows: settling.length,
      outcomes,
      faults,
      askedAgain,
      answeredAgain: [...server.answered.values()].reduce((sum, times) => sum + times - 1, 0),
      twice: settling.length - new Set(settling.map(({ key }) => key)).size,
      missing: [...fences.keys()].filter((key) => !settling.some((row) => row.key === key)).length,
      calls: server.calls.length,
      damages: damagesOf(dir),
    };
  } finally {
    await server.close();
  }
}

function damagesOf(dir: string): string[] {
  const found: string[] = [];
  verdictDamages(dir, false, (file, what) => found.push(`${file}: ${what}`));
  return found;
}

/** @param after milliseconds until it is killed; null: never @returns its exit code; null: it was killed */
async function asked(args: readonly string[], after: number | null): Promise<number | null> {
  const script = join(packageRoot(), 'dist', 'test', 'bench', 'judge', 'asker.js');
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  if (after === null) return (await ended)[0];
  // From its first row on: a kill while it starts tells nothing.
  const before = sizeOf(args[0]!);
  const watch = setInterval(() => {
    if (sizeOf(args[0]!) === before) return;
    clearInterval(watch);
    setTimeout(() => child.kill('SIGKILL'), after);
  }, 5);
  const [code] = await ended;
  clearInterval(watch);
  return code;
}

const sizeOf = (dir: string): number =>
  statSync(storePaths(dir).verdicts, { throwIfNoEntry: false })?.size ?? 0;
