import type { Judgement, Pair, PairTokens, SourceAccount } from '../../harness/contracts/dataset.js';
import type { Tokenizer } from '../../harness/contracts/tokenizer.js';
import { TiltyardError } from '../../harness/errors.js';
import type { Template } from '../../harness/policy/tokenizers/chat.js';
import { pairCounter } from '../../harness/policy/tokenizers/counts.js';
import {
  type RowLimits,
  type WholeCompletion,
  wholePair,
  wholeRow,
} from '../../harness/policy/tokenizers/rows.js';
import { fieldsOf } from './layout.js';
import { whyLost } from './lost.js';
import { PairStore } from './pair-store.js';
import { isBuiltInTokenizer, type PairsParams } from './params.js';
import { pairOf, type RawPair } from './preference-row.js';
import { isRefusal, malformed, oneLine, type Refusal, unusable } from './refusal.js';
import type { Source, SourceRow } from './source.js';
import { judgementOf } from './unpaired-row.js';

export type Kind = 'pairs' | 'unpaired';

/** What files hold, and what became of their rows. */
export interface ReadPairs {
  /** What the rows are: pairs, or completions that are judged one by one. */
  readonly kind: Kind;
  readonly pairs: readonly Pair[];
  /** Of each pair. */
  readonly tokens: readonly PairTokens[];
  /** Empty where rows are pairs, as `pairs` is where they are not. */
  readonly unpaired: readonly Judgement[];
  readonly sources: readonly SourceAccount[];
  readonly form: RawPair['form'];
  /** Rows whose prompt was found in a way that is worth saying. */
  readonly found: Readonly<Record<string, number>>;
  readonly unread: ReadonlySet<string>;
  /** Rows whose prompt has other tokens alone than where a completion follows it. */
  readonly inexact: number;
  /** Rows whose completions begin with the whole prompt. */
  readonly repeated: number;
}

export interface Reading {
  readonly params: PairsParams;
  /** Null: the tokenizer's folder has none. */
  readonly template: Template | null;
  /** By what rows are: templates write special tokens themselves. */
  readonly tokenizer: (form: RawPair['form']) => Tokenizer;
}

/** How many columns that are not read are kept for the account. */
const MOST_UNREAD = 20;

/**
 * The pairs of one file or its shards.
 * @param file as the parameters name it
 * @throws TiltyardError with file and line for a row that cannot be used, unless such rows are dropped
 */
export async function readPairs(
  file: string,
  sources: readonly Source[],
  reading: Reading,
): Promise<ReadPairs> {
  const reader = new Reader(reading);
  const accounts: SourceAccount[] = [];
  for (const source of sources) accounts.push(await reader.source(source, sources.length > 1 ? null : file));
  const { form, kind } = reader;
  if (reader.kept.length === 0 || form === null || kind === null)
    throw nothingUsable(sources[0]!.path, accounts);
  const { kept, found, unread, inexact, repeated } = reader;
  const said = { found, unread, inexact, repeated };
  const rows =
    kind === 'pairs'
      ? { pairs: kept.pairs(), tokens: kept.tokens(), unpaired: [] }
      : { pairs: [], tokens: [], unpaired: kept.judged() };
  return { kind, ...rows, sources: accounts, form, ...said };
}

class Reader {
  readonly kept = new PairStore();
  readonly found: Record<string, number> = {};
  readonly unread = new Set<string>();
  form: RawPair['form'] | null = null;
  kind: Kind | null = null;
  inexact = 0;
  repeated = 0;
  private count = 0;
  private measure: Measure | null = null;
  private truncated = { prompts: 0, completions: 0 };

  constructor(private readonly reading: Reading) {}

  async source(source: Source, name: string | null): Promise<SourceAccount> {
    const dropped = new Map<string, { rows: number; first: string }>();
    const [before, keptBefore] = [this.count, this.kept.length];
    this.truncated = { prompts: 0, completions: 0 };
    for await (const row of source.rows()) {
      const { at } = row;
      this.count++;
      const outcome = this.row(row);
      if (outcome === null) continue;
      const { code, what, reason } = outcome;
      if (reason === null || this.reading.params.unusable === 'refuse') {
        throw new TiltyardError(code, `${at}: ${oneLine(what)}`);
      }
      const group = dropped.get(reason) ?? { rows: 0, first: at };
      dropped.set(reason, { ...group, rows: group.rows + 1 });
    }
    return {
      file: name ?? source.path,
      sha256: source.sha256(),
      rows: this.count - before,
      kept: this.kept.length - keptBefore,
      dropped: [...dropped].map(([reason, group]) => ({ reason, ...group })),
      truncated: this.truncated,
    };
  }

