import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TiltyardError } from '../errors.js';
import { requirePlainFile } from '../plain-file.js';
import { writeJsonAtomic } from './atomic.js';
import { firstRows, streamJsonl, truncateJsonl } from './jsonl.js';
import { storePaths } from './layout.js';
import { isWhole, readSealed, type Sealed, sealed } from './seal.js';

/** What a judge said of two answers by the places in which it was shown them, or why it said nothing. */
export type Verdict = 'first' | 'second' | 'tie';
/**
 * `refused`, `empty`, `unreadable`: it answered, and no verdict could be read; `no-answer`: no call brought
 * one; `stopped`: calls were made before the pass was stopped, and the question is still open.
 */
export type VerdictOutcome = Verdict | 'refused' | 'empty' | 'unreadable' | 'no-answer' | 'stopped';

/** A line of verdicts.jsonl: a question, and what came of it. The last of a key counts. */
export interface VerdictRow extends Sealed {
  /** SHA-256 of judge, model, rubric, prompt and both answers in the order in which they were shown, hex. */
  readonly key: string;
  readonly judge: string;
  readonly outcome: VerdictOutcome;
  /** Its reason in its own words, or what went wrong; cut. */
  readonly why: string | null;
  /** All that it said, cut; null where nothing was said. */
  readonly answer: string | null;
  /** The model that its server says has answered. */
  readonly servedBy: string | null;
  /** Calls that this took, and the tokens that the server counted for them; where it did not, by letters. */
  readonly calls: number;
  readonly tokens: { readonly prompt: number; readonly completion: number; readonly estimated: boolean };
  /** What was wrong with each call that brought no answer, in their order. */
  readonly failures: readonly string[];
  /** Where its texts stood when it was asked: the prompt's id, the two answers. */
  readonly about: { readonly prompt: string; readonly first: string; readonly second: string };
  readonly clock: { readonly atMs: number; readonly ms: number };
}

/** verdicts.seal.json: what verdicts.jsonl held when a pass of judging had ended; rows may follow. */
export interface VerdictsSeal extends Sealed {
  readonly rows: number;
  /** SHA-256 of the bytes of these rows, hex. */
  readonly digest: string;
}

/** The verdicts of a folder: what is known of each question, and a place to put the next. */
export class Verdicts {
  /** By key, the last row of each. */
  readonly known = new Map<string, VerdictRow>();
  /** Every row, by judge. */
  readonly rows = new Map<string, VerdictRow[]>();
  private file: number | null = null;
  private readonly path: string;
  private readonly sealPath: string;

  /** @throws TiltyardError for rows that are not as they were written */
  constructor(dir: string) {
    const { verdicts, verdictsSeal } = storePaths(dir);
    [this.path, this.sealPath] = [verdicts, verdictsSeal];
    for (const row of readVerdicts(dir)) this.take(row);
  }

  /** Keeps a row: on the disk when this returns, so that no kill loses a verdict that was paid for. */
  append(row: Omit<VerdictRow, 'seal'>): void {
    const kept = sealed(row);
    this.file ??= this.open();
    writeFileSync(this.file, `${JSON.stringify(kept)}\n`);
    fsyncSync(this.file);
    this.take(kept);
  }

  /** Ends a pass: says what the file holds. */
  close(): void {
    if (this.file === null) return;
    closeSync(this.file);
    this.file = null;
    const rows = [...this.rows.values()].reduce((n, own) => n + own.length, 0);
    writeJsonAtomic(this.sealPath, sealed({ rows, digest: firstRows(this.path, rows)! }));
  }

  /** What a kill left of a last row goes, or the next would stand on its line. */
  private open(): number {
    truncateJsonl(this.path, () => true);
    mkdirSync(dirname(this.path), { recursive: true });
    return openSync(this.path, 'a');
  }

  private take(row: VerdictRow): void {
    this.known.set(row.key, row);
    const own = this.rows.get(row.judge);
    if (own === undefined) this.rows.set(row.judge, [row]);
    else own.push(row);
  }
}

/** All rows, in their order; none where nothing was judged. */
export const readVerdicts = (dir: string): VerdictRow[] => [
  ...streamJsonl<VerdictRow>(storePaths(dir).verdicts, [
    'key',
    'judge',
    'outcome',
    'calls',
    'tokens',
    'about',
  ]),
];

/** Rows that are as they were written, in their order: what a report counts, whatever became of others. */
export function wholeVerdicts(dir: string): VerdictRow[] {
  const { verdicts } = storePaths(dir);
  if (!existsSync(verdicts)) return [];
  requirePlainFile(verdicts);
  return readFileSync(verdicts, 'utf8')
    .split('\n')
    .flatMap((line) => wholeRow(line) ?? []);
}

function wholeRow(line: string): VerdictRow | null {
  try {
    const row = JSON.parse(line) as VerdictRow;
    return isWhole(row) === true && isRow(row) ? row : null;
  } catch {
    return null;
  }
}

const isRow = ({ key, judge, calls, tokens: { prompt, completion } }: VerdictRow): boolean =>
  typeof key === 'string' && typeof judge === 'string' && [calls, prompt, completion].every(Number.isInteger);

/**
 * What of a folder's verdicts is not as it was written.
 * @param live whether a process works on the folder, or was killed while it did
 * @param say told of a file and what is the matter
 */
export function verdictDamages(dir: string, live: boolean, say: (file: string, what: string) => void): void {
  const { verdicts, verdictsSeal } = storePaths(dir);
  if (existsSync(verdicts)) {
    requirePlainFile(verdicts);
    const lines = readFileSync(verdicts, 'utf8').split('\n');
    // Behind the last line's end lies nothing, or what a kill left of one more.
    for (const [i, line] of lines.slice(0, -1).entries())
      if (wholeRow(line) === null) say(verdicts, `row ${i + 1} is not what was written there`);
  }
  if (!existsSync(verdictsSeal)) {
    // Whoever asks owns the folder, and seals what it leaves before it gives it back.
    if (!live && existsSync(verdicts)) say(verdictsSeal, 'is gone');
    return;
  }
  let seal: VerdictsSeal;
  try {
    seal = readSealed<VerdictsSeal>(verdictsSeal);
  } catch (error) {
    if (!(error instanceof TiltyardError)) throw error;
    say(verdictsSeal, 'is not what was written there');
    return;
  }
  if (!existsSync(verdicts)) say(verdicts, 'is gone');
  else if (firstRows(verdicts, seal.rows) !== seal.digest)
    say(verdicts, `has not the ${seal.rows} rows written`);
}
