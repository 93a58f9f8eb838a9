import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Card } from '../../engine/card.js';
import type { CardUse } from '../../store/records.js';
import { type CardSample, STALE, Use } from './card-use.js';
import { eachLine } from './lines.js';

/** Milliseconds between two samples. */
const EVERY = 250;
/** Milliseconds from an answer to the next question, where each is asked by a process of its own. */
const EACH = 750;
const MIB = 2 ** 20;

/** What is asked for, and without the last where a driver does not know it by that name. */
const ASKED = ['memory.used', 'power.draw', 'clocks.sm', 'clocks.max.sm', 'clocks_throttle_reasons.active'];
const QUERIES = [ASKED, ASKED.slice(0, -1)];

/** Asks nvidia-smi about a card, in a process of its own, for as long as runs are on it. */
export class CardMeter {
  private child: ChildProcess | null = null;
  private last: CardSample | null = null;
  private closed = false;
  private use: Use | null = null;
  private query = 0;

  constructor(private readonly card: Card) {
    this.ask('loop');
  }

  /** Waits until the first sample is there; where none comes, asks anew each time instead. */
  async ready(): Promise<void> {
    const deadline = performance.now() + STALE;
    while (this.last === null && this.child !== null && performance.now() < deadline) await sleep(20);
    const isHeldBack = this.last === null && this.child !== null; // what it writes may wait in its buffer
    if (!isHeldBack) return;
    this.child!.kill();
    this.ask('once');
  }

  /** A run begins. */
  begin(): void {
    this.use = new Use(this.card, this.last, performance.now());
  }

  /** It has ended. @returns what was said meanwhile */
  end(): CardUse {
    const use = this.use!;
    this.use = null;
    return use.sum(performance.now());
  }

  close(): void {
    this.closed = true;
    this.child?.kill();
    this.child = null;
  }

  private ask(how: 'loop' | 'once'): void {
    const args = [
      `--id=${this.card.uuid}`,
      `--query-gpu=${QUERIES[this.query]!.join(',')}`,
      '--format=csv,noheader,nounits',
      ...(how === 'loop' ? [`--loop-ms=${EVERY}`] : []),
    ];
    const child = spawn('nvidia-smi', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.child = child;
    let isSilent = true;
    eachLine(child.stdout, (line) => {
      const sample = sampleIn(line, performance.now());
      if (sample === null) return;
      isSilent = false;
      this.last = sample;
      this.use?.add(sample);
    });
    const gone = async (): Promise<void> => {
      if (this.child !== child) return;
      this.child = null;
      if (isSilent && ++this.query < QUERIES.length) return this.ask(how);
      if (isSilent || how === 'loop') return; // it is not there, or the driver is gone
      await sleep(EACH);
      if (!this.closed && this.child === null) this.ask(how);
    };
    child.once('error', () => void gone()).once('close', () => void gone());
    child.unref();
  }
}

/** A line of numbers as it is asked for; null for any other. */
function sampleIn(line: string, at: number): CardSample | null {
  const fields = line.split(',').map((field) => field.trim());
  if (fields.length < QUERIES.at(-1)!.length) return null;
  const [memory, watts, clock, maxClock] = fields.map((field) =>
    /^[\d.]+$/.test(field) ? Number(field) : null,
  );
  const reasons = fields[4] ?? '';
  return {
    at,
    memoryBytes: memory == null ? null : memory * MIB,
    watts: watts ?? null,
    clockMhz: clock ?? null,
    maxClockMhz: maxClock ?? null,
    reasons: /^0x[0-9a-f]+$/i.test(reasons) ? BigInt(reasons) : 0n,
  };
}
