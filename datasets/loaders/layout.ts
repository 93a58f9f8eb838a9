import { malformed, type Refusal, isRefusal, shown } from './refusal.js';

/** Which columns hold what, where they are named otherwise. */
export interface Columns {
  readonly prompt?: string;
  readonly chosen?: string;
  readonly rejected?: string;
  readonly margin?: string;
}

/** A row by what its columns mean. */
export interface Fields {
  readonly prompt: unknown;
  readonly chosen: unknown;
  readonly rejected: unknown;
  readonly margin: unknown;
  /** Of the row, for its chat template. */
  readonly tools: unknown;
  readonly variables: unknown;
  /** Columns that have values and are not read. */
  readonly unread: readonly string[];
}

const READ = ['prompt', 'chosen', 'rejected', 'margin', 'tools', 'chat_template_kwargs'];

/** Columns that other layouts keep a prompt in; without a mapping it would be lost. */
const PROMPTS = ['instruction', 'question', 'query', 'input', 'context'];
const MAPPING = 'columns: { prompt: ..., chosen: ..., rejected: ... }';

/** Every column that a file format has to read to know its layout. */
export const columnsToRead = (columns: Columns): string[] => [
  ...READ,
  ...PROMPTS,
  ...Object.values(columns as Record<string, string>),
  'conversations',
];

/**
 * What the columns of a row hold. Hugging Face's layout, with names mapped, and ShareGPT's as LLaMA-Factory
 * writes it; other well-known ones are refused by their names.
 */
export function fieldsOf(row: unknown, columns: Columns): Fields | Refusal {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    return malformed(`should be an object with chosen and rejected, got ${shown(row)}`);
  }
  const given = row as Readonly<Record<string, unknown>>;
  const missing = Object.entries(columns as Record<string, string>).filter(([, name]) => !(name in given));
  if (missing.length > 0) {
    const [role, name] = missing[0]!;
    const has = Object.keys(given).join(', ');
    return malformed(`columns.${role} is '${name}', and there is no such column; it has ${has}`);
  }
  const named = (role: keyof Columns): string => columns[role] ?? role;
  const value = (role: keyof Columns): unknown =>
    Object.hasOwn(given, named(role)) ? given[named(role)] : null;
  const [chosen, rejected] = [value('chosen'), value('rejected')];
  if (!has(chosen) || !has(rejected)) return withoutPair(given, [named('chosen'), named('rejected')]);
  const prompt = has(value('prompt')) ? value('prompt') : promptElsewhere(given, columns);
  if (isRefusal(prompt)) return prompt;
  const taken = new Set([...READ, ...Object.values(columns as Record<string, string>), 'conversations']);
  return {
    prompt,
    chosen,
    rejected,
    margin: value('margin'),
    tools: given['tools'],
    variables: given['chat_template_kwargs'],
    unread: Object.keys(given).filter((name) => !taken.has(name)),
  };
}

const has = (value: unknown): boolean => value !== undefined && value !== null;

/** ShareGPT's `conversations`; a refusal where another column looks like the prompt; null: it is implicit. */
function promptElsewhere(row: Readonly<Record<string, unknown>>, columns: Columns): unknown {
  if (columns.prompt !== undefined) return null;
  if (has(row['conversations'])) return row['conversations'];
  const found = PROMPTS.filter((name) => has(row[name]) && row[name] !== '');
  if (found.length === 0) return null;
  const layout = found.includes('instruction') ? "LLaMA-Factory's alpaca layout: " : '';
  const why = `there is no prompt, and a column ${found.join(' and ')} that may be it`;
  const join = found.length > 1 ? 'join them to one column prompt' : `set columns: { prompt: ${found[0]} }`;
  return malformed(`${layout}${why}; ${join}`, 'unknown-layout');
}

/** The layouts that have no chosen and rejected, by their names. */
function withoutPair(row: Readonly<Record<string, unknown>>, wanted: readonly string[]): Refusal {
  const names = Object.keys(row);
  const all = (...some: string[]): boolean => some.every((name) => names.includes(name));
  const refused = (layout: string, why: string): Refusal => malformed(`${layout}: ${why}`, 'unknown-layout');
  if (all('completion', 'label')) {
    const why = 'completion and label are single judgements, and pairs are wanted';
    return refused('unpaired data (KTO)', `${why}; join a good and a bad completion of a prompt to one row`);
  }
  if (all('instruction', 'output')) {
    const why = `output holds the answers; write them to columns, and set ${MAPPING}`;
    return refused("LLaMA-Factory's alpaca layout", why);
  }
  if (all('conversations')) {
    const why = 'a conversation without chosen and rejected is no preference; bring pairs of answers';
    return refused('ShareGPT layout', why);
  }
  if (all('messages')) {
    const why = 'messages alone are demonstrations, no preferences; bring chosen and rejected';
    return refused('fine-tuning data', why);
  }
  const missing = wanted.filter((name) => !has(row[name]));
  const empty = missing.filter((name) => names.includes(name));
  if (empty.length > 0) return malformed(`${empty.join(' and ')} should be a text or messages, got null`);
  const known = names.length === 0 ? 'nothing' : names.slice(0, 20).join(', ');
  return malformed(
    `no column ${missing.join(' and ')}; it has ${known}. ` +
      `Rename yours to prompt, chosen and rejected, or set ${MAPPING}`,
    'missing-column',
  );
}
