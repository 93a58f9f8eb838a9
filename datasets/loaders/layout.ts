import { malformed, type Refusal, isRefusal, shown } from './refusal.js';

/** Which columns hold what, where they are named otherwise. */
export interface Columns {
  readonly prompt?: string;
  readonly chosen?: string;
  readonly rejected?: string;
  readonly margin?: string;
  readonly completion?: string;
  readonly label?: string;
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
  /** Names of the columns that these stand in. */
  readonly used: readonly string[];
  /** Columns that have values and are not read. */
  readonly unread: readonly string[];
}

/** A row of one completion with a judgement, by what its columns mean. */
export interface JudgedFields extends Omit<Fields, 'chosen' | 'rejected' | 'margin'> {
  /** Null: it is the last turn of `prompt`, which holds a whole conversation. */
  readonly completion: unknown;
  readonly label: unknown;
}

const FOR_TEMPLATES = ['tools', 'chat_template_kwargs'];
const READ = ['prompt', 'chosen', 'rejected', 'margin', ...FOR_TEMPLATES];

/** Columns that other layouts keep a prompt in; without a mapping it would be lost. */
const PROMPTS = ['instruction', 'question', 'query', 'input', 'context'];
/** Columns of pictures: TRL refuses them for a model of text. */
const PICTURES = ['image', 'images'];
const MAPPING = 'columns: { prompt: ..., chosen: ..., rejected: ... }';
/** TRL's unpaired layout, and a whole conversation with a label. */
const JUDGED = ['completion', 'label', 'messages'];

/** Of the columns that there are, those that a file format has to read to know its layout. */
export type ColumnsToRead = (all: readonly string[]) => string[];

/** Conversations beside pairs, as some data sets have them, are not read. */
export function columnsToRead(columns: Columns): ColumnsToRead {
  const named = Object.values(columns as Record<string, string>);
  const known = new Set([...READ, ...JUDGED, ...PROMPTS, ...PICTURES, ...named, 'conversations', 'system']);
  return (all) => {
    const pairs = all.includes(columns.chosen ?? 'chosen');
    return all.filter((name) => known.has(name) && !(name === 'messages' && pairs && !named.includes(name)));
  };
}

/**
 * What the columns of a row hold. Hugging Face's layout, with names mapped, and ShareGPT's as LLaMA-Factory
 * writes it, and TRL's unpaired one; other well-known ones are refused by their names.
 */
export function fieldsOf(row: unknown, columns: Columns): Fields | JudgedFields | Refusal {
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
  if (!has(chosen) && !has(rejected) && isJudged(given, columns)) return judgedFields(given, columns);
  if (!has(chosen) || !has(rejected)) return withoutPair(given, [named('chosen'), named('rejected')]);
  const fault = picture(given) ?? halfMapped(given, columns);
  if (fault !== null) return fault;
  const own = has(value('prompt'));
  const prompt = own ? value('prompt') : promptElsewhere(given, columns);
  if (isRefusal(prompt)) return prompt;
  const elsewhere = own || !has(prompt) ? [] : ['conversations', ...(hasOwnSystem(given) ? [] : ['system'])];
  const used = [...(['prompt', 'chosen', 'rejected', 'margin'] as const).map(named), ...FOR_TEMPLATES];
  const taken = new Set([...READ, ...used, ...elsewhere]);
  return {
    prompt,
    chosen,
    rejected,
    margin: value('margin'),
    tools: given['tools'],
    variables: given['chat_template_kwargs'],
    used: [...used, ...elsewhere],
    unread: Object.keys(given).filter((name) => !taken.has(name)),
  };
}

/** Whether a row has a label and something that it judges. */
function isJudged(row: Readonly<Record<string, unknown>>, columns: Columns): boolean {
  const { completion = 'completion', label = 'label' } = columns;
  return label in row && (completion in row || 'messages' in row);
}

function judgedFields(given: Readonly<Record<string, unknown>>, columns: Columns): JudgedFields | Refusal {
  const fault = picture(given) ?? halfMapped(given, columns);
  if (fault !== null) return fault;
  const { prompt = 'prompt', completion = 'completion', label = 'label' } = columns;
  const whole = !has(given[completion]) && !has(given[prompt]) && has(given['messages']);
  const own = has(given[prompt]);
  const found = whole ? given['messages'] : own ? given[prompt] : promptElsewhere(given, columns);
  if (isRefusal(found)) return found;
  const elsewhere = own || whole || !has(found) ? [] : ['conversations', 'system'];
  const used = [whole ? 'messages' : prompt, completion, label, ...FOR_TEMPLATES, ...elsewhere];
  const taken = new Set([...used, 'chosen', 'rejected', 'prompt']);
  return {
    prompt: found,
    completion: whole ? null : (given[completion] ?? undefined),
    label: given[label],
    tools: given['tools'],
    variables: given['chat_template_kwargs'],
    used,
    unread: Object.keys(given).filter((name) => !taken.has(name)),
  };
}

