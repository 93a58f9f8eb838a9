import {
  aspectOf,
  BLAME,
  DETERMINERS,
  INTENSIFIERS,
  NEUTRAL,
  NOUNS,
  OPINIONS,
  PRAISE,
  VERBS,
} from './grammar.js';

export interface GoldParams {
  /** Where praise saturates: sentiment enters as limit * tanh(sum / limit). */
  readonly limit: number;
  /** Reward lost for every word that fits no sentence. */
  readonly slipPenalty: number;
}

interface Clause {
  readonly noun: string;
  readonly word: string;
  readonly value: number;
}

/**
 * Latent sentiment minus ungrammaticality, for any text at all:
 *
 *   gold = limit tanh(S / limit) - slipPenalty * min(slips, 15) - [no final full stop]
 *
 * S sums the clauses. A clause is worth its adjective (or `i loved ...`) times its intensifier; `not` turns
 * it to -0.6 of itself; the aspect the prompt asks about counts double; the same noun again counts a quarter,
 * the same evaluative word again a half (praise repeated is not praise multiplied); of `x but y`, x counts a
 * half and y one and a half times. A slip is a word outside every clause, a clause without its conjunction,
 * or a doubled full stop. An empty text is worth -limit / 2.
 */
export function goldReward(prompt: string, completion: string, { limit, slipPenalty }: GoldParams): number {
  const words = completion.split(' ').filter((word) => word !== '');
  if (words.length === 0) return -limit / 2;
  const aspect = aspectOf(prompt);
  const nouns = new Set<string>();
  const used = new Set<string>();
  let total = 0;
  let slips = 0;
  let at = 0;
  while (at < words.length) {
    const { clauses, contrast, slips: lost, next } = sentence(words, at);
    slips += lost;
    clauses.forEach((clause, i) => {
      let value = clause.value;
      if (clause.noun === aspect) value *= 2;
      if (nouns.has(clause.noun)) value *= 0.25;
      if (used.has(clause.word)) value *= 0.5;
      nouns.add(clause.noun);
      used.add(clause.word);
      total += value * (contrast.has(i) ? 1.5 : contrast.has(i + 1) ? 0.5 : 1);
    });
    at = next;
  }
  const unfinished = words.at(-1) === '.' ? 0 : 1;
  return limit * Math.tanh(total / limit) - slipPenalty * Math.min(slips, 15) - unfinished;
}

/** Reads one sentence from `at`; `contrast` holds the clauses that follow a `but`. */
function sentence(
  words: readonly string[],
  at: number,
): { clauses: Clause[]; contrast: Set<number>; slips: number; next: number } {
  const clauses: Clause[] = [];
  const contrast = new Set<number>();
  let slips = 0;
  // Whether a clause may start here.
  let joined = true;
  while (at < words.length) {
    const word = words[at]!;
    if (word === '.') {
      // Nothing said, or a conjunction left hanging.
      const empty = clauses.length === 0 || joined ? 1 : 0;
      return { clauses, contrast, slips: slips + empty, next: at + 1 };
    }
    const read = clauseAt(words, at);
    if (read !== null) {
      if (!joined) slips++;
      clauses.push(read.clause);
      at += read.length;
      joined = false;
    } else if ((word === 'and' || word === 'but') && !joined) {
      if (word === 'but') contrast.add(clauses.length);
      joined = true;
      at++;
    } else {
      slips++;
      at++;
    }
  }
  return { clauses, contrast, slips, next: at };
}

function clauseAt(words: readonly string[], at: number): { clause: Clause; length: number } | null {
  const is = (list: readonly string[], i: number): boolean => list.includes(words[i] ?? '');
  if (words[at] === 'i') {
    const value = OPINIONS[words[at + 1] ?? ''];
    if (value === undefined || !is(DETERMINERS, at + 2) || !is(NOUNS, at + 3)) return null;
    return { clause: { noun: words[at + 3]!, word: words[at + 1]!, value }, length: 4 };
  }
  if (!is(DETERMINERS, at) || !is(NOUNS, at + 1) || !is(VERBS, at + 2)) return null;
  let next = at + 3;
  let factor = 1;
  if (words[next] === 'not') {
    factor = -0.6;
    next++;
  }
  const intensifier = INTENSIFIERS[words[next] ?? ''];
  if (intensifier !== undefined) {
    factor *= intensifier;
    next++;
  }
  const adjective = words[next] ?? '';
  const value = PRAISE[adjective] ?? BLAME[adjective] ?? (is(NEUTRAL, next) ? 0 : undefined);
  if (value === undefined) return null;
  return { clause: { noun: words[at + 1]!, word: adjective, value: value * factor }, length: next + 1 - at };
}
