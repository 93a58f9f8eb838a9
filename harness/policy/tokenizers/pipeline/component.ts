import * as library from '@huggingface/tokenizers';
import { TiltyardError } from '../../../errors.js';
import { isObject, type Json, shown } from '../json-file.js';
import { TimedExpression } from './timed.js';

/** How GPT-2 cuts words. */
export const GPT2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** A part of tokenizer.json, with its place for messages, e.g. `model/tokenizer.json: pre_tokenizer`. */
export interface Component {
  readonly at: string;
  readonly json: Json;
}

/** Null for an absent part. @throws TiltyardError for anything else that is no part */
export function component(at: string, json: unknown): Component | null {
  if (json === undefined || json === null) return null;
  if (isObject(json)) return { at, json };
  throw new TiltyardError('bad-tokenizer', `${at} should be an object or null, got ${shown(json)}`);
}

/** The parts of a sequence. */
export function children({ at, json }: Component, field: string): Component[] {
  const list = json[field];
  if (!Array.isArray(list))
    throw new TiltyardError('bad-tokenizer', `${at}.${field} should be a list, got ${shown(list)}`);
  return list.flatMap((child, i) => component(`${at}.${field}[${i}]`, child) ?? []);
}

export const unsupported = (at: string, what: string, known: string): TiltyardError =>
  new TiltyardError(
    'unsupported-tokenizer',
    `${at}: ${what} is not read as the tokenizers library reads it (known: ${known}); use another tokenizer`,
  );

/** A string field. */
export function textOf({ at, json }: Component, field: string, fallback?: string): string {
  const value = json[field] ?? fallback;
  if (typeof value === 'string') return value;
  throw new TiltyardError('bad-tokenizer', `${at}.${field} should be a string, got ${shown(value)}`);
}

/** A pattern `{ String }` or `{ Regex }` as a global expression. @throws TiltyardError for neither */
export function patternOf(part: Component): RegExp {
  const pattern = part.json['pattern'];
  const at = `${part.at}.pattern`;
  if (typeof pattern === 'string') return literal(pattern);
  if (isObject(pattern) && typeof pattern['String'] === 'string') return literal(pattern['String']);
  if (isObject(pattern) && typeof pattern['Regex'] === 'string') return regex(pattern['Regex'], at);
  throw new TiltyardError('bad-tokenizer', `${at} should hold String or Regex, got ${shown(pattern)}`);
}

const literal = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gu');

/** The library's own class, which its types leave out. */
interface Split {
  readonly pattern: RegExp | null;
}

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const [OPENER, UPPER, LOWER] = [
  String.raw`[^\r\n\p{L}\p{N}]?`,
  String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`,
  String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`,
];
/** Expressions of published models (GPT-2, Qwen, Llama 3, GPT-4o), which go back by a letter at most. */
const PUBLISHED = new Set([
  GPT2,
  ...['', '{1,3}'].map(
    (digits) =>
      `${CONTRACTIONS}|${OPENER}${String.raw`\p{L}+|\p{N}`}${digits}` +
      String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  ),
  `${OPENER}${UPPER}*${LOWER}+${CONTRACTIONS}?|${OPENER}${UPPER}+${LOWER}*${CONTRACTIONS}?|` +
    String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
]);

/** What ignoring case adds beyond ASCII: U+017F is an s, U+212A a k. */
const FOLDED: Readonly<Record<string, string>> = { s: '\u017f', k: '\u212a' };

/**
 * An Oniguruma expression as JavaScript's. The library translates shorthands to Unicode's; what it would read
 * otherwise than Oniguruma (possessive and atomic groups, case-insensitive groups beyond plain words) is
 * expanded here or refused.
 */
export function regex(source: string, at: string): RegExp {
  const refuse = (what: string): TiltyardError => unsupported(at, what, 'expressions without it');
  const expanded = source.replace(/\(\?i:([^()[\]\\]*)\)/g, (_, words: string) => {
    const letters = Array.from(words, (char) => {
      const lower = char.toLowerCase();
      return /[a-z]/.test(lower) ? `[${lower}${lower.toUpperCase()}${FOLDED[lower] ?? ''}]` : char;
    });
    return `(?:${letters.join('')})`;
  });
  const bare = expanded.replace(/\\./gsu, 'x').replace(/\[(?:[^\]]*)\]/g, 'x');
  if (/[*+?]\+|\(\?>/.test(bare)) throw refuse(`a possessive or atomic group in ${shown(source)}`);
  if (/\(\?[a-z-]+[:)]/.test(bare)) throw refuse(`an option group in ${shown(source)}`);
  try {
    const { SplitPreTokenizer } = library as unknown as { SplitPreTokenizer: new (config: object) => Split };
    const { pattern } = new SplitPreTokenizer({ pattern: { Regex: expanded }, invert: false });
    if (pattern !== null) return PUBLISHED.has(source) ? pattern : new TimedExpression(pattern, at);
  } catch (error) {
    throw refuse(`the expression ${shown(source)} (${(error as Error).message})`);
  }
  throw refuse(`the expression ${shown(source)}`);
}
