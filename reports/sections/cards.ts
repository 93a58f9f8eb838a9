import type { StoredRun } from '../../harness/store/read.js';
import type { CardUse, OutcomeRow } from '../../harness/store/records.js';

/** Share of a run that samples must cover, or its energy is not known. */
const COVERED = 0.9;
/** Share of a run in which clocks may be held back without a word. */
const HELD_BACK = 0.05;

/** Joules of a run; null where nothing was sampled, or too little: a killed run lost what it had. */
export function energyOf({ clock: { card, wallSeconds } }: OutcomeRow): number | null {
  if (card === undefined || card.sampledSeconds < COVERED * wallSeconds) return null;
  return card.energyJoules;
}

/** What a reader must know of the cards that runs were on; nothing where they were on none. */
export function cardNotes(done: readonly StoredRun[]): string[] {
  const onCards = done.filter(({ outcome }) => ['cuda', 'gpu'].includes(outcome!.engine.device));
  const uses = onCards.flatMap(({ outcome }) => outcome!.clock.card ?? []);
  if (uses.length === 0) return [];
  const models = [...new Set(uses.map(({ model }) => model))].sort();
  const unknown = onCards.length - uses.length;
  return [
    'Memory and energy of the card are what nvidia-smi said of all of it while a run had it to itself.' +
      clocksOf(uses),
    ...(models.length > 1
      ? [`Runs were on different models of card (${models.join(', ')}): what they took does not compare.`]
      : []),
    ...held(uses),
    ...(unknown > 0
      ? [`Of ${unknown} of ${onCards.length} runs it is not known which card they were on.`]
      : []),
  ];
}

function clocksOf(uses: readonly CardUse[]): string {
  const clocks = uses.flatMap(({ clockMhz }) => clockMhz ?? []);
  const most = uses.flatMap(({ maxClockMhz }) => maxClockMhz ?? []);
  if (clocks.length === 0 || most.length === 0) return '';
  const [low, high, top] = [Math.min(...clocks), Math.max(...clocks), Math.max(...most)].map((x) =>
    x.toFixed(0),
  );
  return ` Mean clocks of runs were ${low === high ? low : `${low} to ${high}`} MHz, of at most ${top}.`;
}

function held(uses: readonly CardUse[]): string[] {
  const total = ({ heldBack }: CardUse): number => Math.max(0, ...Object.values(heldBack));
  const slow = uses.filter((use) => total(use) > HELD_BACK);
  if (slow.length === 0) return [];
  const why = [...new Set(slow.flatMap(({ heldBack }) => Object.keys(heldBack)))].sort();
  const most = Math.max(...slow.map(total));
  const share = `${(most * 100).toFixed(0)} %`;
  return [
    `Clocks of the card were held back (${why.join(', ')}) during ${slow.length} of ${uses.length} runs, ` +
      `in up to ${share} of their time: what they took is not what the card can do.`,
  ];
}
