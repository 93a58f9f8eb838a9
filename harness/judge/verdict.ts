import type { Verdict, VerdictOutcome } from '../store/verdicts.js';

/** What a judge's own words come to. */
export interface ReadVerdict {
  readonly outcome: Verdict | Extract<VerdictOutcome, 'refused' | 'empty' | 'unreadable'>;
  /** Its reason; of what could not be read, why. */
  readonly why: string;
}

const WINNERS: ReadonlyMap<string, Verdict> = new Map([
  ['a', 'first'],
  ['b', 'second'],
  ['tie', 'tie'],
]);

/** Ways in which a model declines; what else is no verdict is unreadable. Neither is ever scored. */
const DECLINES = /^\W*(i['’]?m sorry|i am sorry|sorry|i can(no|['’])t|i can ?not|i won['’]t|as an ai)\b/i;

/**
 * Reads the judge's own verdict and no other: its answer is one JSON object, or has one that carries the
 * fence of this question. A verdict that stands in a completion, and that the judge quotes, has no such mark;
 * and where two are found that differ, none is believed.
 * @param content what it said
 * @param refusal what it said instead, where the server parts the two
 */
export function readVerdict(content: string | null, refusal: string | null, fence: string): ReadVerdict {
  if (refusal !== null && refusal.trim() !== '') return { outcome: 'refused', why: refusal };
  const said = withoutThoughts(content ?? '').trim();
  if (said === '') return { outcome: 'empty', why: 'it said nothing' };
  const whole = parsed(withoutFencing(said));
  if (whole !== null) {
    const foreign = whole['id'] !== undefined && whole['id'] !== fence;
    return foreign ? unreadable('its verdict is of another question') : verdictIn(whole);
  }
  const marked = objectsIn(said).filter(({ id }) => id === fence);
  const found = marked.map(verdictIn);
  const [first] = found;
  if (first === undefined) {
    return DECLINES.test(said) ? { outcome: 'refused', why: said } : unreadable('no verdict is in it');
  }
  return found.some(({ outcome }) => outcome !== first.outcome)
    ? unreadable('it has verdicts that differ')
    : first;
}

const unreadable = (why: string): ReadVerdict => ({ outcome: 'unreadable', why });

/** What a model that thinks aloud says after it has thought. */
function withoutThoughts(text: string): string {
  if (!/^\s*<think>/.test(text)) return text;
  const end = text.lastIndexOf('</think>');
  return end < 0 ? '' : text.slice(end + '</think>'.length);
}

const withoutFencing = (text: string): string => /^```(?:json)?\s*([\s\S]*?)\s*```$/.exec(text)?.[1] ?? text;

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function verdictIn({ winner, why }: Fields): ReadVerdict {
  const found = typeof winner === 'string' ? WINNERS.get(winner.trim().toLowerCase()) : undefined;
  if (found === undefined) return unreadable('its winner is none of A, B and tie');
  return { outcome: found, why: typeof why === 'string' ? why : '' };
}

/** Objects that are looked for in one answer, and characters of it that are looked through. */
const MOST = 20;
const LONGEST = 20_000;

/** Every JSON object that stands in a text, none within another. */
function objectsIn(text: string): Fields[] {
  const found: Fields[] = [];
  const within = text.slice(0, LONGEST);
  for (let at = within.indexOf('{'); at >= 0 && found.length < MOST; ) {
    const end = endOf(within, at);
    const object = end < 0 ? null : parsed(within.slice(at, end));
    if (object !== null) found.push(object);
    at = within.indexOf('{', object === null ? at + 1 : end);
  }
  return found;
}

/** Behind the brace that closes the one at `start`; -1 where none does. */
function endOf(text: string, start: number): number {
  let [depth, quoted] = [0, false];
  for (let i = start; i < text.length; i++) {
    const letter = text[i];
    if (quoted) {
      if (letter === '\\') i++;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === '{') depth++;
    else if (letter === '}' && --depth === 0) return i + 1;
  }
  return -1;
}
