import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Card, isThere, visibleCards } from '../../engine/card.js';
import { TiltyardError } from '../../errors.js';
import type { RunSpec } from '../../store/spec.js';
import { type Owner, type Ownership, takeLock } from '../lock-file.js';
import { CardMeter } from './card-meter.js';

/** Milliseconds between two looks at cards that other processes have. */
const LOOK_AGAIN = 500;

/** Whether runs with these settings compute on a card; TensorFlow takes one where there is one. */
export const isOnCard = ({ name, device }: RunSpec['engine']): boolean =>
  device === 'cuda' || (name === 'tensorflow' && device !== 'cpu' && visibleCards().length > 0);

/**
 * The cards that the runs of one comparison may be on: those that are visible, as many as are of the first
 * one's model, since figures of two models of card are not of equal terms.
 */
export function cardsOfOneModel(): { readonly cards: readonly Card[]; readonly others: readonly Card[] } {
  const visible = visibleCards();
  const isSame = ({ name }: Card): boolean => name === visible[0]!.name;
  return { cards: visible.filter(isSame), others: visible.filter((card) => !isSame(card)) };
}

/** A card that this process has. */
export interface Place {
  /** Null where nvidia-smi names none: whatever CUDA takes first. */
  readonly card: Card | null;
  readonly meter: CardMeter | null;
  readonly lock: Ownership;
}

/** Told while a card is waited for. */
interface Waiting {
  readonly signal: AbortSignal;
  say(note: string): void;
}

/**
 * Cards, each of which one process has at a time and one run of that process: a second one would change what
 * both take. A process keeps a card until the pool is closed, as its workers keep memory there.
 */
export class CardPool {
  private readonly unopened: (Card | null)[];
  private readonly opened: Place[] = [];
  private readonly free: Place[] = [];
  private readonly others: readonly Card[];
  private opening: Promise<Place | null> | null = null;
  private hasSaid = false;

  constructor() {
    const { cards, others } = cardsOfOneModel();
    this.unopened = cards.length === 0 ? [null] : [...cards];
    this.others = others;
  }

  /**
   * A card that nobody is on.
   * @returns null where it is not waited for any more
   * @throws TiltyardError where every card is lost
   */
  async take(waiting: Waiting): Promise<Place | null> {
    if (!this.hasSaid) for (const note of this.remarks()) waiting.say(note);
    this.hasSaid = true;
    let isWaiting = false;
    for (;;) {
      if (waiting.signal.aborted) return null;
      const place = this.free.pop() ?? (await this.open(waiting));
      if (place !== null) return place;
      if (this.opened.length + this.unopened.length === 0) throw noCard();
      if (!isWaiting && this.opened.length === 0) waiting.say(this.taken());
      isWaiting = true;
      await sleep(this.opened.length === 0 ? LOOK_AGAIN : 20);
    }
  }

  /**
   * Gives a card back.
   * @param hasFailed whether the run on it failed: the driver may have lost the card
   * @returns what is worth a word
   */
  give(place: Place, hasFailed: boolean): string | null {
    const { card, meter, lock } = place;
    if (card === null || !hasFailed || isThere(card)) {
      this.free.push(place);
      return null;
    }
    this.opened.splice(this.opened.indexOf(place), 1);
    meter?.close();
    lock.release();
    return `${nameOf(card)} is lost: nvidia-smi does not know it any more; no run is given to it`;
  }

  close(): void {
    for (const { meter, lock } of this.opened.splice(0)) {
      meter?.close();
      lock.release();
    }
    this.free.length = 0;
  }

  private readonly owners = new Map<string, Owner>();

  private async open(waiting: Waiting): Promise<Place | null> {
    while (this.opening !== null) await this.opening;
    this.opening = this.openOne(waiting);
    try {
      return await this.opening;
    } finally {
      this.opening = null;
    }
  }

  /** Takes the first card that no other process has. */
  private async openOne({ say }: Waiting): Promise<Place | null> {
    for (const [i, card] of this.unopened.entries()) {
      const name = nameOf(card);
      const lock = await takeLock(lockOf(card), name, say, (other) => {
        this.owners.set(name, other);
        return false;
      });
      if (lock === null) continue;
      this.unopened.splice(i, 1);
      const meter = card === null ? null : new CardMeter(card);
      await meter?.ready();
      const place = { card, meter, lock };
      this.opened.push(place);
      return place;
    }
    return null;
  }

  private remarks(): string[] {
    if (this.unopened[0] === null)
      return ['nvidia-smi names no card: what runs take of its memory and its power is not measured'];
    if (this.others.length === 0) return [];
    const left = this.others.map(nameOf).join(', ');
    return [
      `runs of a comparison stay on one model of card; not taken: ${left} (CUDA_VISIBLE_DEVICES chooses)`,
    ];
  }

  private taken(): string {
    const who = [...this.owners].map(
      ([name, { pid, host, since }]) => `${name}, which process ${pid} on ${host} has had since ${since}`,
    );
    return `waits for ${who.join('; ')}`;
  }
}

const noCard = (): TiltyardError =>
  new TiltyardError('no-card', 'every card is lost; go on with tiltyard resume where there is one again', {
    exitCode: 3,
  });

const nameOf = (card: Card | null): string =>
  card === null ? 'the card' : `card ${card.index} (${card.name})`;

/** One for all users of the machine. */
const lockOf = (card: Card | null): string => join(tmpdir(), `tiltyard-${card?.uuid ?? 'card'}.lock.json`);
