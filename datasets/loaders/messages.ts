import { TiltyardError } from '../../harness/errors.js';
import type { Message, Template, TemplateOptions } from '../../harness/policy/tokenizers/chat.js';
import { lostInParsing, whyLost } from './lost.js';
import { malformed, type Refusal, shown, unusable } from './refusal.js';

/** Levels of lists and objects inside a message: more is no dialogue, and would overflow the stack. */
const DEEPEST = 64;

/** Who speaks, by ShareGPT's names. */
const SPEAKERS: Readonly<Record<string, string>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
  system: 'system',
};

/** The dialogue format of the HH-RLHF data: `\n\nHuman: ...\n\nAssistant: ...`. */
export const dialogue: Template = (messages, open) => {
  const turns = messages.map(({ role, content }) => {
    if (typeof content !== 'string') {
      throw new TiltyardError(
        'template-raised',
        'the chat template refuses it: plain dialogues have text alone as content',
      );
    }
    return role === 'system' ? content : `\n\n${role === 'user' ? 'Human' : 'Assistant'}: ${content}`;
  });
  return `${turns.join('')}${open ? '\n\nAssistant:' : ''}`;
};

/** Messages of a field, ShareGPT's among them; a single one is a list of one. */
export function messagesOf(value: unknown, field: string): readonly Message[] | Refusal {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) return unusable('empty-completion', `${field} has no messages`);
  if (depth(list) > DEEPEST) return malformed(`${field} is nested deeper than ${DEEPEST} levels`);
  const out: Message[] = [];
  for (const [i, item] of list.entries()) {
    const at = `${field}[${i}]`;
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      return malformed(`${at} should be a message { role, content }, got ${shown(item)}`);
    }
    const { role, from, value: said, ...rest } = item as Record<string, unknown>;
    if (typeof role === 'string') {
      out.push(item as Message);
      continue;
    }
    if (typeof from !== 'string' || typeof said !== 'string') {
      return malformed(`${at}.role should be a text such as "user", got ${shown(role)}`);
    }
    const speaker = Object.hasOwn(SPEAKERS, from) ? SPEAKERS[from]! : null;
    if (speaker === null) {
      const known = Object.keys(SPEAKERS).join(', ');
      return malformed(`${at}.from is ${shown(from)}, in ShareGPT layout; known: ${known}`, 'unknown-layout');
    }
    out.push({ ...rest, role: speaker, content: said });
  }
  return out;
}

/** Levels below a value, as far as one more than is allowed. */
function depth(value: unknown, above = 0): number {
  if (typeof value !== 'object' || value === null || above > DEEPEST) return above;
  let most = above + 1;
  for (const item of Object.values(value)) most = Math.max(most, depth(item, above + 1));
  return most;
}

/** The messages that both begin with, as TRL finds them; each keeps at least its last one. */
export function sharedMessages(chosen: readonly Message[], rejected: readonly Message[]): readonly Message[] {
  const most = Math.min(chosen.length, rejected.length) - 1;
  let shared = 0;
  while (shared < most && equal(chosen[shared], rejected[shared])) shared++;
  return chosen.slice(0, shared);
}

/** Same in every field; one that is absent equals one that is null, as columns have it. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b || ((a ?? null) === null && (b ?? null) === null)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) =>
    equal((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}

/** Variables of a template that are no row's to give: transformers takes them for settings of its own. */
const RESERVED = new Set([
  'messages',
  'conversation',
  'tools',
  'chat_template',
  'add_generation_prompt',
  'continue_final_message',
  'tokenize',
  'tokenizer_kwargs',
  'padding',
  'truncation',
  'max_length',
  'return_tensors',
  'return_dict',
  'return_assistant_tokens_mask',
]);

/** What a row gives its template beside messages: `tools`, a list or its JSON, and `chat_template_kwargs`. */
export function optionsOf(tools: unknown, variables: unknown): TemplateOptions | Refusal {
  let list: unknown = tools ?? null;
  if (typeof tools === 'string') {
    try {
      list = JSON.parse(tools);
    } catch {
      return malformed(`tools should be a list or its JSON, got ${shown(tools)}`);
    }
    const lost = lostInParsing(tools, null);
    if (lost !== null) return whyLost({ ...lost, column: 'tools' });
  }
  if (list !== null && !Array.isArray(list)) return malformed(`tools should be a list, got ${shown(tools)}`);
  const more: unknown = variables ?? {};
  if (typeof more !== 'object' || more === null || Array.isArray(more)) {
    return malformed(`chat_template_kwargs should be an object, got ${shown(variables)}`);
  }
  if (depth([list, more]) > DEEPEST) return malformed(`tools are nested deeper than ${DEEPEST} levels`);
  const reserved = Object.keys(more).find((name) => RESERVED.has(name));
  if (reserved !== undefined) {
    const why = 'is a setting of transformers, no variable of a template; remove it';
    return malformed(`chat_template_kwargs.${reserved} ${why}`);
  }
  const some = list === null ? {} : { tools: list };
  return Object.keys(more).length === 0 ? some : { ...some, variables: more as Record<string, unknown> };
}

/** Messages as text. A template that fails or raises is a fault of the row. */
export function rendered(
  template: Template,
  messages: readonly Message[],
  open: boolean,
  options: TemplateOptions,
): string | Refusal {
  try {
    return template(messages, open, options);
  } catch (error) {
    const why = (error as Error).message.replace(/\s+/g, ' ');
    const said = error instanceof TiltyardError && error.code === 'template-raised';
    const what = said ? why : `the chat template refuses it: ${why}`;
    return unusable('template-raised', 'the chat template refuses it', what);
  }
}

/** A prompt as a template opens it, and what each answer adds to it. */
export function continued(
  template: Template,
  prompt: readonly Message[],
  answers: readonly (readonly Message[])[],
  options: TemplateOptions,
): { readonly prompt: string; readonly after: readonly string[] } | Refusal {
  const before = rendered(template, prompt, true, options);
  if (typeof before !== 'string') return before;
  const after: string[] = [];
  for (const answer of answers) {
    const whole = rendered(template, [...prompt, ...answer], false, options);
    if (typeof whole !== 'string') return whole;
    if (!whole.startsWith(before)) {
      const reason = 'the chat template does not keep the prompt as a prefix of the whole';
      const last = `the prompt's last turn is of role ${shown(prompt.at(-1)?.role)}`;
      return unusable('template-prefix', reason, `${reason} (${last}); use another template`);
    }
    after.push(whole.slice(before.length));
  }
  return { prompt: before, after };
}

/** Whether an answer begins with the whole prompt. */
export const repeats = (prompt: readonly Message[], answer: readonly Message[]): boolean =>
  answer.length > prompt.length &&
  sharedMessages([...prompt, {}] as Message[], answer).length === prompt.length;

/** What a template writes after an answer; null where it cannot be seen. */
export function afterAnswer(template: Template): string | null {
  const mark = '|tiltyard|';
  const text = rendered(
    template,
    [
      { role: 'user', content: 'question' },
      { role: 'assistant', content: mark },
    ],
    false,
    {},
  );
  if (typeof text !== 'string') return null;
  const at = text.lastIndexOf(mark);
  return at === -1 ? null : text.slice(at + mark.length);
}
