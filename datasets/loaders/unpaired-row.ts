import type { Message, Template } from '../../harness/policy/tokenizers/chat.js';
import type { JudgedFields } from './layout.js';
import { continued, messagesOf, optionsOf, repeats } from './messages.js';
import { whyUnusable } from './preference-row.js';
import { isRefusal, malformed, type Refusal, shown } from './refusal.js';

/** One completion with its judgement as the file has it: plain text, or messages for a chat template. */
export interface RawJudgement {
  readonly prompt: string;
  readonly completion: string;
  readonly label: boolean;
  readonly form: 'text' | 'messages';
  /** How the prompt was found, where it was not given. */
  readonly found?: 'last turn';
  /** The completion begins with the whole prompt. */
  readonly repeated?: true;
}

/** What a row of these fields says, or why it cannot be used. @param template null: there is none */
export function judgementOf(fields: JudgedFields, template: Template | null): RawJudgement | Refusal {
  const label = labelOf(fields.label);
  if (isRefusal(label)) return label;
  const formed = formedOf(fields, template);
  if (isRefusal(formed)) return formed;
  return whyUnusable(formed.prompt, { completion: formed.completion }) ?? { ...formed, label };
}

/** True and false, as TRL wants them, and 1 and 0, which it takes for them. */
function labelOf(label: unknown): boolean | Refusal {
  if (typeof label === 'boolean') return label;
  if (label === 0 || label === 1) return label === 1;
  return malformed(`label should be true or false, or 1 or 0, got ${shown(label)}`);
}

function formedOf(fields: JudgedFields, template: Template | null): Omit<RawJudgement, 'label'> | Refusal {
  const { prompt, completion } = fields;
  if (completion === undefined) return malformed('completion should be a text or messages, got null');
  if (prompt === undefined || prompt === null) {
    const why = 'a completion with a label has no prompt, and one alone tells none';
    return malformed(`${why}; give column prompt`, 'missing-column');
  }
  if (typeof prompt === 'string' && typeof completion === 'string') {
    const repeated = prompt !== '' && completion.startsWith(prompt);
    return { prompt, completion, form: 'text', ...(repeated ? { repeated } : {}) };
  }
  if (typeof prompt !== 'object' || typeof completion !== 'object') {
    return malformed('prompt and completion should both be strings, or both lists of { role, content }');
  }
  return ofMessages(fields, template);
}

function ofMessages(
  { prompt, completion, tools, variables }: JudgedFields,
  template: Template | null,
): Omit<RawJudgement, 'label'> | Refusal {
  if (template === null) {
    const remedy = 'put chat_template.jinja into it, or give rows as text';
    return malformed(`rows of messages need a chat template, and the tokenizer's folder has none; ${remedy}`);
  }
  const turns = completion === null ? cutWhole(prompt) : given(prompt, completion);
  if (isRefusal(turns)) return turns;
  const options = optionsOf(tools, variables);
  if (isRefusal(options)) return options;
  const texts = continued(template, turns.prompt, [turns.completion], options);
  if (isRefusal(texts)) return texts;
  const row = { prompt: texts.prompt, completion: texts.after[0]!, form: 'messages' as const };
  return completion === null ? { ...row, found: 'last turn' } : row;
}

interface Turns {
  readonly prompt: readonly Message[];
  readonly completion: readonly Message[];
}

function given(prompt: unknown, completion: unknown): Turns | Refusal {
  const before = messagesOf(prompt, 'prompt');
  if (isRefusal(before)) return before;
  const after = messagesOf(completion, 'completion');
  if (isRefusal(after)) return after;
  if (!repeats(before, after)) return { prompt: before, completion: after };
  return malformed(
    'prompt stands in front of completion too, and would be trained on twice; leave it out of completion',
  );
}

/** A conversation that is judged as a whole: the judgement is of its last answer. */
function cutWhole(messages: unknown): Turns | Refusal {
  const all = messagesOf(messages, 'messages');
  if (isRefusal(all)) return all;
  const { role } = all.at(-1)!;
  if (all.length < 2 || role !== 'assistant') {
    const got = all.length < 2 ? 'there is one turn' : `the last turn is of role ${shown(role)}`;
    return malformed(`messages with a label should end with an answer of the assistant, and ${got}`);
  }
  return { prompt: all.slice(0, -1), completion: all.slice(-1) };
}
