import { TiltyardError } from '../../harness/errors.js';
import type { Message, Template } from '../../harness/policy/tokenizers/chat.js';

/** One preference as the file has it: plain text, or messages for a chat template. */
export interface RawPair extends Texts {
  /** Its number in the file, or over all files. */
  readonly id: string;
  /** `file:line`, for messages. */
  readonly at: string;
  readonly margin?: number;
}

interface Texts {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** The dialogue format of the HH-RLHF data: `\n\nHuman: ...\n\nAssistant: ...`. */
export const dialogue: Template = (messages, open) => {
  const turns = messages.map(({ role, content }) =>
    role === 'system' ? content : `\n\n${role === 'user' ? 'Human' : 'Assistant'}: ${content}`,
  );
  return `${turns.join('')}${open ? '\n\nAssistant:' : ''}`;
};

/**
 * A row of Hugging Face's preference layout: `prompt, chosen, rejected` as strings or message lists, `prompt`
 * optional (the longest common prefix), `margin` optional. Null for one that is left out.
 * @param where its id, and where it stands, for messages
 * @param dropEmpty leave out a row with an empty text or equal completions instead of refusing it
 * @throws TiltyardError for anything that is not such a row
 */
export function pairOf(
  row: unknown,
  where: Pick<RawPair, 'id' | 'at'>,
  template: Template,
  dropEmpty: boolean,
): RawPair | null {
  const refuse = (code: string, what: string): TiltyardError =>
    new TiltyardError(code, `${where.at}: ${what}`);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    const got = JSON.stringify(row).slice(0, 40);
    throw refuse('bad-row', `should be an object with chosen and rejected, got ${got}`);
  }
  const { prompt, chosen, rejected, margin } = row as Record<string, unknown>;
  const hasMargin = margin !== undefined && margin !== null;
  if (hasMargin && !(typeof margin === 'number' && Number.isFinite(margin))) {
    throw refuse('bad-row', `margin should be a finite number, got ${JSON.stringify(margin)}`);
  }
  const strength = typeof margin === 'number' ? { margin } : {};
  const texts = textsOf(prompt, chosen, rejected, template);
  if (typeof texts === 'string') throw refuse('bad-row', texts);
  const unusable = whyUnusable(texts);
  if (unusable !== null) {
    if (dropEmpty) return null;
    throw refuse(...unusable);
  }
  return { ...where, ...texts, ...strength };
}

function whyUnusable({ prompt, chosen, rejected }: Texts): [code: string, what: string] | null {
  const remedy = 'remove the line, or set unusable: drop to leave such rows out';
  if (prompt === '') {
    const cause = 'the prompt is empty (chosen and rejected should share a beginning, or give a prompt)';
    return ['empty-prompt', `${cause}; ${remedy}`];
  }
  if (chosen.trim() === '') return ['empty-completion', `chosen is empty; ${remedy}`];
  if (rejected.trim() === '') return ['empty-completion', `rejected is empty; ${remedy}`];
  if (chosen !== rejected) return null;
  return ['equal-completions', `chosen and rejected are equal, which is no preference; ${remedy}`];
}

/** The three texts, or what is wrong with them. */
function textsOf(prompt: unknown, chosen: unknown, rejected: unknown, template: Template): Texts | string {
  if (typeof chosen === 'string' && typeof rejected === 'string') return ofStrings(prompt, chosen, rejected);
  const [chosenMessages, rejectedMessages] = [messages(chosen), messages(rejected)];
  if (chosenMessages === null || rejectedMessages === null) {
    return 'chosen and rejected should both be strings, or both lists of { role, content }';
  }
  return ofMessages(prompt, chosenMessages, rejectedMessages, template);
}

function ofStrings(prompt: unknown, chosen: string, rejected: string): Texts | string {
  if (typeof prompt === 'string') return { prompt, chosen, rejected };
  if (isGiven(prompt)) return 'prompt should be a string like chosen and rejected';
  const cut = promptLength(chosen, rejected);
  return { prompt: chosen.slice(0, cut), chosen: chosen.slice(cut), rejected: rejected.slice(cut) };
}

function ofMessages(
  prompt: unknown,
  chosen: readonly Message[],
  rejected: readonly Message[],
  template: Template,
): Texts | string {
  const given = isGiven(prompt);
  const shared = given ? messages(prompt) : sharedMessages(chosen, rejected);
  if (shared === null) return 'prompt should be a list of { role, content } like chosen and rejected';
  const before = template(shared, true);
  const whole = (side: readonly Message[]): string =>
    template([...shared, ...(given ? side : side.slice(shared.length))], false);
  const [chosenText, rejectedText] = [whole(chosen), whole(rejected)];
  if (!chosenText.startsWith(before) || !rejectedText.startsWith(before)) {
    return 'the chat template does not keep the prompt as a prefix of the whole; use another template';
  }
  return {
    prompt: before,
    chosen: chosenText.slice(before.length),
    rejected: rejectedText.slice(before.length),
  };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** A list of messages; null for anything else. */
function messages(value: unknown): readonly Message[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const isMessage = (item: Partial<Message> | null): boolean =>
    typeof item?.role === 'string' && typeof item.content === 'string';
  return value.every(isMessage) ? (value as Message[]) : null;
}

/** The messages that both begin with; each keeps at least its last one. */
function sharedMessages(chosen: readonly Message[], rejected: readonly Message[]): readonly Message[] {
  const most = Math.min(chosen.length, rejected.length) - 1;
  const same = (i: number): boolean =>
    chosen[i]!.role === rejected[i]!.role && chosen[i]!.content === rejected[i]!.content;
  let shared = 0;
  while (shared < most && same(shared)) shared++;
  return chosen.slice(0, shared);
}

/**
 * Length of the prompt that two texts begin with: their longest common prefix. In dialogues it ends after the
 * last `Assistant:` both share, elsewhere before the last word they share part of.
 */
function promptLength(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  const turn = '\n\nAssistant:';
  const lastTurn = a.lastIndexOf(turn, length);
  if (lastTurn >= 0 && lastTurn + turn.length <= length) return lastTurn + turn.length;
  if (length === a.length || length === b.length) length = a.lastIndexOf(' ', length - 1);
  while (length > 0 && !/\s/.test(a[length]!)) length--;
  return Math.max(0, length);
}