const has = (value: unknown): boolean => value !== undefined && value !== null;
const hasText = (value: unknown): boolean => has(value) && value !== '';

/** Pictures would be left out without a word. */
function picture(row: Readonly<Record<string, unknown>>): Refusal | null {
  const column = PICTURES.find(
    (name) => has(row[name]) && !(Array.isArray(row[name]) && row[name].length === 0),
  );
  if (column === undefined) return null;
  return malformed(
    `column ${column} has pictures, and models here read text; remove the column`,
    'unknown-layout',
  );
}

/** An instruction whose input would be left out without a word. */
function halfMapped(row: Readonly<Record<string, unknown>>, { prompt }: Columns): Refusal | null {
  if (prompt !== 'instruction' || !hasText(row['input'])) return null;
  const why = 'an instruction goes on in column input, which would be lost';
  return malformed(`LLaMA-Factory's alpaca layout: ${why}; join them to one column prompt`, 'unknown-layout');
}

/** ShareGPT's `conversations`; a refusal where another column looks like the prompt; null: it is implicit. */
function promptElsewhere(row: Readonly<Record<string, unknown>>, columns: Columns): unknown {
  if (columns.prompt !== undefined) return null;
  const { conversations, system } = row;
  if (has(conversations)) {
    if (!Array.isArray(conversations) || !hasText(system) || hasOwnSystem(row)) return conversations;
    return [{ from: 'system', value: system }, ...conversations];
  }
  const found = PROMPTS.filter((name) => hasText(row[name]));
  if (found.length === 0) return null;
  const layout = found.includes('instruction') ? "LLaMA-Factory's alpaca layout: " : '';
  const why = `there is no prompt, and a column ${found.join(' and ')} that may be it`;
  const join = found.length > 1 ? 'join them to one column prompt' : `set columns: { prompt: ${found[0]} }`;
  return malformed(`${layout}${why}; ${join}`, 'unknown-layout');
}

/** A conversation that begins with a system turn: LLaMA-Factory takes that one, not column system. */
function hasOwnSystem({ conversations }: Readonly<Record<string, unknown>>): boolean {
  const first: unknown = Array.isArray(conversations) ? conversations[0] : null;
  return typeof first === 'object' && first !== null && (first as { from?: unknown }).from === 'system';
}

/** The layouts that have no chosen and rejected, by their names. */
function withoutPair(row: Readonly<Record<string, unknown>>, wanted: readonly string[]): Refusal {
  const names = Object.keys(row);
  const all = (...some: string[]): boolean => some.every((name) => names.includes(name));
  const refused = (layout: string, why: string): Refusal => malformed(`${layout}: ${why}`, 'unknown-layout');
  const verdict = ['label', 'kto_tag'].find((name) => names.includes(name));
  const judged = ['completion', 'output', 'response', 'conversations'].find((name) => names.includes(name));
  if (verdict !== undefined && judged !== undefined) {
    const what = `${judged} and ${verdict} are single judgements under other names`;
    const remedy =
      judged === 'conversations'
        ? 'write the last turn to column completion and the turns before it to column prompt'
        : `set columns: { completion: ${judged}, label: ${verdict} }`;
    return refused('unpaired data (KTO)', `${what}; ${remedy}`);
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
  return malformed(`no column ${missing.join(' and ')}; ${advice(row)}`, 'missing-column');
}

/** What to do about columns of unknown names. */
function advice(row: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(row);
  const [only] = names;
  const rows = only === undefined ? null : row[only];
  if (names.length === 1 && Array.isArray(rows) && typeof rows[0] === 'object') {
    return `its rows stand in ${only}: write that array alone`;
  }
  const known = names.length === 0 ? 'nothing' : names.slice(0, 20).join(', ');
  const like = (role: string): string => {
    const alike = names.filter((name) => name.toLowerCase().includes(role));
    return alike.length === 1 ? JSON.stringify(alike[0]) : '...';
  };
  const found = { prompt: like('prompt'), chosen: like('chosen'), rejected: like('rejected') };
  const some = Object.entries(found).filter(([role, name]) => name !== `"${role}"`);
  const columns = some.map(([role, name]) => `${role}: ${name}`).join(', ');
  return `it has ${known}. Rename yours to prompt, chosen and rejected, or set columns: { ${columns} }`;
}
