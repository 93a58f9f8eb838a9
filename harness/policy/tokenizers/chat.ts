import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Template as Jinja } from '@huggingface/jinja';
import { TiltyardError } from '../../errors.js';
import { utf8File } from '../../utf8.js';
import { isObject, type Json, jsonFile, shown } from './json-file.js';
import { tokenizerClass } from './classes.js';
import { PYTHON, pythonJinja, RAISE } from './python-jinja.js';
import { withinLimits } from './template-limits.js';

/** A message of a dialogue. Fields beside the role are the template's to read, whatever they are. */
export interface Message {
  readonly role: string;
  readonly content?: unknown;
  readonly [field: string]: unknown;
}

/** What a template is given beside the messages. */
export interface TemplateOptions {
  /** Functions that the assistant may call: the template named `tool_use` is for them, where there is one. */
  readonly tools?: readonly unknown[] | null;
  /** More variables, as a row's `chat_template_kwargs`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Messages to text; `open` adds what makes the assistant speak next. */
export type Template = (messages: readonly Message[], open: boolean, options?: TemplateOptions) => string;

/** A template in use: its name, and the file and field that it comes from. */
export type ChatTemplate = Template & { readonly source: { readonly name: string; readonly from: string } };

interface Source {
  readonly name: string;
  readonly from: string;
  readonly text: string;
}

/**
 * Templates of a model folder by name, from where transformers 5 takes them: chat_template.jinja and
 * additional_chat_templates, else tokenizer_config.json. Null where it has none.
 * @throws TiltyardError for a chat_template that is neither a text nor a list of named ones
 */
export function readTemplates(folder: string): { readonly [name: string]: Source } | null {
  const files: Source[] = [];
  const read = (name: string, from: string): void => {
    files.push({ name, from, text: utf8File(join(folder, from)) });
  };
  if (existsSync(join(folder, 'chat_template.jinja'))) read('default', 'chat_template.jinja');
  const more = join(folder, 'additional_chat_templates');
  if (existsSync(more))
    for (const file of readdirSync(more)
      .filter((name) => name.endsWith('.jinja'))
      .sort())
      read(file.slice(0, -'.jinja'.length), `additional_chat_templates/${file}`);
  const sources = files.length > 0 ? files : inSettings(folder);
  return sources.length === 0 ? null : Object.fromEntries(sources.map((source) => [source.name, source]));
}

function inSettings(folder: string): Source[] {
  const given = jsonFile(folder, 'tokenizer_config.json')?.['chat_template'];
  const from = 'tokenizer_config.json: chat_template';
  if (given === undefined || given === null) return [];
  if (typeof given === 'string') return [{ name: 'default', from, text: given }];
  const named: [string, unknown][] = Array.isArray(given)
    ? given.map((item: unknown) => (isObject(item) ? [String(item['name']), item['template']] : ['', item]))
    : isObject(given)
      ? Object.entries(given)
      : [['', given]];
  return named.map(([name, text]) => {
    if (name !== '' && typeof text === 'string') return { name, from, text };
    const wanted = 'should be a text, or a list of { name, template }';
    throw new TiltyardError('bad-template', `${folder}/${from} ${wanted}, got ${shown(given)}`);
  });
}

/**
 * The chat template of a Hugging Face model folder: `default`, and `tool_use` for rows with tools where there
 * is one. Null where the folder has none.
 * @throws TiltyardError for templates none of which is the default, or one that cannot be read
 */
export function chatTemplate(folder: string): ChatTemplate | null {
  const sources = readTemplates(folder);
  if (sources === null) return null;
  const known = sources['default'];
  if (known === undefined) {
    const names = Object.keys(sources).join(', ');
    throw new TiltyardError(
      'bad-template',
      `${folder}: has chat templates named ${names} and none named default; name one of them default`,
    );
  }
  const tokens = templateTokens(folder);
  const usual = compiled(known, folder, tokens);
  const withTools = sources['tool_use'] === undefined ? usual : compiled(sources['tool_use'], folder, tokens);
  const render: Template = (messages, open, options = {}) =>
    (options.tools === undefined || options.tools === null ? usual : withTools)(messages, open, options);
  return Object.assign(render, { source: { name: known.name, from: known.from } });
}

/** What the template writes after the last message of an assistant; null where there is none, or it fails. */
export function afterAnswer(folder: string): { readonly text: string; readonly from: string } | null {
  const mark = '|tiltyard|';
  try {
    const template = chatTemplate(folder);
    if (template === null) return null;
    const turns = [
      { role: 'user', content: 'question' },
      { role: 'assistant', content: mark },
    ];
    const text = template(turns, false);
    const at = text.lastIndexOf(mark);
    return at === -1 ? null : { text: text.slice(at + mark.length), from: template.source.from };
  } catch {
    return null; // whoever uses the template is told
  }
}

/** Special tokens as variables of a template: those that the folder names. */
function templateTokens(folder: string): Record<string, string> {
  const settings = jsonFile(folder, 'tokenizer_config.json') ?? {};
  const map = 'added_tokens_decoder' in settings ? {} : (jsonFile(folder, 'special_tokens_map.json') ?? {});
  const defaults = Object.entries(
    tokenizerClass(folder, settings, jsonFile(folder, 'config.json') ?? {}).tokens,
  ).map(([role, token]) => [`${role}_token`, token] as const);
  const all: Json = { ...Object.fromEntries(defaults), ...settings, ...map };
  const text = (value: unknown): string | null =>
    typeof value === 'string'
      ? value
      : isObject(value) && typeof value['content'] === 'string'
        ? value['content']
        : null;
  return Object.fromEntries(
    Object.entries(all).flatMap(([field, value]) => {
      const token = field.endsWith('_token') ? text(value) : null;
      return token === null ? [] : [[field, token]];
    }),
  );
}

function compiled(
  { name, from, text }: Source,
  folder: string,
  tokens: Readonly<Record<string, string>>,
): Template {
  const at = `${folder}/${from}`;
  const which = name === 'default' ? '' : ` (template '${name}')`;
  let template: Jinja;
  try {
    template = pythonJinja(text);
  } catch (error) {
    throw new TiltyardError(
      'unsupported-template',
      `${at}${which}: the chat template uses what is not built (${(error as Error).message}); ` +
        'simplify it, or render the rows to text yourself',
      { cause: error },
    );
  }
  return (messages, open, { tools = null, variables = {} } = {}) => {
    let raised: string | null = null;
    const raise = (message: unknown): never => {
      raised = String(message);
      throw new Error(raised);
    };
    try {
      const values = {
        ...tokens,
        documents: null,
        ...variables,
        messages,
        tools,
        add_generation_prompt: open,
        ...PYTHON,
        [RAISE]: raise,
      };
      return withinLimits(() => template.render(values));
    } catch (error) {
      if (raised !== null)
        throw new TiltyardError('template-raised', `the chat template refuses it: ${raised}`);
      throw new TiltyardError(
        'template-failed',
        `${at}${which}: the chat template fails (${(error as Error).message})`,
        { cause: error },
      );
    }
  };
}
