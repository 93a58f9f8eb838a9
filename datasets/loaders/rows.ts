import { TiltyardError } from '../../harness/errors.js';
import type { Message, Template } from '../../harness/policy/tokenizers/chat.js';

/** One preference as the file has it: plain text, or messages for a chat template. */
export interface RawPair {
  /** Its number in the file, or over all files. */
  readonly id: string;
  /** `file:line`, for messages. */
  readonly at: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly margin?: number;
}

/** The dialogue format of the HH-RLHF data: `\n\nHuman: ...\n\nAssistant: ...`. */
export const dialogue: Template = (messages, open) =>
  `${messages.map((m) => (m.role === 'system' ? m.content : `\n\n${m.role === 'user' ? 'Human' : 'Assistant'}: ${m.content}`)).join('')}${open ? '\n\nAssistant:' : ''}`;

/**
 * A row of Hugging Face's preference layout: `prompt, chosen, rejected` as strings or message lists, `prompt` optional (the longest
 * common prefix), `margin` optional. Null for one that is left out.
 * @param where its id, and where it stands, for messages
 * @param dropEmpty leave out a row with an empty text or equal completions instead of refusing it
 * @throws TiltyardError for anything that is not such a row
 */
export function pairOf(row: unknown, { id, at }: Pick<RawPair, 'id' | 'at'>, template: Template, dropEmpty: boolean): RawPair | null {
  const refuse = (code: string, what: string): TiltyardError => new TiltyardError(code, `${at}: ${what}`);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) throw refuse('bad-row', `should be an object with chosen and rejected, got ${JSON.stringify(row).slice(0, 40)}`);
  const { prompt, chosen, rejected, margin } = row as Record<string, unknown>;
  if (margin !== undefined && margin !== null && !(typeof margin === 'number' && Number.isFinite(margin))) throw refuse('bad-row', `margin should be a finite number, got ${JSON.stringify(margin)}`);
  const strength = typeof margin === 'number' ? { margin } : {};
  const found = texts(prompt, chosen, rejected, template);
  if (typeof found === 'string') throw refuse('bad-row', found);
  const unusable = whyUnusable(found);
  if (unusable !== null) {
    if (dropEmpty) return null;
    throw refuse(...unusable);
  }
  return { id, at, ...found, ...strength };
}

function whyUnusable({ prompt, chosen, rejected }: { prompt: string; chosen: string; rejected: string }): [code: string, what: string] | null {
  const drop = 'remove the line, or set unusable: drop to leave such rows out';
  if (prompt === '') return ['empty-prompt', `the prompt is empty (chosen and rejected should share a beginning, or give a prompt); ${drop}`];
  for (const [side, text] of [['chosen', chosen], ['rejected', rejected]]) if (text!.trim() === '') return ['empty-completion', `${side} is empty; ${drop}`];
  return chosen === rejected ? ['equal-completions', `chosen and rejected are equal, which is no preference; ${drop}`] : null;
}

/** The three texts, or what is wrong with them. */
function texts(prompt: unknown, chosen: unknown, rejected: unknown, template: Template): { prompt: string; chosen: string; rejected: string } | string {
  if (typeof chosen === 'string' && typeof rejected === 'string') {
    if (typeof prompt === 'string') return { prompt, chosen, rejected };
    if (prompt !== undefined && prompt !== null) return 'prompt should be a string like chosen and rejected';
    const cut = commonPrompt(chosen, rejected);
    return { prompt: chosen.slice(0, cut), chosen: chosen.slice(cut), rejected: rejected.slice(cut) };
  }
  const [a, b] = [messages(chosen), messages(rejected)];
  if (a === null || b === null) return 'chosen and rejected should both be strings, or both lists of { role, content }';
  let shared: readonly Message[];
  if (prompt === undefined || prompt === null) {
    let n = 0;
    while (n < Math.min(a.length, b.length) - 1 && a[n]!.role === b[n]!.role && a[n]!.content === b[n]!.content) n++;
    shared = a.slice(0, n);
  } else {
    const given = messages(prompt);
    if (given === null) return 'prompt should be a list of { role, content } like chosen and rejected';
    shared = given;
  }
  const before = template(shared, true);
  const full = (side: readonly Message[]): string => template([...shared, ...(prompt === undefined || prompt === null ? side.slice(shared.length) : side)], false);
  const [x, y] = [full(a), full(b)];
  if (!x.startsWith(before) || !y.startsWith(before)) return 'the chat template does not keep the prompt as a prefix of the whole; use another template';
  return { prompt: before, chosen: x.slice(before.length), rejected: y.slice(before.length) };
}

const messages = (value: unknown): readonly Message[] | null =>
  Array.isArray(value) && value.length > 0 && value.every((m) => typeof (m as Message)?.role === 'string' && typeof (m as Message).content === 'string') ? (value as Message[]) : null;

/** Longest common prefix; in dialogues it ends after the last `Assistant:` both share, elsewhere before the last word they share part of. */
function commonPrompt(a: string, b: string): number {
  let n = 0;
  while (n < Math.min(a.length, b.length) && a[n] === b[n]) n++;
  const turn = '\n\nAssistant:';
  const at = a.lastIndexOf(turn, n);
  if (at >= 0 && at + turn.length <= n) return at + turn.length;
  if (n === a.length || n === b.length) n = a.lastIndexOf(' ', n - 1);
  while (n > 0 && !/\s/.test(a[n]!)) n--;
  return Math.max(0, n);
}
