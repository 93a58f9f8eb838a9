import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template as Jinja } from '@huggingface/jinja';

/** A message of a dialogue. Fields beside the role are the template's to read, whatever they are. */
export interface Message {
  readonly role: string;
  readonly content?: unknown;
  readonly [field: string]: unknown;
}

/** What a template is given beside the messages. */
export interface TemplateOptions {
  /** Functions that the assistant may call. */
  readonly tools?: readonly unknown[] | null;
  /** More variables, as a row's `chat_template_kwargs`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Messages to text; `open` adds what makes the assistant speak next. */
export type Template = (messages: readonly Message[], open: boolean, options?: TemplateOptions) => string;

/** A template in use: its name, and the file and field that it comes from. */
export type ChatTemplate = Template & { readonly source: { readonly name: string; readonly from: string } };

/**
 * The chat template of a Hugging Face model folder (chat_template.jinja or tokenizer_config.json); null where
 * it has none.
 */
export function chatTemplate(folder: string): ChatTemplate | null {
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
  const render: Template = (messages, open, { tools = null, variables = {} } = {}) =>
    template.render({
      ...variables,
      tools,
      messages: messages as never,
      add_generation_prompt: open,
      bos_token: settings.bos_token ?? '',
      eos_token: settings.eos_token ?? '',
    });
  const from = existsSync(path) ? 'chat_template.jinja' : 'tokenizer_config.json: chat_template';
  return Object.assign(render, { source: { name: 'default', from } });
}
