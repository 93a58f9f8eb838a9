import type { Template } from '../../harness/policy/tokenizers/chat.js';
import type { Fields } from './layout.js';
import { continued, messagesOf, optionsOf, repeats, sharedMessages } from './messages.js';
import { isRefusal, malformed, type Refusal, shown, unusable } from './refusal.js';

/** Where the prompt of texts ends that have none of their own. */
export type ImplicitPrompt = 'transcript' | 'common';

/** One preference as text. */
export interface Texts {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** One preference as the file has it: plain text, or messages for a chat template. */
export interface RawPair extends Texts {
  readonly margin?: number;
  readonly form: 'text' | 'messages';
  /** How its prompt was found, where it was not given. */
  readonly found?: 'transcript' | 'common' | 'common transcript' | 'turns beside a prompt text';
  /** Both completions begin with the whole prompt. */
  readonly repeated?: true;
}

/** Texts, and what is known of them. */
type Formed = Omit<RawPair, 'margin'>;

/** What a row of these fields says, or why it cannot be used. @param template null: there is none */
export function pairOf(
  fields: Fields,
  template: Template | null,
  implicit: ImplicitPrompt,
): RawPair | Refusal {
  const { margin } = fields;
  const hasMargin = margin !== undefined && margin !== null;
  if (hasMargin && !(typeof margin === 'number' && Number.isFinite(margin))) {
    return malformed(`margin should be a finite number, got ${shown(margin)}`);
  }
  const pair = formed(fields, template, implicit);
  if (isRefusal(pair)) return pair;
  const { prompt, chosen, rejected } = pair;
  const fault = whyUnusable(prompt, { chosen, rejected });
  if (fault !== null) return fault;
  return hasMargin ? { ...pair, margin: margin as number } : pair;
}

function formed(fields: Fields, template: Template | null, implicit: ImplicitPrompt): Formed | Refusal {
  const { prompt, chosen, rejected } = fields;
  if (typeof chosen === 'string' && typeof rejected === 'string') {
    if (typeof prompt === 'string') {
      const repeated = prompt !== '' && chosen.startsWith(prompt) && rejected.startsWith(prompt);
      return { prompt, chosen, rejected, form: 'text', ...(repeated ? { repeated } : {}) };
    }
    if (isGiven(prompt)) return malformed('prompt should be a string like chosen and rejected');
    return cutTexts(chosen, rejected, implicit);
  }
  if (typeof chosen !== 'object' || typeof rejected !== 'object') {
    return malformed('chosen and rejected should both be strings, or both lists of { role, content }');
  }
  const fault = [messagesOf(chosen, 'chosen'), messagesOf(rejected, 'rejected')].find(isRefusal);
  if (fault !== undefined) return fault;
  if (template === null) {
    const remedy = 'put chat_template.jinja into it, or give rows as text';
    return malformed(`rows of messages need a chat template, and the tokenizer's folder has none; ${remedy}`);
  }
  return ofMessages(fields, template);
}

function ofMessages(
  { prompt, tools, variables, unread, ...sides }: Fields,
  template: Template,
): Formed | Refusal {
  const chosen = messagesOf(sides.chosen, 'chosen');
  if (isRefusal(chosen)) return chosen;
  const rejected = messagesOf(sides.rejected, 'rejected');
  if (isRefusal(rejected)) return rejected;
  const options = optionsOf(tools, variables);
  if (isRefusal(options)) return options;
  // A text beside whole conversations repeats what they begin with, which is what TRL and others go by.
  const given = isGiven(prompt) && typeof prompt !== 'string';
  const shared = given ? messagesOf(prompt, 'prompt') : sharedMessages(chosen, rejected);
  if (isRefusal(shared)) return shared;
  if (shared.length === 0) {
    const beside = typeof prompt === 'string' ? ', and prompt is a text beside them' : '';
    const why = `chosen and rejected share no first turn${beside}`;
    const other = ['messages', 'history', 'conversation'].find((name) => unread.includes(name));
    const remedy = other === undefined ? '' : `: columns: { prompt: ${other} } where they stand there`;
    return unusable(
      'empty-prompt',
      'chosen and rejected share no first turn',
      `${why}; give prompt as messages${remedy}`,
    );
  }
  if (given && [chosen, rejected].some((side) => repeats(shared, side))) {
    const why = 'prompt stands in front of chosen or rejected too';
    return malformed(`${why}, and would be trained on twice; leave it out of them, or remove column prompt`);
  }
  const answers = [chosen, rejected].map((side) => (given ? side : side.slice(shared.length)));
  const texts = continued(template, shared, answers, options);
  if (isRefusal(texts)) return texts;
  return {
    prompt: texts.prompt,
    chosen: texts.after[0]!,
    rejected: texts.after[1]!,
    form: 'messages',
    ...(typeof prompt === 'string' ? { found: 'turns beside a prompt text' as const } : {}),
  };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * What makes texts no row to train on; null where nothing does.
 * @param sides completions by their names: one, or two that should differ
 */
export function whyUnusable(prompt: string, sides: Readonly<Record<string, string>>): Refusal | null {
  const remedy = 'remove the line, or set unusable: drop to leave such rows out';
  const fault = (code: string, what: string, more = ''): Refusal =>
    unusable(code, what, `${what}${more}; ${remedy}`);
  const [first, second] = Object.values(sides);
  if (prompt === '') {
    const advice = ' (chosen and rejected should share a beginning, or give a prompt)';
    return fault('empty-prompt', 'the prompt is empty', second === undefined ? '' : advice);
  }
  for (const [name, text] of Object.entries(sides)) {
    if (text === '') return fault('empty-completion', `${name} is empty`);
    if (text.trim() === '') return fault('empty-completion', `${name} has nothing but white space`);
  }
  if (first === second) {
    return fault('equal-completions', 'chosen and rejected are equal', ', which is no preference');
  }
  for (const [name, text] of Object.entries({ prompt, ...sides })) {
    if (LONE.test(text))
      return fault('bad-text', `${name} has half of a surrogate pair`, ', which is no character');
  }
  return null;
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Two texts cut where their prompt ends. */
function cutTexts(chosen: string, rejected: string, implicit: ImplicitPrompt): Formed {
  const turn = lastTurn(chosen, rejected);
  const common = commonLength(chosen, rejected);
  const cut = implicit === 'transcript' && turn !== null ? turn : common;
  return {
    prompt: chosen.slice(0, cut),
    chosen: chosen.slice(cut),
    rejected: rejected.slice(cut),
    form: 'text',
    found: turn === null || turn === common ? 'common' : cut === turn ? 'transcript' : 'common transcript',
  };
}

const TURN = '\n\nAssistant:';

/** Where the last `Assistant:` ends that two HH transcripts share; null where they are none. */
function lastTurn(a: string, b: string): number | null {
  if (!/^\s*Human:/.test(a) || !/^\s*Human:/.test(b)) return null;
  const length = sameUnits(a, b);
  const at = a.lastIndexOf(TURN, length - TURN.length);
  return length >= TURN.length && at >= 0 ? at + TURN.length : null;
}

function sameUnits(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}

/**
 * Where the longest common beginning ends, as TRL's `extract_prompt` counts it: by characters, without a
 * blank at its end; and without the last character of a text that begins the other.
 */
function commonLength(a: string, b: string): number {
  let length = sameUnits(a, b);
  const begins = length === a.length || length === b.length;
  if (begins) length = Math.max(0, length - 1);
  if (length > 0 && /[\ud800-\udbff]/.test(a[length - 1]!)) length--;
  return !begins && length > 0 && a[length - 1] === ' ' ? length - 1 : length;
}
