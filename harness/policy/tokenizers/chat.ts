import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template as Jinja } from '@huggingface/jinja';

export interface Message {
  readonly role: string;
  readonly content: string;
}

/** Messages to text; `open` adds what makes the assistant speak next. */
export type Template = (messages: readonly Message[], open: boolean) => string;

/**
 * The chat template of a Hugging Face model folder (chat_template.jinja or tokenizer_config.json); null where
 * it has none.
 */
export function chatTemplate(folder: string): Template | null {
  const path = join(folder, 'chat_template.jinja');
  const config = join(folder, 'tokenizer_config.json');
  const settings = existsSync(config)
    ? (JSON.parse(readFileSync(config, 'utf8')) as {
        chat_template?: unknown;
        bos_token?: unknown;
        eos_token?: unknown;
      })
    : {};
  const source = existsSync(path) ? readFileSync(path, 'utf8') : settings.chat_template;
  if (typeof source !== 'string') return null;
  const template = new Jinja(source);
  return (messages, open) =>
    template.render({
      messages: messages as never,
      add_generation_prompt: open,
      bos_token: settings.bos_token ?? '',
      eos_token: settings.eos_token ?? '',
    });
}
