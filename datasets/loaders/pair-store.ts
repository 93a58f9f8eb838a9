import type { Judgement, Pair, PairTokens } from '../../harness/contracts/dataset.js';
import { lazyList } from '../../harness/lazy-list.js';
import { Spool } from './spool.js';

/** What stands before the three texts of a pair: numbers, all of four bytes but for the margin. */
const NUMBERS = 11;
const HEADER = 4 * NUMBERS + 8;
const FLAGS = { margin: 1, closed: 2, equal: 4, good: 8 };
const CHUNK = 1 << 16;

/** Pairs and what their tokens come to, in a few bytes beside their texts, which need not be in memory. */
export class PairStore {
  /** Where each pair ends. */
  private readonly ends: Float64Array[] = [];
  private count = 0;

  constructor(private readonly spool = new Spool()) {}

  get length(): number {
    return this.count;
  }

  /** @param row its number in the file, which is its id */
  add(row: number, pair: Omit<Pair, 'id'>, tokens: PairTokens, more = 0): void {
    const texts = [pair.prompt, pair.chosen, pair.rejected].map((text) => Buffer.from(text));
    const header = Buffer.alloc(HEADER);
    const flags =
      more |
      (pair.margin === undefined ? 0 : FLAGS.margin) |
      (pair.closed === true ? FLAGS.closed : 0) |
      (tokens.equal ? FLAGS.equal : 0);
    const { prompt, chosen, rejected, ends, unknown } = tokens;
    const lengths = texts.map(({ length }) => length);
    const numbers = [row, ...lengths, flags, prompt, chosen, rejected, ends.chosen, ends.rejected, unknown];
    numbers.forEach((value, i) => header.writeUInt32LE(value, 4 * i));
    header.writeDoubleLE(pair.margin ?? 0, 4 * NUMBERS);
    for (const bytes of [header, ...texts]) this.spool.append(bytes);
    if (this.count % CHUNK === 0) this.ends.push(new Float64Array(CHUNK));
    this.ends.at(-1)![this.count % CHUNK] = this.spool.length;
    this.count++;
  }

  /** A judged completion lies as a pair without a second side; its tokens are counted by whoever asks. */
  addJudged(row: number, { prompt, completion, label, closed = false }: Omit<Judgement, 'id'>): void {
    const none = { prompt: 0, chosen: 0, rejected: 0, equal: false, unknown: 0 };
    const tokens = { ...none, ends: { chosen: 0, rejected: 0 } };
    this.add(row, { prompt, chosen: completion, rejected: '', closed }, tokens, label ? FLAGS.good : 0);
  }

  /** The pairs as they are now; ones that are added later are not among them. */
  pairs(): readonly Pair[] {
    return lazyList(this.count, (index) => this.pair(index));
  }

  /** The judged completions, where such were added. */
  judged(): readonly Judgement[] {
    return lazyList(this.count, (index) => {
      const { id, prompt, chosen: completion, closed } = this.pair(index);
      const flags = this.spool.read(this.end(index - 1), HEADER).readUInt32LE(4 * 4);
      const row = { id, prompt, completion, label: (flags & FLAGS.good) !== 0 };
      return closed === true ? { ...row, closed } : row;
    });
  }

  /** What the tokens of each come to. */
  tokens(): readonly PairTokens[] {
    return lazyList(this.count, (index) => this.tokensOf(index));
  }

  private pair(index: number): Pair {
    const start = this.end(index - 1);
    const bytes = this.spool.read(start, this.end(index) - start);
    const number = (i: number): number => bytes.readUInt32LE(4 * i);
    let at = HEADER;
    const text = (length: number): string => bytes.toString('utf8', at, (at += length));
    const [id, flags] = [String(number(0)), number(4)];
    return {
      id,
      prompt: text(number(1)),
      chosen: text(number(2)),
      rejected: text(number(3)),
      ...((flags & FLAGS.margin) === 0 ? {} : { margin: bytes.readDoubleLE(4 * NUMBERS) }),
      ...((flags & FLAGS.closed) === 0 ? {} : { closed: true }),
    };
  }

  private tokensOf(index: number): PairTokens {
    const header = this.spool.read(this.end(index - 1), HEADER);
    const number = (i: number): number => header.readUInt32LE(4 * i);
    return {
      prompt: number(5),
      chosen: number(6),
      rejected: number(7),
      equal: (number(4) & FLAGS.equal) !== 0,
      ends: { chosen: number(8), rejected: number(9) },
      unknown: number(10),
    };
  }

  private end(index: number): number {
    return index < 0 ? 0 : this.ends[Math.floor(index / CHUNK)]![index % CHUNK]!;
  }
}