  /** Keeps what a row holds. @returns why it cannot be used, or null */
  private row({ value, lost }: SourceRow): Refusal | null {
    const { template, params, tokenizer } = this.reading;
    const fields = fieldsOf(value, params.columns);
    if (isRefusal(fields)) return fields;
    const inexact = lost(fields.used);
    if (inexact !== null) return whyLost(inexact);
    const judged = 'label' in fields;
    const raw = judged ? judgementOf(fields, template) : pairOf(fields, template, params.implicitPrompt);
    if (isRefusal(raw)) return raw;
    const mixed = this.mixed(raw.form, judged ? 'unpaired' : 'pairs');
    if (mixed !== null) return mixed;
    this.measure ??= measureOf(tokenizer(raw.form), params);
    const { form, found, repeated, ...texts } = raw;
    // A template ends turns as it was written to; TRL adds no end token to dialogues.
    const closed = form === 'messages' && !isBuiltInTokenizer(params.tokenizer);
    const row = { ...texts, ...(closed ? { closed } : {}) };
    const measured = this.measure(row);
    if (isRefusal(measured)) return measured;
    if ('label' in row) this.kept.addJudged(this.count, row);
    else this.kept.add(this.count, row, measured.tokens!);
    this.truncated.prompts += measured.cut.prompts;
    this.truncated.completions += measured.cut.completions;
    if (!measured.exact) this.inexact++;
    if (found !== undefined) this.found[found] = (this.found[found] ?? 0) + 1;
    if (repeated === true) this.repeated++;
    for (const name of fields.unread) if (this.unread.size < MOST_UNREAD) this.unread.add(name);
    return null;
  }

  /** Why a row does not go with those before it, or null. */
  private mixed(form: RawPair['form'], kind: Kind): Refusal | null {
    if (this.kind !== null && this.kind !== kind) {
      const name = { pairs: 'a pair', unpaired: 'a single completion with a label' };
      const why = `this row is ${name[kind]}, each row before it is ${name[this.kind]}`;
      return malformed(`${why}; give a file of either`);
    }
    if (this.form !== null && this.form !== form) {
      const why = `this row is ${form}, rows before it are ${this.form}`;
      return malformed(`${why}; give one form of rows, a chat template treats them differently`);
    }
    this.form ??= form;
    this.kind ??= kind;
    return null;
  }
}

/** What the tokens of a row come to, and what of them is cut; or why it cannot be used. */
type Measure = (row: Omit<Pair, 'id'> | Omit<Judgement, 'id'>) =>
  | Refusal
  | {
      /** Null for a judged completion. */
      readonly tokens: PairTokens | null;
      readonly cut: SourceAccount['truncated'];
      readonly exact: boolean;
    };

function measureOf(tokenizer: Tokenizer, params: PairsParams): Measure {
  const limits: RowLimits = { ...params, endsWithEos: true };
  const { maxPromptTokens, maxCompletionTokens, truncate } = params;
  const count = pairCounter(tokenizer, limits);
  const where = 'the prompt';
  return (row) => {
    const judged = 'label' in row;
    const pair = judged ? null : wholePair(tokenizer, row, limits, where);
    const whole = judged ? wholeRow(tokenizer, row, limits, where) : pair!;
    const sides = Object.entries(whole).filter(([name]) => name !== 'prompt') as [string, WholeCompletion][];
    const cut = { prompts: 0, completions: 0 };
    const over = (text: string, tokens: number, limit: number, bound: string): Refusal | null => {
      if (tokens <= limit) return null;
      cut[text === 'prompt' ? 'prompts' : 'completions']++;
      return truncate ? null : tooLong(text, tokens, bound, limit);
    };
    let fault = over('prompt', whole.prompt.length, maxPromptTokens, 'maxPromptTokens');
    for (const [name, { ids }] of sides)
      fault ??= over(name, ids.length, maxCompletionTokens, 'maxCompletionTokens');
    if (fault !== null) return fault;
    const exact = sides.every(([, side]) => side.exact);
    return { tokens: pair === null ? null : count(pair, where), cut, exact };
  };
}

function tooLong(text: string, tokens: number, bound: string, limit: number): Refusal {
  const advice = `raise ${bound}, or set unusable: drop to leave such rows out, or truncate: true`;
  const reason = `${text === 'prompt' ? 'prompt' : 'completion'} over ${bound} ${limit}`;
  return unusable('row-too-long', reason, `${text} has ${tokens} tokens, ${bound} is ${limit}; ${advice}`);
}

/** For messages. */
const EXAMPLE = '{"prompt": "...", "chosen": "...", "rejected": "..."}';

function nothingUsable(path: string, accounts: readonly SourceAccount[]): TiltyardError {
  const dropped = accounts.flatMap((account) => account.dropped);
  if (dropped.length === 0) {
    return new TiltyardError('empty-dataset', `${path}: has no rows; give at least one like ${EXAMPLE}`);
  }
  const why = dropped.map(({ reason, rows, first }) => `${rows}: ${reason}, first ${first}`).join('; ');
  return new TiltyardError(
    'empty-dataset',
    `${path}: every row was dropped (${why}); mend them or the bounds`,
  );
}
