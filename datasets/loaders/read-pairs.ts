import type { Pair, SourceAccount } from '../../harness/contracts/dataset.js';
import type { Tokenizer } from '../../harness/contracts/tokenizer.js';
import { TiltyardError } from '../../harness/errors.js';
import type { Template } from '../../harness/policy/tokenizers/chat.js';
import { encodeCompletion, encodePrompt } from '../../harness/policy/tokenizers/rows.js';
import { fieldsOf } from './layout.js';
import { whyLost } from './lost.js';
import type { PairsParams } from './params.js';
import { pairOf, type RawPair } from './preference-row.js';
import { isRefusal, malformed, oneLine, type Refusal, unusable } from './refusal.js';
import type { Source, SourceRow } from './source.js';

/** What files hold, and what became of their rows. */
export interface ReadPairs {
  readonly pairs: readonly Pair[];
  readonly sources: readonly SourceAccount[];
  readonly form: RawPair['form'];
  /** Rows whose prompt was found in a way that is worth saying. */
  readonly found: Readonly<Record<string, number>>;
  readonly unread: ReadonlySet<string>;
  /** Rows whose prompt has other tokens alone than where a completion follows it. */
  readonly inexact: number;
  /** Rows whose completions both begin with the whole prompt. */
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
  const { form } = reader;
  if (reader.pairs.length === 0 || form === null) throw nothingUsable(sources[0]!.path, accounts);
  const { pairs, found, unread, inexact, repeated } = reader;
  return { pairs, sources: accounts, form, found, unread, inexact, repeated };
}

class Reader {
  readonly pairs: Pair[] = [];
  readonly found: Record<string, number> = {};
  readonly unread = new Set<string>();
  form: RawPair['form'] | null = null;
  inexact = 0;
  repeated = 0;
  private count = 0;
  private tokenizer: Tokenizer | null = null;
  private truncated = { prompts: 0, completions: 0 };

  constructor(private readonly reading: Reading) {}

  async source(source: Source, name: string | null): Promise<SourceAccount> {
    const dropped = new Map<string, { rows: number; first: string }>();
    const [before, keptBefore] = [this.count, this.pairs.length];
    this.truncated = { prompts: 0, completions: 0 };
    for await (const row of source.rows()) {
      const { at } = row;
      this.count++;
      const outcome = this.row(row);
      if (!isRefusal(outcome)) {
        this.pairs.push(outcome);
        continue;
      }
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
      kept: this.pairs.length - keptBefore,
      dropped: [...dropped].map(([reason, group]) => ({ reason, ...group })),
      truncated: this.truncated,
    };
  }

  private row({ value, lost }: SourceRow): Pair | Refusal {
    const { template, params, tokenizer } = this.reading;
    const fields = fieldsOf(value, params.columns);
    if (isRefusal(fields)) return fields;
    const inexact = lost(fields.used);
    if (inexact !== null) return whyLost(inexact);
    const raw = pairOf(fields, template, params.implicitPrompt);
    if (isRefusal(raw)) return raw;
    if (this.form !== null && this.form !== raw.form) {
      const why = `this row is ${raw.form}, rows before it are ${this.form}`;
      return malformed(`${why}; give one form of rows, a chat template treats them differently`);
    }
    this.form ??= raw.form;
    this.tokenizer ??= tokenizer(raw.form);
    const { form, found, repeated, ...texts } = raw;
    // A template ends turns as it was written to; TRL adds no end token to dialogues.
    const closed = form === 'messages' && params.tokenizer !== 'bytes';
    const pair: Pair = { id: String(this.count), ...texts, ...(closed ? { closed } : {}) };
    const fault = this.measure(pair, this.tokenizer);
    if (fault !== null) return fault;
    if (found !== undefined) this.found[found] = (this.found[found] ?? 0) + 1;
    if (repeated === true) this.repeated++;
    for (const name of fields.unread) if (this.unread.size < MOST_UNREAD) this.unread.add(name);
    return pair;
  }

  /** Whether a pair is within both bounds, or is cut to them: null. */
  private measure(pair: Pair, tokenizer: Tokenizer): Refusal | null {
    const { maxPromptTokens, maxCompletionTokens, truncate } = this.reading.params;
    const limits = { ...UNBOUNDED, endsWithEos: true };
    const prompt = encodePrompt(tokenizer, pair.prompt, limits, 'the prompt');
    let [cutPrompt, cutCompletions, exact] = [false, 0, true];
    for (const side of ['chosen', 'rejected'] as const) {
      const encoded = encodeCompletion(tokenizer, pair.prompt, pair[side], pair.closed === true, limits);
      const lengths = [
        ['prompt', prompt.ids.length, maxPromptTokens, 'maxPromptTokens'],
        [side, encoded.completion.length, maxCompletionTokens, 'maxCompletionTokens'],
      ] as const;
      exact &&= encoded.exact;
      for (const [text, tokens, limit, bound] of lengths) {
        if (tokens <= limit) continue;
        if (text === 'prompt') cutPrompt = true;
        else cutCompletions++;
        if (!truncate) return tooLong(text, tokens, bound, limit);
      }
    }
    if (cutPrompt) this.truncated.prompts++;
    this.truncated.completions += cutCompletions;
    if (!exact) this.inexact++;
    return null;
  }
}

const UNBOUNDED = {
  maxPromptTokens: Number.POSITIVE_INFINITY,
  maxCompletionTokens: Number.POSITIVE_INFINITY,
};

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
