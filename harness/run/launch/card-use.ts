import type { Card } from '../../engine/card.js';
import type { CardUse } from '../../store/records.js';

/** Milliseconds after which a sample says nothing any more of how much power is drawn. */
export const STALE = 2000;

/** Bits of what holds clocks back, nvml.h, nvmlClocksEventReasons; others are wishes of whoever set them. */
const HELD_BACK: readonly (readonly [bit: bigint, what: string])[] = [
  [0x4n, 'power cap'],
  [0x8n, 'hardware slowdown'],
  [0x20n, 'temperature (software)'],
  [0x40n, 'temperature (hardware)'],
  [0x80n, 'power brake'],
];

/** What nvidia-smi says of a card at a moment, milliseconds; null is what it does not say. */
export interface CardSample {
  readonly at: number;
  readonly memoryBytes: number | null;
  readonly watts: number | null;
  readonly clockMhz: number | null;
  readonly maxClockMhz: number | null;
  readonly reasons: bigint;
}

/** What a run used of a card, from the samples of its time. */
export class Use {
  private latest: CardSample | null;
  private peak: number | null = null;
  private joules: number | null = null;
  private seconds = 0;
  private samples = 0;
  private readonly clocks = { sum: 0, count: 0, max: null as number | null };
  private readonly held = new Map<string, number>();

  /** @param before the last sample before it began @param began milliseconds, on the clock of the samples */
  constructor(
    private readonly card: Card,
    private readonly before: CardSample | null,
    private readonly began: number,
  ) {
    this.latest = before;
  }

  add(sample: CardSample): void {
    this.samples++;
    if (sample.memoryBytes !== null) this.peak = Math.max(this.peak ?? 0, sample.memoryBytes);
    this.upTo(sample.at, sample.watts);
    this.latest = sample;
    this.clocks.max ??= sample.maxClockMhz;
    if (sample.clockMhz !== null) {
      this.clocks.sum += sample.clockMhz;
      this.clocks.count++;
    }
    for (const [bit, what] of HELD_BACK)
      if ((sample.reasons & bit) !== 0n) this.held.set(what, (this.held.get(what) ?? 0) + 1);
  }

  /** @param now when it ended */
  sum(now: number): CardUse {
    this.upTo(now, this.latest?.watts ?? null);
    const { name, uuid, driver, memoryBytes } = this.card;
    const { sum, count, max } = this.clocks;
    const shares = [...this.held].map(([what, n]) => [what, n / this.samples] as const);
    return {
      model: name,
      uuid,
      driver,
      memoryBytes,
      peakMemoryBytes: this.peak,
      memoryBeforeBytes: this.before?.memoryBytes ?? null,
      energyJoules: this.joules,
      sampledSeconds: this.seconds,
      clockMhz: count === 0 ? null : sum / count,
      maxClockMhz: max,
      heldBack: Object.fromEntries(shares),
    };
  }

  /** Adds the energy since the latest sample, or since the beginning: the mean of the powers at both ends. */
  private upTo(at: number, watts: number | null): void {
    const { latest } = this;
    if (latest === null || latest.watts === null || watts === null) return;
    if (at - latest.at > STALE) return;
    const seconds = (at - Math.max(latest.at, this.began)) / 1000;
    this.joules = (this.joules ?? 0) + ((latest.watts + watts) / 2) * seconds;
    this.seconds += seconds;
  }
}

/** What a run took that was interrupted and went on: of the same model of card, or only of the later one. */
export function together(earlier: CardUse, later: CardUse): CardUse {
  if (earlier.model !== later.model) return later;
  const most = Math.max(earlier.peakMemoryBytes ?? 0, later.peakMemoryBytes ?? 0);
  const seconds = earlier.sampledSeconds + later.sampledSeconds;
  const share = (what: string): number =>
    ((earlier.heldBack[what] ?? 0) * earlier.sampledSeconds +
      (later.heldBack[what] ?? 0) * later.sampledSeconds) /
    seconds;
  const whats = new Set([...Object.keys(earlier.heldBack), ...Object.keys(later.heldBack)]);
  const joules = [earlier.energyJoules, later.energyJoules];
  return {
    ...later,
    peakMemoryBytes: most === 0 ? null : most,
    energyJoules: joules.every((one) => one === null) ? null : (joules[0] ?? 0) + (joules[1] ?? 0),
    sampledSeconds: seconds,
    heldBack: seconds === 0 ? {} : Object.fromEntries([...whats].map((what) => [what, share(what)])),
  };
}
